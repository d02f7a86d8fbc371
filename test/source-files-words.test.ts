/**
 * Words that comments and titles must not use: they name persons or feelings instead of the component that is
 * meant ("the session", "the gate", "the caller"), or give a component human actions.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROJECT, readSource } from './source-imports.js';

/** The refused words (whole words, upper or lower case), and the words to use instead. */
const REFUSED: readonly (readonly [word: RegExp, instead: string])[] = [
  [/\b(?:nobody|no one)(?:['’]s)?\b/i, '"no session", "no caller", "no listener"'],
  [/\b(?:somebody|someone|anybody|whoever|whomever)\b/i, 'the component: "a session", "the caller"'],
  [/\b(?:everybody|everyone)\b/i, '"every session", "all accounts"'],
  [/\b(?:go|goes|went|falls?|fell) deaf\b/i, '"reads nothing", "ignores its signal"'],
  [/\bsay(?:s|ing)? goodbye\b|\bsaid goodbye\b/i, '"closes the connection", "sends a close frame"'],
  [/\b(?:know|knows) nothing of\b/i, '"independent of", "uses no …"'],
  [/\b(?:judge|judges) nothing\b/i, '"checks nothing"'],
  [/\b(?:is|are|was|were) believed\b|\bbelieves?\b/i, '"counts as", "the state of"'],
  [/\bits own affair\b|\bconcerns no one\b/i, 'what the component does: "is ignored"'],
  [/\blet(?:s|ting)? go of\b/i, '"releases", "drops"'],
  [/\bwhat (?:becomes|became) of\b/i, '"the outcome of"'],
  [/\bfor want of\b/i, '"because there is no …"'],
  [/\bknows? (?:no|nothing|neither|none)\b/i, '"uses no …", "independent of", "must not depend on"'],
  [/\b(?:is|are|was|were) told\b/i, '"gets", "is informed"'],
  [/\bwithout a word\b/i, 'what is missing: "without a close frame", "without a message"'],
  [/\bbeing said\b/i, '"unfinished", "the current utterance"'],
  [/\b(?:his|its|their|['’]s) (?:own )?business\b/i, 'who does it: "the caller decides"'],
  [/\bheals?\b/i, '"temporary", "waiting can remedy it"'],
  [/\b(?:in vain|anew)\b/i, '"without effect", "again"'],
  [/\bwhat there is\b|\bthat there are\W*$/i, 'the noun: "the existing options"'],
  [/\bhand(?:s|ed|ing)? out\b/i, '"gives", "delivers", "emits"'],
  [/\b(?:for so long|so many (?:times|of))\b/i, '"for this time", "this many times"'],
  [/\bwhatever (?:happens|happened|comes|came|it is|there is)\b/i, '"for any …", "in every case"'],
  [/\btak(?:es|en) for (?:dead|none|lost|silent)\b/i, '"counts as …"'],
  [/\b(?:the|its|their) (?:own )?books\b/i, '"the ledger"'],
  [/\ba telling \w+/i, '"a reason of the text rules"'],
  [/\bquietly\b/i, '"without an error"'],
  [/^(?:\/\*+)?\s*…/, 'a sentence with its subject'],
];

const LINE_COMMENT = /(?:^|\s)\/\/(?!\/)\s?(.*)$/gm;
const BLOCK_COMMENT = /\/\*[^]*?\*\//g;
/**
 * The first argument of `describe`, `it`, `test` and their variants, and of the call that follows a table
 * such as `it.each`.
 */
const TITLE = /(?:\b(?:it|test|describe)(?:\.\w+)*\(|\]\)\()\s*(?:'([^'\n]*)'|"([^"\n]*)"|`([^`]*)`)/g;

/** Strings are removed before the search for line comments, because a URL contains `//`. */
const STRING = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g;

/**
 * The comments and titles of a file, each with the number of its first line. Code between backticks is
 * replaced.
 */
function prose(source: string): { line: number; text: string }[] {
  const found: { line: number; text: string }[] = [];
  const add = (index: number, text: string): void => {
    const line = source.slice(0, index).split('\n').length;
    found.push({ line, text: text.replaceAll(/\n\s*\*?\s*/g, ' ').replaceAll(/`[^`]*`/g, '``') });
  };
  for (const match of source.matchAll(TITLE)) add(match.index, match[1] ?? match[2] ?? match[3] ?? '');
  for (const match of source.matchAll(BLOCK_COMMENT)) add(match.index, match[0]);
  const withoutStrings = source
    .replaceAll(BLOCK_COMMENT, (text) => text.replaceAll(/[^\n]/g, ' '))
    .replaceAll(STRING, (text) => text.replaceAll(/[^\n]/g, ' '));
  for (const match of withoutStrings.matchAll(LINE_COMMENT)) add(match.index, match[1] ?? '');
  return found;
}

/** All sources, tests and examples, except this file, which contains the refused words. */
function searchedFiles(): string[] {
  return ['src', 'test', 'examples'].flatMap((folder) =>
    readdirSync(join(PROJECT, folder), { recursive: true, encoding: 'utf8' })
      .map((file) => `${folder}/${file.split('\\').join('/')}`)
      .filter((file) => /\.(?:tsx?|mjs)$/.test(file) && !file.includes('/node_modules/'))
      .filter((file) => file !== 'test/source-files-words.test.ts'),
  );
}

describe('comments and titles', () => {
  const files = searchedFiles();

  it('name the component that is meant, and its action', () => {
    const refused = files.flatMap((file) =>
      prose(readSource(file)).flatMap(({ line, text }) =>
        REFUSED.filter(([word]) => word.test(text)).map(
          ([word, instead]) => `${file}:${line}: "${word.exec(text)?.[0] ?? ''}": write ${instead}`,
        ),
      ),
    );
    expect(refused).toEqual([]);
  });

  it.each([
    ['// Nobody listens.', true],
    ['/**\n * Goes on, what\n * becomes of the session.\n */', true],
    [`it('lets everybody in', () => {});`, true],
    [`it.each([1])('and %s, whoever came', () => {});`, true],
    [`const url = 'http://nobody.test'; // A host without an address.`, false],
    [`expect(text).toBe('Avatar not found: nobody');`, false],
    ['// The fault `deaf`: the service reads nothing.', false],
    ['// A version that older clients know.', false],
    ['/** Makes dials. Knows no policy. */', true],
    ['// … and its end.', true],
    ['// Waits for what is missing, … and more.', false],
    [`it('keeps one order, whatever happens', () => {});`, true],
    ['// The window of a retry budget, whatever its size.', false],
  ])('are searched, and strings are not: %j', (source, isRefused) => {
    expect(prose(source).some(({ text }) => REFUSED.some(([word]) => word.test(text)))).toBe(isRefused);
  });
});

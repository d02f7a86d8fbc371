/** The handwritten lists in the documents are complete: methods, files of the package, commands. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/run.js';
import { PROJECT, readSource } from '../source-imports.js';
import { codeBlocks, linkTargets } from './markdown.js';
import { PAGES, linkedFile } from './pages.js';
import { publicMembersOf } from './source-docs.js';

const README = readSource('README.md');
const methods = README.split('\n## Methods\n')[1]?.split('\n## ')[0] ?? '';
/** Further methods of an emitter exist only for Node's own functions. They have no row. */
const LISTENERS = ['on', 'once', 'off', 'addListener', 'removeListener'];
const SESSION = [...publicMembersOf('src/client/avatar-session.ts', 'AvatarSession'), ...LISTENERS];
const UTTERANCE = publicMembersOf('src/client/speech/utterance.ts', 'Utterance');

describe('the table of methods in README.md', () => {
  const words = [...methods.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
  const named = words.map((word) => /^(?:\w+\.)?(\w+)/.exec(word)?.[1] ?? '');

  it.each([...SESSION, ...UTTERANCE])('has %s', (name) => {
    expect(named).toContain(name);
  });

  it('has no method that does not exist', () => {
    const of = (owner: string): string[] =>
      words.flatMap((word) => (word.startsWith(`${owner}.`) ? [/\.(\w+)/.exec(word)?.[1] ?? ''] : []));
    expect([...of('session'), ...of('AvatarSession')].filter((name) => !SESSION.includes(name))).toEqual([]);
    expect(of('utterance').filter((name) => !UTTERANCE.includes(name))).toEqual([]);
  });
});

describe('the package', () => {
  it('has every file that README.md and docs/ link to', async () => {
    const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: PROJECT,
    });
    const [{ files = [] } = {}] = JSON.parse(stdout) as { files?: { path: string }[] }[];
    const packed = files.map(({ path }) => path);
    const missing = PAGES.flatMap((page) =>
      linkTargets(readSource(page)).flatMap((target) => {
        if (/^https?:/.test(target)) return [];
        const file = linkedFile(page, target.split('#')[0] ?? '');
        const inside = packed.some((path) => path === file || path.startsWith(`${file}/`));
        return inside ? [] : [`${page}: ${target}`];
      }),
    );
    expect(missing).toEqual([]);
  });
});

describe('the commands that the documents show', () => {
  const lines = PAGES.flatMap((page) =>
    codeBlocks(readSource(page)).flatMap(({ language, text }) =>
      language === 'sh' ? [...text.matchAll(/npx avatarkit-session (\w+)([^#\n]*)/g)] : [],
    ),
  );

  it.each(lines.map(([line, command = '', rest = '']) => ({ line, command, rest })))(
    'exist, with their options: $line',
    ({ command, rest }) => {
      const found = COMMANDS.find(({ name }) => name === command);
      expect(found).toBeDefined();
      const options = [...rest.matchAll(/ (--[\w-]+)/g)].map((match) => match[1] ?? '');
      expect(options.filter((option) => !(found?.help ?? '').includes(option))).toEqual([]);
    },
  );
});

/** SECURITY.md: each promise links to its test, and each limit matches the code. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MAX_ANSWER_BYTES, MAX_HEADER_BYTES } from '../../src/adapters/node/http-request.js';
import { MAX_TOKEN_CHARACTERS } from '../../src/adapters/token/http-token-source.js';
import { MAX_REFUSAL_BYTES } from '../../src/adapters/ws/ws-dial.js';
import {
  EMPTY_PER_REPORT,
  IGNORED_PER_REPORT,
  LATE_PER_REPORT,
  MAX_REPORT_LEVEL,
  REPORT_BURST,
  UNREQUESTED_PER_REPORT,
} from '../../src/client/connection/server-message.js';
import { REPLAY_FIELDS } from '../../src/client/options/nested-fields.js';
import { SESSION_FIELDS } from '../../src/client/options/session-fields.js';
import { MAX_WAV_BYTES } from '../../src/audio/decode-wav.js';
import { MAX_TEXT_BYTES } from '../../src/cli/named-files.js';
import { BEHIND_BYTES, HANGING_BYTES, UNCLAIMED_BYTES } from '../../src/client/speech/frame-queue.js';
import { KEPT_BYTES } from '../../src/client/speech/kept-frames.js';
import { PausedFrames } from '../../src/client/speech/pausing.js';
import { MIN_CUT_BYTES } from '../../src/core/redaction/needle-index.js';
import { MAX_PARAMETER_SECRETS } from '../../src/core/redaction/parameter-secrets.js';
import { MAX_QUOTED_CHARACTERS } from '../../src/core/failure/error-record.js';
import { MAX_ERROR_TEXT_CHARACTERS } from '../../src/core/failure/to-avatar-sdk-error.js';
import { HISTORY_LIMIT, HISTORY_TEXT_CHARACTERS } from '../../src/core/session/session-life.js';
import { WIRE_LIMITS } from '../../src/wire/field-reader.js';
import { PROJECT, readSource } from '../source-imports.js';
import { linkTargets } from './markdown.js';

const text = readSource('SECURITY.md');

function section(title: string): string {
  return text.split(`## ${title}\n`)[1]?.split('\n## ')[0] ?? '';
}

/** The limits of the page, by their names: the first number in the second column. */
const LIMITS = new Map(
  section('Limits')
    .split('\n')
    .filter((line) => /^\| [^-]/.test(line))
    .slice(1)
    .map((line) => {
      const [, what = '', limit = ''] = line.split('|').map((cell) => cell.trim());
      return [what, Number(/^(?:default )?([\d ]+)/.exec(limit)?.[1]?.replaceAll(' ', ''))] as const;
    }),
);

/** The limits in the code. */
const CONSTANTS: readonly (readonly [what: string, limit: number])[] = [
  ['ids and reasons of a message', WIRE_LIMITS.idBytes],
  ['a connection id', WIRE_LIMITS.idBytes],
  ['capabilities of a confirmation', WIRE_LIMITS.capabilities],
  ['one capability', WIRE_LIMITS.capabilityBytes],
  ['text of a ServerError', WIRE_LIMITS.errorTextBytes],
  ["pieces of one message's content", WIRE_LIMITS.contentPieces],
  ['keyframes of one message', WIRE_LIMITS.keyframes],
  ['keyframes of one message with fewer than 128 bytes each', WIRE_LIMITS.smallKeyframes],
  ['one keyframe, with all its floats', WIRE_LIMITS.keyframeBytes],
  ['unusable frames, and errors that end nothing, in a burst', REPORT_BURST],
  ['the same, in all', MAX_REPORT_LEVEL],
  ['ignored messages that weigh as one report', IGNORED_PER_REPORT],
  ['frames of a request that the service began that weigh as one report', UNREQUESTED_PER_REPORT],
  ['messages about an open request that carry nothing, and weigh as one report', EMPTY_PER_REPORT],
  ['frames of requests that are over that weigh as one report', LATE_PER_REPORT],
  ['entries of `explain()`', HISTORY_LIMIT],
  ['a text of an entry of `explain()`', HISTORY_TEXT_CHARACTERS],
  ['words of the service within a message, and the message itself', MAX_QUOTED_CHARACTERS],
  ['a close reason, in an error', MAX_ERROR_TEXT_CHARACTERS.closeReason],
  ['a detail of the service, in an error', MAX_ERROR_TEXT_CHARACTERS.serverDetail],
  ['a body, in an error (`rawBody`)', MAX_ERROR_TEXT_CHARACTERS.rawBody],
  ['an id of the service, in an error, an event and `explain()`', MAX_ERROR_TEXT_CHARACTERS.connectionId],
  ['one message (`maxMessageBytes`)', SESSION_FIELDS.maxMessageBytes.default],
  ['session token', MAX_TOKEN_CHARACTERS],
  ['secret values of `extraParams`, and of `extraAttributes`', MAX_PARAMETER_SECRETS],
  ['bytes of each form of a secret that are prepared', MIN_CUT_BYTES],
  ['HTTP header block of an answer', MAX_HEADER_BYTES],
  ['HTTP body of a console answer, also when it was compressed', MAX_ANSWER_BYTES],
  ['HTTP body of a refused upgrade, also when it was compressed', MAX_REFUSAL_BYTES],
  ['frames kept for a loop that has not begun, one utterance', UNCLAIMED_BYTES],
  ['frames kept for a loop that takes none', HANGING_BYTES],
  ["frames kept for a loop that takes them slowly, and with `frames: 'keep'`", BEHIND_BYTES],
  ['frames kept in a pause, or for utterances that wait for their turn', PausedFrames.maxBytes],
  ['a text file of a command', MAX_TEXT_BYTES],
  ['a WAV file, of a command and of `readWav`', MAX_WAV_BYTES],
  ['speech kept for a re-send, one session (`replay.maxBytes`)', REPLAY_FIELDS.fields.maxBytes.default],
  [
    'speech kept for a re-send, all sessions (`replay.maxProcessBytes`)',
    REPLAY_FIELDS.fields.maxProcessBytes.default,
  ],
];

describe('SECURITY.md', () => {
  it('has the expected sections', () => {
    for (const title of [
      'Report a vulnerability',
      'Supported versions',
      'What is trusted, and what is not',
      'What this package promises',
      'Limits',
      'What is redacted, and what is not',
      'Several tenants in one process',
      'Clear text',
      'The embedded service',
    ]) {
      expect(section(title).trim().length, title).toBeGreaterThan(50);
    }
  });

  it('links every promise to a test that exists', () => {
    const promises = section('What this package promises').match(/^- .*$/gm) ?? [];
    const without = promises.filter((promise) => {
      const targets = linkTargets(promise);
      return targets.length === 0 || !targets.every((target) => existsSync(join(PROJECT, target)));
    });
    expect(promises.length).toBeGreaterThan(10);
    expect(without).toEqual([]);
  });

  it('names a test of each file that it links to', () => {
    const links = [...text.matchAll(/\]\((test\/[^)\s]+)(?: (["'])(.*?)\2)?\)/g)];
    const wrong = links.filter(([, target = '', , title = '']) => {
      const source = existsSync(join(PROJECT, target)) ? readSource(target) : '';
      // Titles of tests, of test tables, and of rules of the simulator.
      const titles = /(?:\b(?:it|test|describe)(?:\.\w+)*(?:\(|\)\()\s*|\)\)?\(\s*|rule: )(['"`])(.*?)\1/g;
      return ![...source.matchAll(titles)].some(([, , found]) => found === title);
    });
    expect(links.length).toBeGreaterThan(30);
    expect(wrong.map(([link]) => link)).toEqual([]);
  });

  it.each([
    'What is redacted, and what is not',
    'Several tenants in one process',
    'Clear text',
    'The embedded service',
  ])('has a test for its claims under: %s', (title) => {
    expect(linkTargets(section(title)).filter((target) => target.startsWith('test/'))).not.toEqual([]);
  });

  it('has only limits that this test compares with the code', () => {
    expect([...LIMITS.keys()].sort()).toEqual(CONSTANTS.map(([what]) => what).sort());
  });

  it('has one limit for both kinds of loops that are far behind', () => {
    expect(KEPT_BYTES).toBe(BEHIND_BYTES);
  });

  it('links every limit to a test', () => {
    const rows =
      section('Limits')
        .match(/^\| .*$/gm)
        ?.slice(1) ?? [];
    expect(rows.filter((row) => linkTargets(row).length === 0 && !row.startsWith('| -'))).toEqual([]);
    expect(rows.length).toBeGreaterThan(CONSTANTS.length);
  });

  it.each(CONSTANTS)('has the limit of the code: %s', (what, limit) => {
    expect(LIMITS.get(what)).toBe(limit);
  });
});

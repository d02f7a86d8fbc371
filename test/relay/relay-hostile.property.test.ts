/**
 * Hostile pages send anything, read slowly, disconnect in the middle of a message and reconnect with wrong
 * ids, beside honest pages. In every case nothing is thrown, memory stays within its limits, no page gets the
 * speech of another one, and an honest page gets its speech in order, once, audio first. `SEARCH=full` tries
 * more.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { searched } from '../support/search.js';
import { MessageType } from '../../src/ports/message.js';
import { decodeBinaryMessage, encodeBinaryMessage } from '../../src/relay/browser/binary-format.js';
import { encodeServerMessage } from '../../src/wire/encode.js';
import { RelayFuzz } from './relay-fuzz.js';
import type { FuzzStep, RelaySabotage } from './relay-fuzz.js';

const PAGES = 3;
const page = fc.nat(PAGES - 1);
const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('__proto__', 'constructor'),
);
const message = fc.oneof(
  fc.record({ type: fc.constant('played'), reqId: anyText, ms: fc.oneof(fc.double(), fc.maxSafeInteger()) }),
  fc.record({ type: fc.constant('text'), text: fc.oneof(anyText, fc.constant(7)) }),
  fc.record({ type: fc.constant('mic_audio'), audio: fc.oneof(fc.base64String(), anyText) }),
  fc.record({ type: fc.constant('set_avatar'), avatarId: fc.string({ minLength: 200, maxLength: 400 }) }),
  fc.constant({ type: 'interrupt' }),
  fc.constant({ type: 'speak' }),
  fc.record({ type: anyText }),
);
const envelope = encodeServerMessage({
  type: MessageType.serverResponseAnimation,
  connectionId: 'connection',
  avatarId: '',
  reqId: 'another request',
  end: false,
  keyframes: [],
});
/** Random bytes, or a part of an envelope. */
const raw = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  fc.nat(envelope.length).map((length) => envelope.slice(0, length)),
);
const count = fc.oneof(
  fc.nat(40).map(String),
  fc.constantFrom('', '-1', '1e9', 'NaN', '999999999999999', '0x10', '%', '%00', '1&received=2'),
);

const step: fc.Arbitrary<FuzzStep> = fc.oneof(
  fc.record({ does: fc.constantFrom('text', 'binary'), page, bytes: fc.uint8Array({ maxLength: 200 }) }),
  fc.record({ does: fc.constant('half'), page, message, part: fc.nat(200) }),
  fc.record({ does: fc.constant('message'), page, message }),
  fc.record({ does: fc.constant('pong'), page, text: anyText }),
  fc.record({ does: fc.constantFrom('stopReading', 'read', 'readOne'), page }),
  fc.record({ does: fc.constant('leave'), page, code: fc.constantFrom(1000, 1001, 1006, 1008, 4001) }),
  { weight: 2, arbitrary: fc.record({ does: fc.constant('comeBack'), page }) },
  fc.record({
    does: fc.constant('claim'),
    query: fc.oneof(
      count.map((text) => `&received=${text}`),
      anyText.map(encodeURIComponent),
      anyText,
    ),
    of: fc.option(page, { nil: undefined }),
  }),
  {
    weight: 3,
    arbitrary: fc.record({ does: fc.constant('speak'), page, seconds: fc.integer({ min: 1, max: 6 }) }),
  },
  fc.record({ does: fc.constantFrom('interrupt', 'reset'), page }),
  fc.record({ does: fc.constant('raw'), page, bytes: raw }),
  {
    weight: 2,
    arbitrary: fc.record({ does: fc.constant('wait'), ms: fc.constantFrom(1, 50, 1_000, 6_000, 25_000) }),
  },
);

async function run(steps: readonly FuzzStep[], sabotage?: RelaySabotage): Promise<void> {
  const fuzz = new RelayFuzz(sabotage);
  await fuzz.open(PAGES);
  for (const one of steps) await fuzz.step(one);
  await fuzz.close();
}

it('a relay is not affected by hostile pages, and neither are honest pages', async () => {
  const scripts = fc.array(step, { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(scripts, (steps) => run(steps)),
    { numRuns: searched(3_000, 150) },
  );
}, 120_000);

describe('the search detects a relay that', () => {
  const isFrame = (sent: string | Uint8Array): boolean =>
    typeof sent !== 'string' && decodeBinaryMessage(sent)?.type === 'frame';
  const isAudio = (sent: string | Uint8Array): boolean =>
    typeof sent !== 'string' && decodeBinaryMessage(sent)?.type === 'audio';

  it.each<readonly [string, RelaySabotage, RegExp]>([
    ['sends frames twice', { sends: (sent) => (isFrame(sent) ? [sent, sent] : [sent]) }, /or twice/],
    ['does not send the audio', { sends: (sent) => (isAudio(sent) ? [] : [sent]) }, /before their audio/],
    [
      'sends texts of the service',
      { sends: (sent) => [sent, '{"type":"error","code":"Credits exhausted"}'] },
      /gets the text/,
    ],
    [
      'sends speech to another page',
      {
        sends: (sent) => {
          const message = typeof sent === 'string' ? undefined : decodeBinaryMessage(sent);
          return message === undefined
            ? [sent]
            : [encodeBinaryMessage({ ...message, reqId: 'of another page' })];
        },
      },
      /a page gets speech of another page/,
    ],
    ['does not wait for slow pages', { windowBytes: 8 * 1024 * 1024 }, /bytes wait/],
  ])('%s', async (_defect, sabotage, noticed) => {
    const steps: FuzzStep[] = [
      { does: 'stopReading', page: 0 },
      { does: 'speak', page: 0, seconds: 20 },
      { does: 'read', page: 0 },
    ];
    await expect(run(steps, sabotage)).rejects.toThrow(noticed);
    await expect(run(steps)).resolves.toBeUndefined();
  });
});

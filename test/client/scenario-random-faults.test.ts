/**
 * Forty utterances at a service with random faults: no keyframe is lost or delivered twice, and no socket stays
 * open.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Utterance } from '../../src/index.js';
import { createSeededRandom } from '../../src/index.js';
import type { Fault } from '../../src/emulator/index.js';
import { pieces, tone } from '../emulator/pcm.js';
import { searched } from '../support/search.js';
import { LooseEnds } from './scenario-support/loose-ends.js';
import { CHUNK_BYTES, expectSpokenOnce, say, heardOut } from './scenario-support/spoken.js';
import { openTrial } from './scenario-support/trial.js';

const UTTERANCES = 40;
const always = 'always';
const anywhere = [1, 100] as const;

const TROUBLE: readonly Fault[] = [
  { kind: 'refuse', phase: 'token', probability: 0.1, times: always, status: 503, body: 'restarting' },
  { kind: 'reset', phase: 'token', probability: 0.05, times: always },
  { kind: 'reset', phase: 'upgrade', probability: 0.1, times: always },
  { kind: 'refuse', phase: 'upgrade', probability: 0.1, times: always, status: 502 },
  { kind: 'reset', phase: 'handshake', probability: 0.1, times: always },
  { kind: 'close', phase: 'handshake', probability: 0.05, times: always, code: 1012 },
  { kind: 'confirmThenFrames', phase: 'handshake', probability: 0.2, times: always, count: 2 },
  { kind: 'garble', phase: 'runtime', probability: 0.3, times: always, afterKeyframes: anywhere, count: 3 },
  { kind: 'textFrame', phase: 'runtime', probability: 0.2, times: always, afterKeyframes: anywhere },
  {
    kind: 'truncate',
    phase: 'runtime',
    probability: 0.2,
    times: always,
    afterKeyframes: anywhere,
    variant: 'message',
  },
  {
    kind: 'foreignFrames',
    phase: 'runtime',
    probability: 0.2,
    times: always,
    afterKeyframes: anywhere,
    count: 3,
  },
  { kind: 'duplicateEnd', phase: 'runtime', probability: 0.5, times: always },
  { kind: 'delay', phase: 'runtime', probability: 0.2, times: always, afterKeyframes: anywhere, delayMs: 15 },
  { kind: 'reset', phase: 'runtime', times: always, afterKeyframes: [10, 120] },
  { kind: 'reset', phase: 'runtime', probability: 0.1, times: always, afterAudioBytes: [0, 40_000] },
  {
    kind: 'truncate',
    phase: 'runtime',
    probability: 0.2,
    times: always,
    afterKeyframes: anywhere,
    variant: 'frame',
  },
  { kind: 'close', phase: 'runtime', probability: 0.3, times: always, afterKeyframes: anywhere, code: 4503 },
  {
    kind: 'close',
    phase: 'runtime',
    probability: 0.2,
    times: always,
    afterAudioBytes: [0, 40_000],
    code: 1001,
  },
];

describe('a service with random faults', () => {
  it.each(searched([1, 2, 3, 4], [1, 2]))(
    'does not make a session lose or repeat a keyframe of forty utterances (seed %i)',
    async (seed) => {
      using loose = new LooseEnds();
      const keyframesPerMessage = [1, seed] as const;
      await using trial = await openTrial({ seed, faults: TROUBLE, keyframesPerMessage });
      const { session, seen, service } = trial;
      const random = createSeededRandom(seed);
      await session.start();

      const spoken: { pcm: Uint8Array; reqId: string }[] = [];
      const heard: Promise<unknown>[] = [];
      for (let nth = 0; nth < UTTERANCES; nth += 1) {
        const pcm = tone(100 + Math.floor(random.next() * 900), nth + 1);
        if (nth % 4 === 0) {
          const reqId = await say(session, pcm);
          spoken.push({ pcm, reqId });
          heard.push(heardOut(session, reqId, seen.frames));
        } else {
          const utterance = session.speak();
          spoken.push({ pcm, reqId: utterance.reqId });
          heard.push(utterance.finished);
          await write(utterance, pcm);
        }
        // Some utterances begin while others are unfinished.
        if (random.next() < 0.6) await Promise.all(heard);
      }
      await Promise.all(heard);
      await session.close();
      await loose.settle();

      for (const { reqId, pcm } of spoken) expectSpokenOnce(seen.frames, reqId, pcm);
      expect(seen.reconnects.length).toBeGreaterThan(5);
      expect(service.peakOpenSockets).toBe(1);
      expect(await trial.socketsLeft()).toBe(0);
      expect(seen.closes).toEqual([{ reason: 'closed' }]);
      expect(loose.found).toEqual([]);
    },
  );
});

async function write(utterance: Utterance, pcm: Uint8Array): Promise<void> {
  for (const piece of pieces(pcm, CHUNK_BYTES + 1)) {
    await utterance.write(piece);
    await turn();
  }
  await utterance.end();
}

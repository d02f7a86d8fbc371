/**
 * Two hundred utterances at a service that randomly cuts, resets and closes connections, garbles frames and
 * stalls.
 */
import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../src/index.js';
import type { Fault } from '../../src/emulator/index.js';
import { pieces, tone } from '../emulator/pcm.js';
import { LooseEnds } from './scenario-support/loose-ends.js';
import { CHUNK_BYTES, expectSpokenOnce } from './scenario-support/spoken.js';
import { QUICK, openTrial } from './scenario-support/trial.js';

const UTTERANCES = 200;
const always = 'always';
const anywhere = [1, 40] as const;

/**
 * The five kinds of faults in every phase in which they can occur: cuts, resets, closes, garbled frames and
 * stalls.
 */
const STORM: readonly Fault[] = [
  { kind: 'reset', phase: 'token', probability: 0.03, times: always },
  { kind: 'reset', phase: 'upgrade', probability: 0.05, times: always },
  { kind: 'reset', phase: 'handshake', probability: 0.15, times: always },
  { kind: 'reset', phase: 'runtime', times: always, afterKeyframes: [5, 60] },
  {
    kind: 'truncate',
    phase: 'runtime',
    probability: 0.25,
    times: always,
    afterKeyframes: anywhere,
    variant: 'frame',
  },
  { kind: 'acceptThenDrop', phase: 'handshake', probability: 0.15, times: always },
  { kind: 'close', phase: 'runtime', probability: 0.25, times: always, afterKeyframes: anywhere, code: 4503 },
  {
    kind: 'close',
    phase: 'runtime',
    probability: 0.25,
    times: always,
    afterAudioBytes: [0, 30_000],
    code: 1012,
  },
  { kind: 'garble', phase: 'runtime', probability: 0.3, times: always, afterKeyframes: anywhere, count: 3 },
  { kind: 'garble', phase: 'runtime', probability: 0.15, times: always, afterKeyframes: anywhere, count: 20 },
  { kind: 'silence', phase: 'runtime', probability: 0.15, times: always, afterKeyframes: anywhere },
  {
    kind: 'silence',
    phase: 'runtime',
    probability: 0.2,
    times: always,
    afterKeyframes: anywhere,
    durationMs: 10,
  },
  { kind: 'duplicateEnd', phase: 'runtime', probability: 0.3, times: always },
];

describe('two hundred utterances with many faults', () => {
  it.each([11, 12, 13])(
    'lose and repeat no keyframe, keep their order, and use one socket at a time (seed %i)',
    async (seed) => {
      using loose = new LooseEnds();
      const faults = STORM;
      await using trial = await openTrial(
        { seed, faults, keyframesPerMessage: [1, 4] },
        {
          heartbeat: { intervalMs: 60, timeoutMs: 60 },
          // Nine unusable frames in a row end a connection with protocolError; here the session retries after it.
          retry: { ...QUICK, rules: { protocolError: 'retry' } },
        },
      );
      const { session, seen, service } = trial;
      const random = createSeededRandom(seed);
      await session.start();
      const spoken: { pcm: Uint8Array; reqId: string }[] = [];
      const heard: Promise<unknown>[] = [];
      for (let nth = 0; nth < UTTERANCES; nth += 1) {
        const pcm = tone(80 + Math.floor(random.next() * 320), nth + 1);
        // Each utterance is sent in one call while others are unfinished, or in pieces while no other is
        // unfinished. In
        // both cases the ends must keep their order.
        const whole = random.next() < 0.7;
        if (!whole) await Promise.all(heard.splice(0));
        const utterance = session.speak(whole ? pcm : pieces(pcm, CHUNK_BYTES + 1));
        spoken.push({ pcm, reqId: utterance.reqId });
        heard.push(utterance.finished);
        if (!whole || random.next() < 0.3) await Promise.all(heard.splice(0));
      }
      await Promise.all(heard);
      await session.close();
      await loose.settle();

      for (const { reqId, pcm } of spoken) expectSpokenOnce(seen.frames, reqId, pcm);
      const ends = seen.frames.filter(({ end }) => end).map(({ reqId }) => reqId);
      expect(ends).toEqual(spoken.map(({ reqId }) => reqId));
      const kinds = new Set(service.log.flatMap((e) => (e.event === 'faultFired' ? [e.kind] : [])));
      expect([...kinds].toSorted()).toEqual([...new Set(STORM.map(({ kind }) => kind))].toSorted());
      expect(seen.reconnects.length).toBeGreaterThan(10);
      expect(service.peakOpenSockets).toBe(1);
      expect(await trial.socketsLeft()).toBe(0);
      expect(loose.found).toEqual([]);
    },
  );
});

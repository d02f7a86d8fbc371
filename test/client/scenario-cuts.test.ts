/**
 * Connections that are cut at certain positions of an utterance: the audio is sent again, and each keyframe is
 * delivered once.
 */
import { describe, expect, it } from 'vitest';
import type { Fault } from '../../src/emulator/index.js';
import { pieces, tone } from '../emulator/pcm.js';
import { next } from './scenario-support/record.js';
import { CHUNK_BYTES, expectSpokenOnce, heardOut, say } from './scenario-support/spoken.js';
import { openTrial } from './scenario-support/trial.js';

const SECOND_BYTES = 32_000;

const CUTS: readonly [where: string, faults: readonly Fault[], reconnects: number][] = [
  ['in mid-sentence', [{ kind: 'reset', phase: 'runtime', nth: 1, afterKeyframes: 20 }], 1],
  ['right after the confirmation', [{ kind: 'reset', phase: 'runtime', nth: 1 }], 1],
  [
    'before the first frame',
    [{ kind: 'close', phase: 'runtime', nth: 1, afterAudioBytes: 640, code: 1012 }],
    1,
  ],
  [
    'after the last audio and before the end',
    [
      {
        kind: 'close',
        phase: 'runtime',
        nth: 1,
        afterAudioBytes: 2 * SECOND_BYTES,
        code: 4503,
        reason: 'deploy',
      },
    ],
    1,
  ],
  [
    'in the middle of a frame',
    [{ kind: 'truncate', phase: 'runtime', nth: 1, afterKeyframes: 13, variant: 'frame' }],
    1,
  ],
  [
    'twice, the second time earlier',
    [
      { kind: 'reset', phase: 'runtime', nth: 1, afterKeyframes: 30 },
      { kind: 'close', phase: 'runtime', nth: 2, afterKeyframes: 10, code: 1001 },
    ],
    2,
  ],
  [
    'twice, the second time later',
    [
      { kind: 'reset', phase: 'runtime', nth: 1, afterKeyframes: 10 },
      { kind: 'reset', phase: 'runtime', nth: 2, afterKeyframes: 30 },
    ],
    2,
  ],
];

describe('a connection that is cut', () => {
  it.each(CUTS)('%s: with sendAudio every keyframe is delivered once', async (_where, faults, reconnects) => {
    await using trial = await openTrial({ faults });
    const { session, seen, service } = trial;
    await session.start();
    const pcm = tone(2_000);
    const reqId = await say(session, pcm);
    await heardOut(session, reqId, seen.frames);
    expectSpokenOnce(seen.frames, reqId, pcm);
    expect(seen.reconnects).toHaveLength(reconnects);
    expect(service.peakOpenSockets).toBe(1);
  });

  it.each(CUTS)('%s: a loop over an utterance gets every keyframe once', async (_where, faults) => {
    await using trial = await openTrial({ faults });
    const { session, seen } = trial;
    await session.start();
    const pcm = tone(2_000);
    const utterance = session.speak(pieces(pcm, CHUNK_BYTES));
    const frames = [];
    for await (const frame of utterance) frames.push(frame);
    expectSpokenOnce(frames, utterance.reqId, pcm);
    expectSpokenOnce(seen.frames, utterance.reqId, pcm);
    expect((await utterance.finished).keyframes).toBe(50);
  });

  it('reports which utterances were sent again', async () => {
    const faults: Fault[] = [{ kind: 'reset', phase: 'runtime', nth: 1, request: 2, afterKeyframes: 5 }];
    await using trial = await openTrial({ faults });
    const { session } = trial;
    await session.start();
    const first = await session.speak(tone(400)).finished;
    const second = await session.speak(pieces(tone(400, 2), CHUNK_BYTES)).finished;
    expect([first.outcome, second.outcome]).toEqual(['delivered', 'replayed']);
  });

  it('sends everything again under new request ids, and uses no id twice', async () => {
    const faults: Fault[] = [{ kind: 'reset', phase: 'runtime', times: 3, afterKeyframes: 5 }];
    await using trial = await openTrial({ faults });
    const { session, service } = trial;
    await session.start();
    await session.speak(tone(400)).finished;
    const byConnection = new Map<number, Set<string>>();
    for (const entry of service.log) {
      if (entry.event !== 'audio') continue;
      byConnection.set(entry.connection, (byConnection.get(entry.connection) ?? new Set()).add(entry.reqId));
    }
    const ids = [...byConnection.values()].flatMap((set) => [...set]);
    expect(ids).toHaveLength(4);
    expect(new Set(ids).size).toBe(4);
  });

  it('keeps the order of several unfinished utterances', async () => {
    const faults: Fault[] = [{ kind: 'reset', phase: 'runtime', nth: 1, afterAudioBytes: 2 * SECOND_BYTES }];
    await using trial = await openTrial({ faults });
    const { session, seen, service } = trial;
    await session.start();
    const spoken = [1, 2, 3, 4].map((seed) => ({ pcm: tone(800, seed), utterance: session.speak() }));
    for (const { utterance, pcm } of spoken) await utterance.write(pcm.subarray(0, pcm.length / 2));
    for (const { utterance, pcm } of spoken) await utterance.write(pcm.subarray(pcm.length / 2));
    await next(session, 'reconnect');
    for (const { utterance } of spoken.toReversed()) await utterance.end();
    await Promise.all(spoken.map(({ utterance }) => utterance.finished));

    for (const { utterance, pcm } of spoken) expectSpokenOnce(seen.frames, utterance.reqId, pcm);
    const begun: string[] = [];
    for (const entry of service.log) {
      if (entry.event === 'audio' && entry.connection === 2 && !begun.includes(entry.reqId))
        begun.push(entry.reqId);
    }
    const firstFrames = begun.map((wireId) =>
      service.log.find((e) => e.event === 'audio' && e.connection === 2 && e.reqId === wireId),
    );
    expect(begun).toHaveLength(4);
    // The audio was kept in two parts of 12 800 bytes, and is sent again in messages of 16 KiB.
    expect(firstFrames.map((e) => (e?.event === 'audio' ? e.bytes : 0))).toEqual([
      16_384, 16_384, 16_384, 16_384,
    ]);
    expect(service.log.filter((e) => e.event === 'ended').map((e) => e.reqId)).toEqual(
      expect.arrayContaining(begun),
    );
  });

  it('continues the same request when audio is written while there is no connection', async () => {
    const faults: Fault[] = [
      { kind: 'reset', phase: 'runtime', nth: 1, afterAudioBytes: 6_400 },
      { kind: 'delay', phase: 'token', nth: 2, delayMs: 100 },
    ];
    await using trial = await openTrial({ faults });
    const { session, seen } = trial;
    await session.start();
    const pcm = tone(1_000);
    const lost = next(session, 'retry');
    const reqId = await session.sendAudio(pcm.subarray(0, 6_400));
    await lost;
    expect(await session.sendAudio(pcm.subarray(6_400, 20_001))).toBe(reqId);
    expect(session.state).not.toBe('websocket_runtime');
    expect(await session.sendAudio(pcm.subarray(20_001), true)).toBe(reqId);
    await heardOut(session, reqId, seen.frames);
    expectSpokenOnce(seen.frames, reqId, pcm);
  });
});

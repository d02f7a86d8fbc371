/** Pauses over real sockets, while connections break: no frame is delivered during a pause, and none is lost. */
import { describe, expect, it } from 'vitest';
import type { Fault } from '../../src/emulator/index.js';
import { tone } from '../emulator/pcm.js';
import { next } from './scenario-support/record.js';
import { expectSpokenOnce } from './scenario-support/spoken.js';
import { openTrial } from './scenario-support/trial.js';

const PCM = tone(2_000);
const livekitEgress = { url: 'wss://room.example', apiToken: 'a room token', roomName: 'lobby' };
const CUTS: Fault[] = [1, 2, 3].map((nth) => ({ kind: 'reset', phase: 'runtime', nth, afterMs: 20 }));

describe('a paused session', () => {
  it.each([
    ['whose service can pause', {}],
    ['whose service cannot pause', { capabilities: [] }],
  ])(
    '%s delivers no frame on any of its connections, and every frame once after the pause',
    async (_service, more) => {
      await using trial = await openTrial({ pace: 20, faults: CUTS, ...more });
      const { session, seen } = trial;
      await session.start();
      const utterance = session.speak(PCM);
      const second = session.speak(PCM);
      const looped: number[] = [];
      const loop = (async () => {
        for await (const { keyframes } of utterance) looped.push(keyframes.length);
      })();
      await next(session, 'frame');
      await session.pause();
      const before = [seen.frames.length, looped.length];
      while (seen.reconnects.length < 3) await next(session, 'reconnect');
      await trial.service.waitFor((e) => e.event === 'audio' && e.connection === 4 && e.end);
      expect(seen.frames.length).toBe(before[0]);
      expect(looped.length - (before[1] ?? 0)).toBeLessThanOrEqual(1);
      await session.resume();
      const results = await Promise.all([utterance.finished, second.finished, loop]);
      expect(results[0]).toMatchObject({ outcome: 'replayed', keyframes: 50 });
      for (const { reqId } of [utterance, second]) expectSpokenOnce(seen.frames, reqId, PCM);
      expect(looped.reduce((sum, count) => sum + count, 0)).toBe(50);
      const states = seen.playback.filter(({ reqId }) => reqId === utterance.reqId).map(({ state }) => state);
      expect(states).toEqual(['started', 'paused', 'resumed', 'ended']);
    },
  );

  it('that publishes into a room is paused in the room on every connection, until resume()', async () => {
    const faults: Fault[] = [{ kind: 'reset', phase: 'runtime', nth: 1, afterMs: 300 }];
    await using trial = await openTrial({ faults, playoutSpeed: 4 }, { livekitEgress });
    const { session, seen, service } = trial;
    await session.start();
    const utterance = session.speak(PCM);
    await next(session, 'playback');
    await session.pause();
    while (seen.reconnects.length === 0) await next(session, 'reconnect');
    await service.waitFor((e) => e.event === 'paused' && e.connection === 2);
    const states = (): string[] => seen.playback.map(({ state }) => state);
    expect(states()).not.toContain('resumed');
    await session.resume();
    expect(await utterance.finished).toMatchObject({ outcome: 'replayed', positionMs: 2_000 });
    expect(states()).toEqual(['started', 'paused', 'resumed', 'ended']);
  });
});

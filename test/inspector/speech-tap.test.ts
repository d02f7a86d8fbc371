/** A tap on the speech of a session changes nothing, and gets everything once and in order. */
import { describe, expect, it } from 'vitest';
import { watchSessions } from '../../src/client/session-glance.js';
import { AvatarEmulator } from '../../src/emulator/index.js';
import { newAvatarSession } from '../../src/index.js';

const AUDIO = Uint8Array.from({ length: 64_000 }, (_, at) => at % 251);

describe('a session with a tap', () => {
  it('has the same result as one without a tap, and the tap gets every keyframe once, and the position of the recovery', async () => {
    const service = await AvatarEmulator.start({ seed: 3, pace: 4 });
    try {
      const session = newAvatarSession(service.sessionOptions);
      await session.start();
      const indices: number[] = [];
      let bytes = 0;
      let recoveries = 0;
      const leave = watchSessions(
        (watched) => {
          if (watched.id !== session.id) return;
          const stop = watched.watch({
            audio: (_, audio) => void (bytes += audio.length),
            frame: (_, index, __, resumed) => {
              indices.push(index);
              if (resumed) recoveries += 1;
            },
          });
          stops.push(stop);
        },
        () => undefined,
      );
      service.inject({ kind: 'reset', phase: 'runtime', afterKeyframes: 20 });
      const { keyframes, outcome } = await session.speak(AUDIO).finished;
      // There is no consumer of frames, because the tap is neither a handler nor a loop.
      expect({ keyframes, outcome }).toEqual({ keyframes: 50, outcome: 'replayed' });
      expect(bytes).toBe(AUDIO.length);
      expect(indices).toEqual([...new Set(indices)].sort((a, b) => a - b));
      expect(recoveries).toBe(1);
      for (const stop of stops) stop();
      const seen = indices.length;
      await session.speak(AUDIO).finished;
      expect(indices).toHaveLength(seen);
      leave();
      await session.close();
    } finally {
      await service.stop();
    }
  });
});
const stops: (() => void)[] = [];

/** Compressed speech: its size does not show its duration, and it can't be cut at any byte. */
import { withoutLimits } from './adversary.js';
import type { Adversary } from './adversary.js';

export const opus: Adversary = {
  name: 'opus',
  trouble: 'the audio is Ogg Opus, with granule positions, into rooms too',
  change(draws, schedule) {
    const calm = draws.chance(0.4);
    const usesEgress = draws.chance(0.4);
    return {
      ...schedule,
      service: calm
        ? {
            ...withoutLimits(schedule.service),
            pace: draws.pick(['unpaced', 'realtime']),
            playoutSpeed: draws.pick([0.5, 1]),
          }
        : schedule.service,
      sessions: schedule.sessions.map((traits) => ({
        ...traits,
        audioFormat: 'opus',
        usesEgress,
        silenceTimeoutMs: draws.pick([2_000, 4_000, 30_000]),
        replay: calm ? {} : traits.replay,
      })),
      disturbances: calm ? [] : schedule.disturbances,
      endsAtMs: schedule.endsAtMs + (calm ? 60_000 : 0),
    };
  },
};

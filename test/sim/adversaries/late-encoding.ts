/**
 * PCM that the session encodes before it sends it: each run is a separate stream, and a part of the audio
 * waits in the encoder.
 */
import { withoutLimits } from './adversary.js';
import type { Adversary } from './adversary.js';

export const lateEncoding: Adversary = {
  name: 'late-encoding',
  trouble: 'the session encodes its PCM to Ogg Opus, frame by frame, page by page, into rooms too',
  change(draws, schedule) {
    const calm = draws.chance(0.3);
    const usesEgress = draws.chance(0.2);
    const frameDurationMs = draws.pick([10, 20, 40, 60] as const);
    return {
      ...schedule,
      service: calm
        ? { ...withoutLimits(schedule.service), pace: draws.pick(['unpaced', 'realtime']) }
        : schedule.service,
      sessions: schedule.sessions.map((traits) => ({
        ...traits,
        audioFormat: 'encoded',
        frameDurationMs,
        usesEgress,
        replay: calm ? {} : traits.replay,
      })),
      disturbances: calm ? [] : schedule.disturbances,
      endsAtMs: schedule.endsAtMs + (calm ? 60_000 : 0),
    };
  },
};

/** Uplinks, and sometimes downlinks, that are slower than speech is written, without any other fault. */
import type { Draws } from '../world/draws.js';
import type { OperationKind } from '../world/schedule.js';
import { operationsOf, PLAIN_SPEECH, PLAIN_TRAITS, piecesOf, START, withoutLimits } from './adversary.js';
import type { Adversary, Pace } from './adversary.js';

/** Bytes per millisecond, which are kB/s. */
const RATES = [64, 200, 400] as const;
const MOST_BYTES = 8_000_000;

export const slowLink: Adversary = {
  name: 'slow-link',
  trouble: 'the link takes 64, 200 or 400 kB/s, and the application writes as fast as it may',
  change(draws, schedule) {
    const upBytesPerMs = draws.pick(RATES);
    const sampleRate = draws.pick([16_000, 24_000]);
    const traits = { ...PLAIN_TRAITS, sampleRate, usesEgress: draws.chance(0.25) };
    const totalBytes = drawBytes(draws);
    const utterances = draws.whole(1, 3);
    const bytes = totalBytes / utterances;
    const speeches = Array.from({ length: utterances }, (_nothing, index) => {
      const pieces = Math.max(1, Math.round(bytes / draws.pick([3_200, 64_000, 320_000])));
      const plan: OperationKind = {
        ...PLAIN_SPEECH,
        by: draws.pick(['speak', 'source', 'stream', 'sendAudio']),
        chunkBytes: piecesOf((bytes / sampleRate) * 500, Math.min(pieces, 400), traits),
      };
      return [500 + index * draws.ms(0, 2_000), plan] as const;
    });
    const takesMs = totalBytes / upBytesPerMs + 2 * (totalBytes / sampleRate) * 500 + 30_000;
    return {
      ...schedule,
      climate: {
        ...schedule.climate,
        windowBytes: draws.pick([65_536, 262_144]),
        upBytesPerMs,
        ...(draws.chance(0.5) ? { downBytesPerMs: draws.pick(RATES) } : {}),
        sendBufferBytes: draws.pick([0, 32_768, 262_144, 2_500_000]),
      },
      service: {
        ...withoutLimits(schedule.service),
        pace: draws.pick<Pace>(['unpaced', 3]),
        playoutSpeed: 20,
        // Some services say nothing for a long time: what they take is the only sign of life.
        keyframesPerMessage: draws.pick([1, 4, 1_000]),
        playbackStateIntervalMs: draws.pick([1_000, Infinity]),
      },
      sessions: [traits],
      operations: operationsOf(0, [0, START], ...speeches),
      disturbances: [],
      endsAtMs: takesMs,
    };
  },
};

/** Mostly little, because a world of megabytes takes long to live. */
function drawBytes(draws: Draws): number {
  if (draws.chance(0.02)) return MOST_BYTES;
  return draws.whole(100_000, draws.chance(0.1) ? 2_500_000 : 700_000);
}

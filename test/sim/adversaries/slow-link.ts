/**
 * Uplinks, and sometimes downlinks, that are slower than the application writes speech, without any other
 * fault.
 */
import type { Draws } from '../world/draws.js';
import type { OperationKind } from '../world/schedule.js';
import { operationsOf, PLAIN_SPEECH, PLAIN_TRAITS, piecesOf, START, withoutLimits } from './adversary.js';
import type { Adversary, Pace } from './adversary.js';

/** In bytes per millisecond, which equals kB/s. */
const RATES = [64, 200, 400] as const;
const MOST_BYTES = 8_000_000;

export const slowLink: Adversary = {
  name: 'slow-link',
  trouble: 'the link transfers 64, 200 or 400 kB/s, and the application writes as fast as it may',
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
        // Some services send nothing for a long time. Then the bytes that they accept are the only sign of
        // life.
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

/** Usually a small amount, because a world with megabytes of audio takes long to simulate. */
function drawBytes(draws: Draws): number {
  if (draws.chance(0.02)) return MOST_BYTES;
  return draws.whole(100_000, draws.chance(0.1) ? 2_500_000 : 700_000);
}

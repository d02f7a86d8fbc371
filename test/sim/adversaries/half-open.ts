/**
 * Connections that stop in mid-sentence without a close, for a short or a long time; and situations that look
 * similar but are no loss.
 */
import { operationsOf, PLAIN_SPEECH, PLAIN_TRAITS, piecesOf, START, withoutLimits } from './adversary.js';
import type { Adversary } from './adversary.js';
import type { Disturbance } from '../world/schedule.js';

const SPEECH_MS = 20_000;
const PIECE_MS = 100;

export const halfOpen: Adversary = {
  name: 'half-open',
  trouble:
    'connections transfer nothing for a while in mid-sentence, services answer late, and the event loop blocks',
  change(draws, schedule) {
    const traits = { ...PLAIN_TRAITS, usesEgress: draws.chance(0.2) };
    const speech = {
      ...PLAIN_SPEECH,
      chunkBytes: piecesOf(SPEECH_MS, SPEECH_MS / PIECE_MS, traits),
      gapMs: PIECE_MS,
    };
    const silences = Array.from({ length: draws.whole(0, 3) }, (_nothing, index): Disturbance => {
      const durationMs = draws.pick([500, 1_000, 6_000, 13_000, 40_000]);
      const fate = { kind: 'silence', afterMs: draws.whole(500, 15_000), durationMs } as const;
      return { kind: 'fate', of: 'dial', nth: index + 1, fate };
    });
    const stalls = Array.from({ length: draws.whole(0, 2) }, (): Disturbance => {
      return { kind: 'stall', atMs: draws.whole(1_000, 20_000), durationMs: draws.whole(500, 2_000) };
    });
    const delayMs = draws.whole(2_000, 15_000);
    const thinking: Disturbance = { kind: 'fault', fault: { kind: 'delay', phase: 'runtime', delayMs } };
    return {
      ...schedule,
      climate: { latencyMs: draws.ms(1, 100), jitterMs: draws.ms(0, 40), windowBytes: 262_144 },
      service: {
        ...withoutLimits(schedule.service),
        pace: 'realtime',
        keyframesPerMessage: draws.pick([1, 4]),
      },
      sessions: [traits],
      operations: operationsOf(
        0,
        [0, START],
        [draws.ms(300, 1_500), speech],
        [draws.ms(30_000, 40_000), speech],
      ),
      disturbances: [...silences, ...stalls, ...(draws.chance(0.5) ? [thinking] : [])],
      endsAtMs: 150_000,
    };
  },
};

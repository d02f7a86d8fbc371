/** A ServerError about a request, and soon after it a close with the same meaning or with another one. */
import type { Disturbance } from '../world/schedule.js';
import { operationsOf, PLAIN_SPEECH, PLAIN_TRAITS, piecesOf, START, withoutLimits } from './adversary.js';
import type { Adversary } from './adversary.js';

const CODES = [0, 3, 13, 14, 400, 1008, 4001, 4002, 4010, 4100, 4503] as const;
const CLOSES = [1000, 1001, 1008, 1011, 4001, 4002, 4003, 4010, 4100, 4503] as const;

export const errorsThenCloses: Adversary = {
  name: 'errors-then-closes',
  trouble: 'the service refuses a request, and closes the connection up to a second and a half later',
  change(draws, schedule) {
    const traits = {
      ...PLAIN_TRAITS,
      recovery: draws.pick([undefined, 'replay', 'fail', 'drop'] as const),
      retry: draws.pick([{}, {}, { maxAttempts: 1 }, { rules: { serverError: 'retry' } }] as const),
    };
    const speech = {
      ...PLAIN_SPEECH,
      chunkBytes: piecesOf(draws.whole(1_000, 6_000), 10, traits),
      gapMs: 50,
    };
    const atMs = draws.ms(1_000, 5_000);
    const refusal: Disturbance = {
      kind: 'injected',
      atMs,
      fault: {
        kind: 'serverError',
        phase: 'runtime',
        code: draws.pick(CODES),
        message: 'refused',
        reqId: draws.pick(['current', 'current', 'current', 'foreign', 'none'] as const),
      },
    };
    const close: Disturbance = {
      kind: 'injected',
      atMs: atMs + draws.ms(0, 1_500),
      fault: { kind: 'close', phase: 'runtime', code: draws.pick(CLOSES), reason: '' },
    };
    return {
      ...schedule,
      service: { ...withoutLimits(schedule.service), pace: 'realtime' },
      sessions: [traits],
      operations: operationsOf(0, [0, START], [900, speech], [draws.ms(2_000, 9_000), speech]),
      disturbances: draws.chance(0.8) ? [refusal, close] : [refusal],
      endsAtMs: 60_000,
    };
  },
};

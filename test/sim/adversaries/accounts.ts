/** Several customers in one process, at one service. Some have trouble of their own, the others have none. */
import type { Draws } from '../world/draws.js';
import type { AccountTraits, Disturbance, Operation, SessionTraits } from '../world/schedule.js';
import { operationsOf, PLAIN_SPEECH, PLAIN_TRAITS, piecesOf, START, withoutLimits } from './adversary.js';
import type { Adversary } from './adversary.js';

interface Customer {
  readonly plan: AccountTraits;
  readonly traits: Partial<SessionTraits>;
}

const HEALTHY: Customer = { plan: {}, traits: {} };
const provider = (failures: number, hangs: number): Partial<SessionTraits> => ({
  tokens: { kind: 'provider', failures, hangs, reusable: false },
});
const TROUBLED: readonly [Customer, ...Customer[]] = [
  { plan: { maxSessions: 0 }, traits: {} },
  { plan: { maxSessions: 1 }, traits: {} },
  { plan: { creditMs: 0 }, traits: {} },
  { plan: {}, traits: provider(1, 0) },
  { plan: {}, traits: provider(0, 1) },
  { plan: {}, traits: { usesEgress: true, roomFunction: 'throws' } },
  { plan: {}, traits: { usesEgress: true, roomFunction: 'hangs' } },
];

export const accounts: Adversary = {
  name: 'accounts',
  trouble: 'one process has several accounts: some at their limit, some with functions that fail or hang',
  change(draws, schedule) {
    const customers = [HEALTHY, ...Array.from({ length: draws.whole(1, 3) }, () => draws.pick(TROUBLED))];
    if (draws.chance(0.3)) customers.push(HEALTHY);
    const sessions: SessionTraits[] = [];
    const operations: Operation[] = [];
    for (const [account, { traits }] of customers.entries()) {
      for (let count = draws.whole(1, account === 0 ? 3 : 6); count > 0; count--) {
        // The sessions in trouble start first, so that the healthy ones meet the state that the trouble has
        // left.
        const startMs = traits === HEALTHY.traits ? draws.ms(0, 6_000) : draws.ms(0, 1_000);
        operations.push(...lifeOf(draws, sessions.length, startMs));
        sessions.push({ ...PLAIN_TRAITS, timeoutMs: draws.pick([3_000, 10_000]), account, ...traits });
      }
    }
    return {
      ...schedule,
      climate: { ...schedule.climate, latencyMs: Math.min(schedule.climate.latencyMs, 60), jitterMs: 0 },
      service: {
        ...withoutLimits(schedule.service),
        overLimit: draws.pick(['refuse', 'refuse', 'close']),
        ...(draws.chance(0.6) ? { retryAfterSeconds: draws.pick([2, 30, 90]) } : {}),
      },
      accounts: customers.map(({ plan }) => plan),
      sessions,
      operations: operations.toSorted((one, other) => one.atMs - other.atMs),
      disturbances: draws.chance(0.6) ? [] : [drawEndpointTrouble(draws)],
      endsAtMs: draws.ms(20_000, 60_000),
    };
  },
};

function lifeOf(draws: Draws, session: number, startMs: number): Operation[] {
  const chunkBytes = piecesOf(draws.whole(200, 2_000), 5, PLAIN_TRAITS);
  return operationsOf(
    session,
    [startMs, START],
    [startMs + draws.ms(0, 4_000), { ...PLAIN_SPEECH, chunkBytes }],
  );
}

function drawEndpointTrouble(draws: Draws): Disturbance {
  const atMs = draws.ms(500, 8_000);
  const durationMs = draws.ms(100, 6_000);
  return draws.pick<Disturbance>([
    { kind: 'outage', atMs, durationMs },
    { kind: 'gateway', atMs, durationMs, status: 503, cuts: true },
  ]);
}

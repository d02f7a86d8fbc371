/** Sessions that fail soon, and an application that restarts them, both after their end and before it. */
import type { OperationKind, SessionTraits } from '../world/schedule.js';
import type { Adversary } from './adversary.js';

const RESTART: OperationKind & { readonly kind: 'restart' } = { kind: 'restart' };

export const restarts: Adversary = {
  name: 'restarts',
  trouble: 'sessions fail early, and are restarted repeatedly, also while they are open, ending or closed',
  change(draws, schedule) {
    return {
      ...schedule,
      sessions: schedule.sessions.map((traits) => ({
        ...traits,
        retry: draws.chance(0.7)
          ? draws.pick<SessionTraits['retry']>(['never', { maxAttempts: 2, maxElapsedMs: 10_000 }])
          : traits.retry,
        handlers: draws.chance(0.5)
          ? {
              kind: 'meddling',
              on: draws.pick(['error', 'close', 'state'] as const),
              nth: draws.whole(1, 3),
              operation: RESTART,
            }
          : traits.handlers,
      })),
      operations: [
        ...schedule.operations,
        ...schedule.sessions.flatMap((_traits, session) =>
          Array.from({ length: draws.whole(1, 6) }, () => ({
            atMs: draws.ms(0, schedule.endsAtMs),
            session,
            does: RESTART,
          })),
        ),
      ].toSorted((one, other) => one.atMs - other.atMs),
      disturbances: [
        ...schedule.disturbances,
        ...Array.from({ length: draws.whole(0, 3) }, () => ({
          kind: 'injected' as const,
          atMs: draws.ms(0, schedule.endsAtMs),
          fault: { kind: 'close' as const, phase: 'runtime' as const, code: draws.pick([4001, 4002, 1000]) },
        })),
      ],
    };
  },
};

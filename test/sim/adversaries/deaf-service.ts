/** A service that confirms every connection, and then reads and answers nothing. It may still send pongs. */
import type { Fault } from '../../../src/emulator/index.js';
import { withoutLimits } from './adversary.js';
import type { OperationKind } from '../world/schedule.js';
import type { Adversary } from './adversary.js';

export const deafService: Adversary = {
  name: 'deaf-service',
  trouble: 'the service confirms every connection and reads nothing from then on',
  change(draws, schedule) {
    const times = 'always';
    const fault = draws.pick<Fault>([
      { kind: 'deaf', phase: 'runtime', times, pongs: false },
      { kind: 'deaf', phase: 'runtime', times, pongs: false },
      { kind: 'deaf', phase: 'runtime', times },
      { kind: 'silence', phase: 'runtime', times, stopReading: true },
    ]);
    const policies = [
      {},
      'interactive',
      { maxAttempts: draws.whole(1, 5), maxElapsedMs: draws.pick([20_000, 60_000]), stableAfterMs: 1_000 },
    ] as const;
    const retry = draws.pick<(typeof policies)[number]>(policies);
    const sessions = schedule.sessions.map((traits) => ({
      ...traits,
      heartbeat: traits.heartbeat === false ? { intervalMs: 1_000, timeoutMs: 2_000 } : traits.heartbeat,
      maxSessionMs: undefined,
      decider: 'none' as const,
      retry,
    }));
    return {
      ...schedule,
      // Bytes that the system of such a service accepts count as a sign of life, so no write may have to wait
      // for buffer space.
      climate: { ...schedule.climate, windowBytes: 262_144 },
      operations: schedule.operations.map((operation) => ({ ...operation, does: inShort(operation.does) })),
      service: withoutLimits(schedule.service),
      sessions,
      disturbances: [{ kind: 'fault', fault }],
      endsAtMs: schedule.endsAtMs + 300_000,
    };
  },
};

function inShort(does: OperationKind): OperationKind {
  if (does.kind !== 'speak') return does;
  return { ...does, chunkBytes: does.chunkBytes.slice(0, 8).map((bytes) => Math.min(bytes, 4_000)) };
}

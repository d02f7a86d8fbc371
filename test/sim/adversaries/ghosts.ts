/** A plan that allows one session, and a service that continues to count a lost connection. */
import type { ConnectionFate } from '../network/weather.js';
import type { Disturbance, SessionTraits } from '../world/schedule.js';
import { operationsOf, PLAIN_SPEECH, PLAIN_TRAITS, piecesOf, START, withoutLimits } from './adversary.js';
import type { Adversary } from './adversary.js';

export const ghosts: Adversary = {
  name: 'ghosts',
  trouble: 'the plan allows one session, and the service counts a lost connection for a while',
  change(draws, schedule) {
    const noticedBy = draws.pick(['both', 'client'] as const);
    const loss = draws.pick<Disturbance>([
      { kind: 'outage', atMs: draws.ms(1_000, 12_000), durationMs: draws.ms(50, 500) },
      { kind: 'fate', of: 'dial', nth: 1, fate: drawCut() },
      { kind: 'fault', fault: { kind: 'reset', phase: 'runtime', nth: 1, afterMs: draws.whole(100, 8_000) } },
    ]);
    function drawCut(): ConnectionFate {
      return { kind: 'cut', direction: 'down', afterBytes: draws.whole(400, 20_000), noticedBy };
    }
    const traits = {
      ...PLAIN_TRAITS,
      usesEgress: draws.chance(0.2),
      retry: draws.pick<SessionTraits['retry']>([{}, 'patient']),
    };
    const service = withoutLimits(schedule.service);
    return {
      ...schedule,
      service: {
        ...service,
        maxSessions: 1,
        ghostMs: noticedBy === 'client' ? 0 : draws.whole(500, 50_000),
        overLimit: draws.pick(['refuse', 'close']),
      },
      sessions: [traits],
      operations: operationsOf(
        0,
        [0, START],
        [
          draws.ms(300, 1_000),
          { ...PLAIN_SPEECH, chunkBytes: piecesOf(draws.whole(500, 4_000), 10, traits) },
        ],
        [draws.ms(5_000, 9_000), { ...PLAIN_SPEECH, chunkBytes: piecesOf(1_000, 5, traits) }],
      ),
      disturbances: [loss],
      endsAtMs: 130_000,
    };
  },
};

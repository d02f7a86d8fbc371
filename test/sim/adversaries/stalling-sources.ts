/**
 * Sources of audio that stop giving audio, and give only empty chunks or nothing. Meanwhile the application
 * interrupts or closes, or the connection is lost.
 */
import type { OperationKind } from '../world/schedule.js';
import { operationsOf, PLAIN_SPEECH, PLAIN_TRAITS, piecesOf, START, withoutLimits } from './adversary.js';
import type { Adversary } from './adversary.js';

export const stallingSources: Adversary = {
  name: 'stalling-sources',
  trouble: 'a source of audio stalls in the middle and never ends',
  change(draws, schedule) {
    const traits = {
      ...PLAIN_TRAITS,
      usesEgress: draws.chance(0.2),
      silenceTimeoutMs: draws.pick([4_000, 10_000]),
      recovery: draws.pick([undefined, 'fail', 'drop', 'replay'] as const),
    };
    const speech = (): OperationKind => {
      const pieces = draws.whole(1, 12);
      return {
        ...PLAIN_SPEECH,
        by: draws.pick(['source', 'source', 'readable', 'webStream']),
        chunkBytes: piecesOf(draws.whole(100, 4_000), pieces, traits),
        gapMs: draws.pick([0, draws.ms(1, 300)]),
        stallsAfter: draws.chance(0.7) ? draws.whole(0, pieces - 1) : undefined,
      };
    };
    const ends: readonly [OperationKind, ...OperationKind[]] = [
      { kind: 'interruptAll' },
      { kind: 'interruptNewest' },
      { kind: 'close', drainTimeoutMs: undefined },
      { kind: 'close', drainTimeoutMs: 1_000 },
      { kind: 'explain' },
    ];
    return {
      ...schedule,
      service: withoutLimits(schedule.service),
      sessions: [traits],
      operations: operationsOf(
        0,
        [0, START],
        [draws.ms(0, 1_000), speech()],
        [draws.ms(0, 6_000), speech()],
        [draws.ms(500, 12_000), draws.pick(ends)],
        [draws.ms(500, 20_000), draws.pick(ends)],
      ),
      disturbances: draws.chance(0.5) ? [] : schedule.disturbances,
      endsAtMs: draws.ms(20_000, 60_000),
    };
  },
};

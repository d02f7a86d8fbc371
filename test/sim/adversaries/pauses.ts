/** Pause and resume at any moment: before speech, during speech, and while the session reconnects. */
import type { Disturbance, HandlerManner, Operation, OperationKind } from '../world/schedule.js';
import { PLAIN_SPEECH, PLAIN_TRAITS, piecesOf, START, withoutLimits } from './adversary.js';
import type { Adversary, Pace } from './adversary.js';

type Meddling = Exclude<OperationKind, { readonly kind: 'speak' }>;

/** The calls that a handler of a frame makes. */
const MEDDLING: readonly [Meddling, ...Meddling[]] = [
  { kind: 'pause' },
  { kind: 'interruptAll' },
  { kind: 'close', drainTimeoutMs: undefined },
];

export const pauses: Adversary = {
  name: 'pauses',
  trouble: 'the application pauses and resumes at random moments, and connections are lost meanwhile',
  change(draws, schedule) {
    const traits = {
      ...PLAIN_TRAITS,
      usesEgress: draws.chance(0.5),
      silenceTimeoutMs: draws.pick([4_000, 10_000]),
      recovery: draws.pick([undefined, undefined, 'replay', 'tail'] as const),
    };
    const operations: Operation[] = [{ atMs: 0, session: 0, does: START }];
    const add = (does: OperationKind): void =>
      void operations.push({ atMs: draws.ms(100, 20_000), session: 0, does });
    for (let count = draws.whole(1, 4); count > 0; count--) {
      const chunkBytes = piecesOf(draws.whole(200, 6_000), draws.whole(1, 10), traits);
      add({
        ...PLAIN_SPEECH,
        chunkBytes,
        by: draws.pick(['speak', 'source', 'sendAudio']),
        gapMs: draws.ms(0, 200),
      });
    }
    for (let count = draws.whole(1, 5); count > 0; count--) {
      add({ kind: 'pause' });
      if (draws.chance(0.7)) add({ kind: 'resume' });
    }
    if (draws.chance(0.2)) add({ kind: 'interruptAll' });
    if (draws.chance(0.3)) add({ kind: 'close', drainTimeoutMs: 20_000 });
    const losses = Array.from({ length: draws.whole(0, 2) }, (): Disturbance => {
      const atMs = draws.ms(500, 20_000);
      return draws.pick<Disturbance>([
        { kind: 'injected', atMs, fault: { kind: 'reset', phase: 'runtime' } },
        { kind: 'outage', atMs, durationMs: draws.ms(100, 4_000) },
      ]);
    });
    // Later additions are drawn last, so that earlier draws keep their values.
    const handlers: HandlerManner = draws.chance(0.6)
      ? traits.handlers
      : { kind: 'meddling', on: 'frame', nth: draws.whole(1, 30), operation: draws.pick(MEDDLING) };
    return {
      ...schedule,
      climate: { ...schedule.climate, latencyMs: draws.ms(1, 300) },
      service: {
        ...withoutLimits(schedule.service),
        // A service that can't pause continues to send, and a distant one continues for a while.
        capabilities: draws.chance(0.7)
          ? ['playback_control', 'playback_state']
          : draws.pick([[], ['playback_state']]),
        pace: draws.pick<Pace>(['realtime', 3, 'unpaced']),
        playoutSpeed: draws.pick([1, 4]),
        pauseTimeoutMs: draws.pick([3_000, 30_000]),
      },
      sessions: [{ ...traits, handlers }],
      operations: operations.toSorted((one, other) => one.atMs - other.atMs),
      disturbances: losses,
      endsAtMs: 90_000,
    };
  },
};

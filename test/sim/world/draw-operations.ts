/**
 * Draws the calls of the application: it starts, speaks, interrupts, pauses, aborts and closes, at random
 * times.
 */
import type { Draws } from './draws.js';
import type { Operation, OperationKind, SessionTraits, SpeechPlan } from './schedule.js';

/** The maximum number of chunks, and the maximum duration of each in milliseconds. */
type SpeechLength = readonly [chunks: number, chunkMs: number];
const SHORT: SpeechLength = [8, 400];
const LONG: SpeechLength = [30, 1_000];
/** Fills every buffer between client and service. A world with only such speech would be slow. */
const HUGE: SpeechLength = [60, 3_000];

/** In order of time. */
export function drawOperations(
  draws: Draws,
  sessions: readonly SessionTraits[],
  lastMs: number,
): readonly Operation[] {
  const operations: Operation[] = [];
  // Many sessions often start at once, as after a deploy.
  const together = draws.chance(0.5);
  const firstMs = draws.ms(0, 300);
  for (const [session, traits] of sessions.entries()) {
    const startMs = together ? firstMs : draws.ms(0, lastMs / 3);
    const add = (atMs: number, does: OperationKind): void => void operations.push({ atMs, session, does });
    if (draws.chance(0.15)) add(Math.max(0, startMs - draws.ms(0, 200)), { kind: 'init' });
    add(startMs, {
      kind: 'start',
      abortAfterMs: draws.chance(0.15) ? draws.ms(0, draws.chance(0.5) ? 300 : 10_000) : undefined,
    });
    if (draws.chance(0.05)) add(startMs + draws.ms(0, 2_000), { kind: 'start', abortAfterMs: undefined });
    const count = draws.whole(1, 8);
    for (let made = 0; made < count; made++) {
      add(draws.ms(draws.chance(0.05) ? 0 : startMs, lastMs), drawOperation(draws, traits));
    }
    if (draws.chance(0.5)) {
      const drainTimeoutMs = draws.chance(0.5) ? draws.whole(0, 20_000) : undefined;
      add(draws.ms(startMs, lastMs + 2_000), { kind: 'close', drainTimeoutMs });
    }
  }
  return operations.toSorted((one, other) => one.atMs - other.atMs);
}

function drawOperation(draws: Draws, traits: SessionTraits): OperationKind {
  if (draws.chance(0.65)) return drawSpeech(draws, traits);
  return draws.pick<OperationKind>([
    { kind: 'interruptAll' },
    { kind: 'interruptNewest' },
    { kind: 'interruptNewest' },
    { kind: 'pause' },
    { kind: 'resume' },
    { kind: 'explain' },
  ]);
}

function drawSpeech(draws: Draws, { sampleRate, usesEgress }: SessionTraits): SpeechPlan {
  const bytesPerMs = (sampleRate * 2) / 1_000;
  const rarity = draws.next();
  const [mostChunks, mostMs] = rarity < 0.006 ? HUGE : rarity < 0.04 ? LONG : SHORT;
  const chunks = draws.whole(1, mostChunks);
  const chunkBytes = Array.from({ length: chunks }, () => Math.floor(draws.ms(0, mostMs) * bytesPerMs));
  const by = draws.pick(['speak', 'speak', 'sendAudio', 'source', 'stream'] as const);
  return {
    kind: 'speak',
    chunkBytes,
    gapMs: draws.chance(0.4) ? 0 : draws.ms(1, 400),
    ends: draws.chance(0.93),
    by,
    stallsAfter: undefined,
    recovery: draws.chance(0.1) ? draws.pick(['replay', 'tail', 'drop', 'fail']) : undefined,
    reader:
      by === 'sendAudio' || usesEgress || draws.chance(0.5)
        ? 'none'
        : draws.pick(['loop', 'loop', 'slow', 'leaving']),
  };
}

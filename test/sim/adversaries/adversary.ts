/**
 * Changes the drawn schedule of a world, so that one kind of trouble occurs with everything that belongs to
 * it, beside the ordinary troubles. Draws from a stream of its own, so that the rest of the world stays what
 * it was.
 */
import type { Draws } from '../world/draws.js';
import type { Operation, OperationKind, Schedule, SessionTraits, SpeechPlan } from '../world/schedule.js';

export interface Adversary {
  readonly name: string;
  /** What goes wrong, in one sentence. */
  readonly trouble: string;
  change(draws: Draws, schedule: Schedule): Schedule;
}

export type Pace = NonNullable<Schedule['service']['pace']>;

/** A session as most applications have it. */
export const PLAIN_TRAITS: SessionTraits = {
  account: 0,
  audioFormat: 'pcm',
  roomFunction: 'works',
  tokens: { kind: 'console' },
  handlers: { kind: 'quiet' },
  usesEgress: false,
  useQueryAuth: false,
  sampleRate: 16_000,
  timeoutMs: 10_000,
  silenceTimeoutMs: 30_000,
  heartbeat: { intervalMs: 5_000, timeoutMs: 5_000 },
  recovery: undefined,
  idle: 'reconnect',
  replay: {},
  retry: {},
  decider: 'none',
  maxSessionMs: undefined,
};

export const PLAIN_SPEECH: SpeechPlan = {
  kind: 'speak',
  chunkBytes: [],
  gapMs: 0,
  ends: true,
  by: 'speak',
  stallsAfter: undefined,
  recovery: undefined,
  reader: 'none',
};

/** The service without limits of its own. */
export function withoutLimits(service: Schedule['service']): Schedule['service'] {
  const rest = Object.entries(service).filter(([name]) => name !== 'retryAfterSeconds');
  return {
    ...(Object.fromEntries(rest) as Schedule['service']),
    tokenLifetimeMs: Infinity,
    idleTimeoutMs: Infinity,
    maxSessionMs: Infinity,
    creditMs: Infinity,
    maxSessions: Infinity,
    egressOverlap: 'queue',
  };
}

/** Audio of so many milliseconds in so many pieces. */
export function piecesOf(durationMs: number, pieces: number, { sampleRate }: SessionTraits): number[] {
  const bytes = Math.floor(((durationMs / pieces) * sampleRate * 2) / 1_000);
  return Array.from({ length: pieces }, () => bytes);
}

/** What one session of a world does, in the order of time. */
export function operationsOf(
  session: number,
  ...plans: readonly (readonly [atMs: number, does: OperationKind])[]
): Operation[] {
  return plans.map(([atMs, does]) => ({ atMs, session, does })).toSorted((a, b) => a.atMs - b.atMs);
}

export const START: OperationKind = { kind: 'start', abortAfterMs: undefined };

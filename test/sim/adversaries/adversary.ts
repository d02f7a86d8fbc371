/**
 * Changes the drawn schedule of a world, so that one kind of trouble occurs with everything that belongs to
 * it, in addition to the ordinary trouble. Draws from its own random stream, so that the rest of the world
 * does not change.
 */
import type { Draws } from '../world/draws.js';
import type { Operation, OperationKind, Schedule, SessionTraits, SpeechPlan } from '../world/schedule.js';

export interface Adversary {
  readonly name: string;
  /** The trouble, in one sentence. */
  readonly trouble: string;
  change(draws: Draws, schedule: Schedule): Schedule;
}

export type Pace = NonNullable<Schedule['service']['pace']>;

/** A session with the options of most applications. */
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

/** The service without its limits. */
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

/** Splits this duration of audio into this number of pieces, and returns the size of each in bytes. */
export function piecesOf(durationMs: number, pieces: number, { sampleRate }: SessionTraits): number[] {
  const bytes = Math.floor(((durationMs / pieces) * sampleRate * 2) / 1_000);
  return Array.from({ length: pieces }, () => bytes);
}

/** The operations of one session of a world, in order of time. */
export function operationsOf(
  session: number,
  ...plans: readonly (readonly [atMs: number, does: OperationKind])[]
): Operation[] {
  return plans.map(([atMs, does]) => ({ atMs, session, does })).toSorted((a, b) => a.atMs - b.atMs);
}

export const START: OperationKind = { kind: 'start', abortAfterMs: undefined };

/**
 * The acceptable reasons for the end of a session. Each has evidence that is computed from the network and
 * from the events of the session, not from the product's own counts.
 */
import type { RetryPolicy } from '../../../src/index.js';
import type { Entry } from '../world/chronicle.js';

/** The observations up to the end of a session or an utterance. */
export interface Account {
  readonly entries: readonly Entry[];
  readonly policy: RetryPolicy;
  readonly atMs: number;
}

export const ACCEPTED_REASONS = {
  rule: {
    sentence: 'The application asked for no retry of this failure.',
    isTrue: ({ entries, policy, atMs }: Account) => {
      const errors = emitted(entries, 'error').filter((entry) => entry.atMs <= atMs);
      const last = errors.at(-1)?.payload;
      return last !== undefined && policy.rules[last.code].action === 'surface';
    },
  },
  attempts: {
    sentence: 'The service was dialled as often as the policy allows, and no connection lasted.',
    isTrue: (account: Account) => dialsSinceStable(account) === account.policy.maxAttempts,
  },
  elapsed: {
    sentence:
      'There was no working connection for as long as the policy allows, or the next wait would have ended later.',
    isTrue: (account: Account) => {
      const { backoff, maxElapsedMs } = account.policy;
      const longestWaitMs = Math.max(backoff.capMs, 1.2 * longestHintMs(account));
      return withoutConnectionMs(account) + longestWaitMs >= maxElapsedMs;
    },
  },
  hintTooLong: {
    sentence: 'The service asked for a longer wait than the policy accepts.',
    isTrue: (account: Account) => longestHintMs(account) > account.policy.maxHintMs,
  },
  wordsTooOld: {
    sentence:
      'There was no connection for five minutes (replay.ttlMs): the utterance was too old to be sent.',
    isTrue: ({ entries, atMs }: Account) => {
      const lastMs = Math.max(
        ...spells(entries, atMs).map(({ untilMs }) => untilMs),
        ...writes(entries, atMs),
      );
      return atMs - lastMs >= DEFAULT_TTL_MS - MEASURED_WITHIN_MS;
    },
  },
} as const satisfies Record<
  string,
  { readonly sentence: string; readonly isTrue: (account: Account) => boolean }
>;

export type AcceptedReason = keyof typeof ACCEPTED_REASONS;

const DEFAULT_TTL_MS = 300_000;
/** The last sign of life may have been a ping shortly after the last frame. */
const MEASURED_WITHIN_MS = 50;

type Emitted<Name> = Extract<Entry, { readonly kind: 'emitted'; readonly name: Name }>;

function emitted<Name extends Extract<Entry, { readonly kind: 'emitted' }>['name']>(
  entries: readonly Entry[],
  name: Name,
): Emitted<Name>[] {
  return entries.filter((entry): entry is Emitted<Name> => entry.kind === 'emitted' && entry.name === name);
}

interface Spell {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** The periods in which a connection was confirmed and alive, up to its last sign of life. */
function spells(entries: readonly Entry[], atMs: number): Spell[] {
  const found: Spell[] = [];
  let fromMs: number | undefined;
  for (const entry of entries) {
    if (entry.atMs > atMs) break;
    if (entry.kind === 'emitted' && entry.name === 'state' && entry.payload.to === 'websocket_runtime')
      fromMs = entry.atMs;
    if (entry.kind !== 'socketLeft' && entry.kind !== 'socketGone') continue;
    if (fromMs !== undefined) found.push({ fromMs, untilMs: Math.max(fromMs, entry.lastSignOfLifeAtMs) });
    fromMs = undefined;
  }
  return found;
}

/**
 * The end of the last connection that worked for `stableAfterMs`; the start of the session if there was none.
 */
function stableUntilMs({ entries, policy, atMs }: Account): number {
  const stable = spells(entries, atMs).filter(
    ({ fromMs, untilMs }) => untilMs - fromMs >= policy.stableAfterMs,
  );
  return stable.at(-1)?.untilMs ?? 0;
}

function dialsSinceStable(account: Account): number {
  const sinceMs = stableUntilMs(account);
  return emitted(account.entries, 'state').filter(
    ({ atMs, payload }) => payload.to === 'session_token' && atMs >= sinceMs && atMs <= account.atMs,
  ).length;
}

function withoutConnectionMs(account: Account): number {
  const sinceMs = stableUntilMs(account);
  const workedMs = spells(account.entries, account.atMs)
    .filter(({ fromMs }) => fromMs >= sinceMs)
    .reduce((sum, { fromMs, untilMs }) => sum + untilMs - fromMs, 0);
  return account.atMs - sinceMs - workedMs;
}

function longestHintMs({ entries, atMs }: Account): number {
  const hints = entries.flatMap((entry) =>
    entry.kind === 'hinted' && entry.atMs <= atMs ? [entry.hintMs] : [],
  );
  return Math.max(0, ...hints);
}

function writes(entries: readonly Entry[], atMs: number): number[] {
  return entries.flatMap((entry) =>
    entry.kind === 'did' && entry.atMs <= atMs && /^(write|end) /.test(entry.what) ? [entry.atMs] : [],
  );
}

/**
 * The types of options that are more than a number or a word. The members of `CloseOnExitOptions` are made from the rows of
 * nested-fields.ts: change those, then run `UPDATE_README=1 npx vitest run test/docs`.
 */
import type { RetryDecider } from '../../core/policy/application-decision.js';
import type { RetryOptions } from '../../core/policy/retry-options.js';
import type { TokenReason } from '../../ports/token-source.js';

/** What an egress function is called with: once for every dial, because room tokens expire. */
export interface EgressRequest {
  /** Why a configuration is wanted: `start` for the first connect, `reconnect` for a later dial. */
  readonly reason: TokenReason;
  /** Aborted when the session is closed, or the step's time is over. */
  readonly signal: AbortSignal;
}

/** A configuration, or a function that makes one for each dial. */
export type PerDial<T> = T | ((request: EgressRequest) => T | Promise<T>);

/** A policy, and beside it what only a program can hold. */
export interface SessionRetryOptions extends RetryOptions {
  /**
   * Asked about each failure after the policy: may keep what it proposes, or decide otherwise.
   *
   * @default none
   */
  readonly decide?: RetryDecider | undefined;
}

/**
 * What a session does when the service closes its connection because no audio was sent:
 * - `reconnect` (default): reconnects, but after two such closes in a row waits for the next utterance
 * - `reconnectOnDemand`: waits for the next utterance at once
 * - `stay`: always reconnects
 */
export type IdleChoice = 'reconnect' | 'reconnectOnDemand' | 'stay';
export const IDLE_CHOICES = [
  'reconnect',
  'reconnectOnDemand',
  'stay',
] as const satisfies readonly IdleChoice[];

/** How a session is closed when the process ends. */
export interface CloseOnExitOptions {
  /**
   * Finish the open utterances first.
   * @default false
   */
  readonly drain?: boolean | undefined;
  /**
   * How long the end of the process may wait for the session in all, milliseconds, 0 to 2³¹−1. A drain ends a
   * tenth of that earlier, at most half a second, so that the connection can be closed.
   *
   * @default 10_000
   */
  readonly timeoutMs?: number | undefined;
}

/** With every default filled in. */
export interface CloseOnExit {
  readonly drain: boolean;
  readonly timeoutMs: number;
}

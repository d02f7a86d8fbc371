/**
 * One session's outages, counted from outside: by what it tells and when, with the numbers that the application configured. The
 * same sums as the product's, made independently.
 */
import type { RetryPolicy } from '../../../src/index.js';
import type { Told } from '../world/chronicle.js';

export class OutageBook {
  attempts = 0;
  dialsSinceLoss = 0;
  startedAtMs = 0;
  lostAtMs = 0;
  readonly #policy: RetryPolicy;
  #hasBegun = false;
  #confirmedAtMs = 0;
  #inRuntime = false;
  /** Whether something was decided since the last loss; without that the connection was replaced on purpose. */
  #decided = false;

  constructor(policy: RetryPolicy) {
    this.#policy = policy;
  }

  get inRuntime(): boolean {
    return this.#inRuntime;
  }

  read(told: Told, atMs: number): void {
    if (told.name === 'retry' && !this.#inRuntime) {
      // The gate decides nothing: what it holds up had been begun on purpose, or after a decision.
      if (told.payload.source === 'gate') this.#begunOnPurpose(atMs);
      else this.#decided = true;
    }
    if (told.name !== 'state') return;
    const { from, to } = told.payload;
    if (!this.#hasBegun && from === 'idle') {
      this.#hasBegun = true;
      this.#decided = true;
      this.startedAtMs = atMs;
    }
    if (from === 'websocket_runtime') this.#lost(atMs);
    if (to === 'session_token') this.#dialled(atMs);
    if (to === 'websocket_runtime') {
      this.#inRuntime = true;
      this.#confirmedAtMs = atMs;
    }
  }

  #lost(atMs: number): void {
    this.#inRuntime = false;
    this.#decided = false;
    this.dialsSinceLoss = 0;
    this.lostAtMs = atMs;
    if (atMs - this.#confirmedAtMs < this.#policy.stableAfterMs) return;
    this.attempts = 0;
    this.startedAtMs = atMs;
  }

  #dialled(atMs: number): void {
    this.#begunOnPurpose(atMs);
    this.attempts += 1;
    this.dialsSinceLoss += 1;
  }

  /** Unless something was decided since the loss: then it is an outage like any other. */
  #begunOnPurpose(atMs: number): void {
    if (this.#decided) return;
    this.#decided = true;
    this.attempts = 0;
    this.startedAtMs = atMs;
  }
}

/** The most that any rule of the policy allows. */
export function mostAttempts({ rules, maxAttempts }: RetryPolicy): number {
  return Math.max(maxAttempts, ...Object.values(rules).map((rule) => rule.maxAttempts ?? 0));
}

/**
 * When a pool may start sessions for which no caller waits, after one of them has failed: a service that is down must not get one dial
 * after the other, and a wrong key must not be tried repeatedly.
 */
import { Notifier } from '../client/events/notifier.js';
import { AvatarSDKError } from '../core/failure/avatar-sdk-error.js';
import { drawDelayMs } from '../core/policy/delay.js';
import type { Backoff } from '../core/policy/rule.js';
import type { Clock, Timer } from '../ports/clock.js';
import type { Random } from '../ports/random.js';

/** Added to half a second, so that the first wait is 0.5 to 1.5 s and no wait exceeds 60.5 s. */
const BACKOFF: Backoff = { baseMs: 1_000, factor: 2, capMs: 60_000, jitter: 'full', minIntervalMs: 0 };
const LEAST_DELAY_MS = 500;

export class SpareStarts {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #onError: ((error: Error) => unknown) | undefined;
  readonly #onAllowed: () => void;
  /** Calls `onError`; errors of it become a process warning, at most once a minute. */
  readonly #notifier: Notifier;
  /** Failures since the last start that succeeded. */
  #failures = 0;
  #timer: Timer | undefined;
  /** Whether a retry can't remedy the last failure. */
  #blocked = false;

  constructor(
    clock: Clock,
    random: Random,
    onError: ((error: Error) => unknown) | undefined,
    onAllowed: () => void,
  ) {
    this.#clock = clock;
    this.#random = random;
    this.#onError = onError;
    this.#onAllowed = onAllowed;
    this.#notifier = new Notifier({}, clock);
  }

  get allowed(): boolean {
    return !this.#blocked && this.#timer === undefined;
  }

  succeeded(): void {
    this.stop();
    this.#failures = 0;
    this.#blocked = false;
  }

  failed(error: Error): void {
    this.stop();
    this.#failures += 1;
    this.#blocked = !(error instanceof AvatarSDKError) || error.reason === 'rule';
    if (!this.#blocked) {
      const delayMs = LEAST_DELAY_MS + drawDelayMs(BACKOFF, this.#failures - 1, this.#random.next());
      this.#timer = this.#clock.schedule(Math.round(delayMs), () => {
        this.#timer = undefined;
        this.#onAllowed();
      });
    }
    this.#report(error);
  }

  /** Cancels the wait. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #report(error: Error): void {
    if (this.#onError !== undefined) {
      this.#notifier.call('onError', this.#onError, error);
      return;
    }
    if (this.#failures > 1) return;
    const what =
      error instanceof AvatarSDKError
        ? `${error.code}: ${error.message}. ${error.remediation}`
        : `${error.message}.`;
    process.emitWarning(
      `a pool could not start a warm session: ${what} To handle this, give the pool onError.`,
      'AvatarKitPoolWarning',
    );
  }
}

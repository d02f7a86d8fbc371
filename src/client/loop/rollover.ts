/**
 * Replaces a connection before the service's known duration limit ends it: at the first moment after nine tenths of its life at
 * which nothing is being said, or, when that moment never comes, shortly before the limit.
 */
import { recordVerdict } from '../../core/failure/avatar-sdk-error.js';
import type { Clock, Timer } from '../../ports/clock.js';
import type { EndSignal } from '../../ports/end-signal.js';
import type { LiveConnection } from '../connection/live-connection.js';
import type { SessionErrors } from '../events/session-errors.js';
import type { UtteranceRegistry } from '../speech/utterance-registry.js';
import { AbortFlag, untilAborted } from '../waiting/abort.js';
import type { Loss } from './message-router.js';

/** From this part of the connection's life on, a pause between utterances is used. */
const SOFT_PART = 0.9;
/** From this part on, it is replaced even in mid-sentence: a re-send is better than the service's refusal. */
const HARD_PART = 0.98;

const NO_MORE_WAITING = new Error('the moment is not waited for any more');

export class Rollover {
  readonly #clock: Clock;
  readonly #maxSessionMs: number;
  readonly #unfinished: UtteranceRegistry;
  #timer: Timer | undefined;
  #waiting: AbortFlag | undefined;

  constructor(clock: Clock, maxSessionMs: number, unfinished: UtteranceRegistry) {
    this.#clock = clock;
    this.#maxSessionMs = maxSessionMs;
    this.#unfinished = unfinished;
  }

  /** A connection has just been confirmed. */
  arm(connection: LiveConnection): void {
    const maxSessionMs = this.#maxSessionMs;
    this.#timer = this.#clock.schedule(maxSessionMs * SOFT_PART, () => {
      const waiting = new AbortFlag();
      this.#waiting = waiting;
      this.#timer = this.#clock.schedule(maxSessionMs * (HARD_PART - SOFT_PART), () =>
        waiting.abort(NO_MORE_WAITING),
      );
      void this.#closeWhenIdle(connection, waiting);
    });
  }

  /** The connection is gone, or the session is ending. */
  disarm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.abort(NO_MORE_WAITING);
  }

  async #closeWhenIdle(connection: LiveConnection, signal: EndSignal): Promise<void> {
    try {
      // Whoever waited for the same moment may have begun to speak again by now.
      do await untilAborted(this.#unfinished.whenEmpty(), signal);
      while (this.#unfinished.size > 0);
    } catch {
      // The moment has not come: it is replaced now, unless it is gone already.
    }
    if (this.#waiting === signal) await connection.close();
  }
}

/** The end of a connection that was replaced in time: no failure, and no error event. */
export function rolledOver(errors: SessionErrors, connectionId: string): Exclude<Loss, 'normalEnd'> {
  const message = 'planned rollover before the session limit';
  const error = errors.connectionEnded(message, connectionId, 'rollover');
  return { error: recordVerdict(error, { willRetry: true }), emitted: undefined };
}

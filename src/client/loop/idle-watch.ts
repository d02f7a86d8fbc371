/**
 * A session that nobody speaks to is closed by the service again and again. Decides when it stops coming back by itself, and
 * waits for the first words then, so that a forgotten session stops costing.
 */
import type { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import type { RetryPolicy } from '../../core/policy/rule.js';
import type { EndSignal } from '../../ports/end-signal.js';
import type { IdleChoice } from '../options/nested-options.js';
import type { UtteranceRegistry } from '../speech/utterance-registry.js';
import { Deferred } from '../waiting/deferred.js';
import { untilAborted } from '../waiting/abort.js';

/** Idle closes in a row, with no input between them, after which a session waits. */
const CLOSES_BEFORE_WAITING: Readonly<Record<IdleChoice, number>> = {
  reconnect: 2,
  reconnectOnDemand: 1,
  stay: Infinity,
};

export class IdleWatch {
  readonly #closesBeforeWaiting: number;
  readonly #unfinished: UtteranceRegistry;
  #idleCloses = 0;
  #wanted: Deferred<void> | undefined;

  constructor(choice: IdleChoice, unfinished: UtteranceRegistry) {
    this.#closesBeforeWaiting = CLOSES_BEFORE_WAITING[choice];
    this.#unfinished = unfinished;
  }

  /** Audio has been accepted. */
  spoken(): void {
    this.#idleCloses = 0;
    this.#wanted?.resolve();
    this.#wanted = undefined;
  }

  /** Whether the session waits for words after this loss, instead of dialling. Counts the loss. */
  sleepsAfter(error: AvatarSDKError, policy: RetryPolicy): boolean {
    // Other losses between two idle closes are no input: they do not make the session a used one.
    if (error.code !== 'idleTimeout') return false;
    this.#idleCloses += 1;
    if (this.#unfinished.size > 0 || this.#idleCloses < this.#closesBeforeWaiting) return false;
    return policy.rules.idleTimeout.action === 'retry';
  }

  /** Resolves when audio has been accepted; rejects with the signal's reason. */
  async untilSpoken(signal: EndSignal): Promise<void> {
    if (this.#unfinished.size > 0) return;
    this.#wanted = new Deferred<void>();
    await untilAborted(this.#wanted.promise, signal);
  }
}

/**
 * The unfinished utterances of a session: found by the request id that is on the wire now, kept in the order in which the
 * application began them, however often their ids change.
 */
import type { UtteranceLedger } from '../../core/utterance/utterance-ledger.js';
import { Deferred } from '../waiting/deferred.js';
import type { ActiveUtterance } from './active-utterance.js';

/** What every idle session has; nobody writes into it. */
const NONE: ReadonlyMap<string, ActiveUtterance> = new Map();

export class UtteranceRegistry {
  /** Present while something is unfinished. */
  #own: Map<string, ActiveUtterance> | undefined;
  #idle: Deferred<void> | undefined;
  /** How often audio was accepted: grows while the session is in use. */
  acceptedWrites = 0;
  /** Present while `nextAudio` is waited for. */
  #wanted: Deferred<void> | undefined;

  get #byWireReqId(): ReadonlyMap<string, ActiveUtterance> {
    return this.#own ?? NONE;
  }

  get size(): number {
    return this.#byWireReqId.size;
  }

  find(wireReqId: string): ActiveUtterance | undefined {
    return this.#byWireReqId.get(wireReqId);
  }

  /** The unfinished ones, oldest first; a copy, so that the caller may settle them on the way. */
  all(): readonly ActiveUtterance[] {
    return [...this.#byWireReqId.values()];
  }

  add(utterance: ActiveUtterance): void {
    this.#own ??= new Map();
    this.#own.set(utterance.ledger.wireReqId, utterance);
  }

  remove(utterance: ActiveUtterance): void {
    this.#own?.delete(utterance.ledger.wireReqId);
    if (this.size > 0) return;
    this.#own = undefined;
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  /** Ids have changed; the order has not. */
  reindex(): void {
    const inOrder = this.all().toSorted((a, b) => a.order - b.order);
    if (inOrder.length > 0)
      this.#own = new Map(inOrder.map((utterance) => [utterance.ledger.wireReqId, utterance]));
  }

  /** Those whose audio may go out, oldest first: what has not begun does not overtake an older one that is corked. */
  *speaking(): Iterable<UtteranceLedger> {
    let someCorked = false;
    for (const { ledger, isCorked } of this.#byWireReqId.values()) {
      someCorked ||= isCorked;
      if (!isCorked && (ledger.begun || !someCorked)) yield ledger;
    }
  }

  /** Whether it has to wait: corked itself, or not begun and behind one that is. */
  isBlocked({ ledger, isCorked, order }: ActiveUtterance): boolean {
    if (isCorked) return true;
    if (ledger.begun) return false;
    for (const other of this.#byWireReqId.values()) {
      if (other.order >= order) return false;
      if (other.isCorked) return true;
    }
    return false;
  }

  /** The unfinished ones that were begun before it. */
  *olderThan({ order }: ActiveUtterance): Iterable<ActiveUtterance> {
    for (const other of this.#byWireReqId.values()) {
      if (other.order >= order) return;
      yield other;
    }
  }

  /** For those begun after `order` silence counts from now on. */
  startSilence(nowMs: number, order = -1): void {
    for (const utterance of this.#byWireReqId.values()) {
      if (utterance.order > order) utterance.lastHeardAtMs = nowMs;
    }
  }

  /** What has gone out and is not kept counts no longer. */
  account(): void {
    for (const utterance of this.all()) utterance.account();
  }

  /** Counts accepted audio, and resolves `nextAudio`. */
  audioAccepted(): void {
    this.acceptedWrites += 1;
    this.#wanted?.resolve();
    this.#wanted = undefined;
  }

  /** Resolves when audio is accepted. */
  get nextAudio(): Promise<void> {
    this.#wanted ??= new Deferred<void>();
    return this.#wanted.promise;
  }

  /** Resolves when nothing is unfinished. */
  whenEmpty(): Promise<void> {
    if (this.size === 0) return Promise.resolve();
    this.#idle ??= new Deferred<void>();
    return this.#idle.promise;
  }
}

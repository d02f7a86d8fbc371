/**
 * The unfinished utterances of a session: found by their current request ids on the wire, kept in the order in which the application
 * began them, however often their ids change; and the time limit of each that has ended. Decides no error and sends nothing.
 */
import type { UtteranceLedger } from '../../core/utterance/utterance-ledger.js';
import type { Clock } from '../../ports/clock.js';
import { Deferred } from '../waiting/deferred.js';
import type { ActiveUtterance } from './active-utterance.js';

/** The map of every idle session; it stays empty. */
const NONE: ReadonlyMap<string, ActiveUtterance> = new Map();

export class UtteranceRegistry {
  /** Present while an utterance is unfinished. */
  #own: Map<string, ActiveUtterance> | undefined;
  /**
   * The utterance that was found last, and its key: the ids of successive messages are mostly the same string, and with a thousand
   * sessions that are answered at once each look-up in a table is a cache miss.
   */
  #found: ActiveUtterance | undefined;
  #foundBy = '';
  #idle: Deferred<void> | undefined;
  /** Counts accepted writes: it grows while the session is in use. */
  acceptedWrites = 0;
  /** Present while `nextAudio` is awaited. */
  awaitedAudio: Deferred<void> | undefined;

  get #byWireReqId(): ReadonlyMap<string, ActiveUtterance> {
    return this.#own ?? NONE;
  }

  get size(): number {
    return this.#byWireReqId.size;
  }

  find(wireReqId: string): ActiveUtterance | undefined {
    if (this.#found !== undefined && this.#foundBy === wireReqId) return this.#found;
    this.#found = this.#byWireReqId.get(wireReqId);
    this.#foundBy = wireReqId;
    return this.#found;
  }

  /** The unfinished utterances, oldest first; a copy, so that the caller may settle some of them while it iterates. */
  all(): readonly ActiveUtterance[] {
    return [...this.#byWireReqId.values()];
  }

  add(utterance: ActiveUtterance): void {
    this.#own ??= new Map();
    this.#own.set(utterance.ledger.wireReqId, utterance);
  }

  remove(utterance: ActiveUtterance): void {
    this.#own?.delete(utterance.ledger.wireReqId);
    this.#found = undefined;
    this.waitedBehind(utterance);
    if (this.size > 0) return;
    this.#own = undefined;
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  /** Ids have changed; the order has not. */
  reindex(): void {
    this.#found = undefined;
    const inOrder = this.all().toSorted((a, b) => a.order - b.order);
    if (inOrder.length > 0)
      this.#own = new Map(inOrder.map((utterance) => [utterance.ledger.wireReqId, utterance]));
  }

  /** The ledgers whose audio may be sent, oldest first. An utterance that has not begun does not overtake an older one that is corked. */
  *speaking(): Iterable<UtteranceLedger> {
    let someCorked = false;
    for (const { ledger, isCorked, blocksYounger } of this.#byWireReqId.values()) {
      someCorked ||= blocksYounger;
      if (!isCorked && (ledger.begun || !someCorked)) yield ledger;
    }
  }

  /** Whether it has to wait: it is corked, or has not begun and is behind one that blocks it. */
  isBlocked({ ledger, isCorked, order }: ActiveUtterance): boolean {
    if (isCorked) return true;
    if (ledger.begun) return false;
    for (const other of this.#byWireReqId.values()) {
      if (other.order >= order) return false;
      if (other.blocksYounger) return true;
    }
    return false;
  }

  /** The unfinished utterances that were begun before it. */
  *olderThan({ order }: ActiveUtterance): Iterable<ActiveUtterance> {
    for (const other of this.#byWireReqId.values()) {
      if (other.order >= order) return;
      yield other;
    }
  }

  /** Later utterances could not be heard while this one was, so their age counts from then at the earliest. */
  waitedBehind({ order, lastOnAirAtMs }: ActiveUtterance): void {
    for (const other of this.#byWireReqId.values()) {
      if (other.order > order) other.lastOnAirAtMs = Math.max(other.lastOnAirAtMs, lastOnAirAtMs);
    }
  }

  /** Restarts the silence limits of utterances with a higher order. */
  startSilence(nowMs: number, order = -1): void {
    for (const utterance of this.#byWireReqId.values()) {
      if (utterance.order > order) utterance.lastHeardAtMs = nowMs;
    }
  }

  /** Updates the budget: audio that was sent and is not kept no longer counts. */
  account(): void {
    for (const utterance of this.all()) utterance.account();
  }

  /** Audio was accepted. */
  accepted(): void {
    this.acceptedWrites += 1;
    if (this.awaitedAudio !== undefined) this.resolveNextAudio();
  }

  /** Resolves when audio is accepted. */
  get nextAudio(): Promise<void> {
    this.awaitedAudio ??= new Deferred<void>();
    return this.awaitedAudio.promise;
  }

  resolveNextAudio(): void {
    this.awaitedAudio?.resolve();
    this.awaitedAudio = undefined;
  }

  /** Resolves when no utterance is unfinished. */
  whenEmpty(): Promise<void> {
    if (this.size === 0) return Promise.resolve();
    this.#idle ??= new Deferred<void>();
    return this.#idle.promise;
  }
}

export interface SilenceWatch {
  readonly clock: Clock;
  readonly unfinished: UtteranceRegistry;
  /** How long the service may be silent after the end of an utterance, milliseconds. */
  readonly silenceTimeoutMs: number;
  /** How long the service may play an utterance without a message about it, milliseconds; 0 if it does not play it. */
  readonly playoutMs: (utterance: ActiveUtterance) => number;
  /** Undefined while there is no connection. */
  readonly connection: () => object | undefined;
  /** Counters of the audio that was sent. */
  readonly outbox: { readonly sentBytes: number; readonly leftBytes: number; readonly progress: number };
  readonly onExpired: (
    utterance: ActiveUtterance,
    code: 'upstreamError' | 'connectionClosed',
    message: string,
  ) => void;
}

/**
 * Every wait has a limit: an utterance whose last frame never comes ends with an error. The time runs from the end of the utterance until
 * it settles. Silence counts only while the service could answer, and not while the utterance's audio is being sent; without a connection
 * the age of the utterance is checked instead.
 */
export function watchSilence(watch: SilenceWatch, utterance: ActiveUtterance): void {
  const { clock, silenceTimeoutMs, connection, onExpired } = watch;
  const { traits } = utterance;
  const isGoingOut = watchOutgoing(watch, utterance);
  utterance.lastHeardAtMs = clock.nowMs();
  const check = (): void => {
    const nowMs = clock.nowMs();
    let leftMs = Infinity;
    if (connection() === undefined && !utterance.answered) {
      leftMs = utterance.expiresAtMs - nowMs;
      if (leftMs < 0) {
        const message = `there is no connection, and no audio of the utterance was written or played for more than ${traits.ttlMs} ms (replay.ttlMs): it is too old to be sent`;
        onExpired(utterance, 'connectionClosed', message);
        return;
      }
    }
    if (isGoingOut() || !couldSpeak(watch, utterance)) utterance.lastHeardAtMs = nowMs;
    const silentInMs = silentAtMs(watch, utterance) - nowMs;
    if (silentInMs <= 0) {
      const message = `the service sent nothing for ${silenceTimeoutMs} ms after the end of the request`;
      onExpired(utterance, 'upstreamError', message);
    } else schedule(Math.min(silentInMs, leftMs + 1));
  };
  // A late timer runs before the sockets are read: the last frame may have arrived.
  const due = (): void => {
    clock.afterPendingInput(() => {
      if (utterance.stage.kind === 'speaking') check();
    });
  };
  const schedule = (delayMs: number): void => {
    utterance.silenceTimer = clock.schedule(delayMs, due);
  };
  schedule(silenceTimeoutMs);
}

/** Returns a function that reports whether audio of the utterance has left the socket since its last call. */
function watchOutgoing({ outbox }: SilenceWatch, { ledger }: ActiveUtterance): () => boolean {
  let endAtBytes: number | undefined;
  const isOut = (): boolean => {
    // After a re-send the end has not been sent yet.
    endAtBytes = ledger.endSent ? (endAtBytes ?? outbox.sentBytes) : undefined;
    return endAtBytes !== undefined && outbox.leftBytes >= endAtBytes;
  };
  let wasOut = isOut();
  let progressBefore = outbox.progress;
  return () => {
    const isGoingOut = !wasOut && outbox.progress !== progressBefore;
    progressBefore = outbox.progress;
    wasOut = isOut();
    return isGoingOut;
  };
}

/** Whether a message about this utterance can be expected now. */
function couldSpeak({ connection, unfinished }: SilenceWatch, utterance: ActiveUtterance): boolean {
  // All of it has come, and waits here.
  if (connection() === undefined || utterance.answered) return false;
  return utterance.pauseTimer === undefined && !unfinished.isBlocked(utterance);
}

/** The service animates one utterance after the other, so a message about an older one counts for this one as well. */
function silentAtMs(
  { unfinished, silenceTimeoutMs, playoutMs }: SilenceWatch,
  utterance: ActiveUtterance,
): number {
  let heardAtMs = utterance.lastHeardAtMs;
  let allowedMs = silenceTimeoutMs + playoutMs(utterance);
  for (const older of unfinished.olderThan(utterance)) {
    heardAtMs = Math.max(heardAtMs, older.lastHeardAtMs);
    allowedMs += playoutMs(older);
  }
  return heardAtMs + allowedMs;
}

/**
 * Writes of the application: accepted at once while there is room for their audio, otherwise in their order. Every wait, for room or for
 * the socket, is bounded: if a write waits too long without progress its utterance fails, because the speech would have a gap. Must not
 * know how audio is sent.
 */
import type { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import type { Clock } from '../../ports/clock.js';
import { SPEECH_TAPS } from '../events/speech-tap.js';
import { markHandled, handledRejection } from '../waiting/deferred.js';
import { noRoom, RoomWait, WaitingWrites } from './waiting-writes.js';
import type { NoRoom, WaitingWrite } from './waiting-writes.js';
import type { ReplayBudget, ReplayOptions } from './replay-budget.js';
import { requestError } from './speech-host.js';
import type { ErrorHost } from './speech-host.js';
import type { ActiveUtterance } from './active-utterance.js';

const NOTHING = new Uint8Array(0);

export interface Acceptor {
  /** Accepts the audio; returns the promise that the writer has to await. */
  accept(utterance: ActiveUtterance, chunk: Uint8Array, end: boolean): Promise<void> | undefined;
}

export interface WriteQueueOptions {
  readonly clock: Clock;
  readonly budget: ReplayBudget;
  readonly replay: ReplayOptions;
  /** How long a write waits without progress, milliseconds. */
  readonly waitMs: number;
  readonly acceptor: Acceptor;
  /** Grows while the socket takes audio. */
  readonly socketProgress: () => number;
  readonly host: ErrorHost;
  readonly giveUp: (utterance: ActiveUtterance, error: AvatarSDKError) => void;
  /** A write waits for room that sessions of the process share. */
  readonly roomShared: (utterance: ActiveUtterance, message: string) => void;
}

export class WriteQueue {
  // The fields that each chunk uses are here, not in `#options`: with a thousand sessions that speak at once, each object costs a cache
  // miss.
  readonly #host: ErrorHost;
  readonly #budget: ReplayBudget;
  readonly #acceptor: Acceptor;
  /** Present while a write waits for room. */
  #waiting: Map<ActiveUtterance, WaitingWrites> | undefined;
  readonly #options: WriteQueueOptions;
  /** One promise for all writes of an utterance that wait for the socket. */
  #relieved: Map<ActiveUtterance, Promise<void>> | undefined;

  constructor(options: WriteQueueOptions) {
    this.#host = options.host;
    this.#budget = options.budget;
    this.#acceptor = options.acceptor;
    this.#options = options;
  }

  /** Undefined when the audio is accepted and the socket has room for more. */
  write(utterance: ActiveUtterance, chunk: Uint8Array, end: boolean): Promise<void> | undefined {
    const refused = refuseWrite(this.#host, utterance, chunk);
    if (refused !== undefined) return handledRejection(refused);
    const before = this.#waiting?.get(utterance);
    if (before !== undefined) return before.add(chunk, end);
    if (chunk.length === 0 || !this.#waitsForOlder(utterance)) {
      if (this.#takeRoom(utterance, chunk.length)) return this.#accept(utterance, chunk, end);
      if (this.#options.replay.onLimit === 'fail')
        return handledRejection(this.#full(utterance, chunk.length));
    }
    const writes = new WaitingWrites(utterance);
    this.#waiting ??= new Map();
    this.#waiting.set(utterance, writes);
    const outcome = writes.add(chunk, end);
    void this.#acceptInTurn(writes);
    return outcome;
  }

  /** Whether a write of it waits for room: in memory, or in the socket. */
  isWaiting(utterance: ActiveUtterance): boolean {
    return this.#waiting?.has(utterance) === true || this.#relieved?.has(utterance) === true;
  }

  /** A younger utterance waits for older ones; an older one never waits for a younger one. */
  #waitsForOlder({ order }: ActiveUtterance): boolean {
    if (this.#waiting === undefined) return false;
    for (const other of this.#waiting.values()) {
      if (other.utterance.order < order && other.hasAudio) return true;
    }
    return false;
  }

  /** Reserves room for a write at once; returns false if there is none. */
  #takeRoom(utterance: ActiveUtterance, writeBytes: number): boolean {
    const { ledger, aligner } = utterance;
    const bytes = aligner.alignedBytes(writeBytes);
    if (bytes === 0) return true;
    if (this.#budget.claim(bytes, ledger.audioBytes > 0, utterance.withheld)) {
      utterance.claimed(bytes);
      return true;
    }
    if (this.#options.replay.onLimit === 'stopReplaying') utterance.stopKeeping();
    // Audio that is not kept is in memory until it has been sent, so only one write is accepted at a time.
    return !ledger.keptWhole && ledger.audioBytes === 0;
  }

  /** Never rejects: each write has its own promise. */
  async #acceptInTurn(writes: WaitingWrites): Promise<void> {
    const { utterance } = writes;
    for (let write = writes.first; write !== undefined; write = writes.first) {
      let failure: unknown;
      try {
        await this.#untilRoom(utterance, write);
        const refused = refuseWrite(this.#options.host, utterance, write.chunk);
        if (refused !== undefined) throw refused;
        await this.#accept(utterance, write.chunk, write.end);
      } catch (error) {
        await utterance.verdict;
        failure = error;
        utterance.account(true);
      }
      if (!writes.shift()) this.#waitsNoMore(utterance);
      if (failure === undefined) write.outcome.resolve();
      else write.outcome.reject(failure as Error);
    }
    // Younger utterances waited for this one.
    this.#options.budget.reconsider();
  }

  #waitsNoMore(utterance: ActiveUtterance): void {
    this.#waiting?.delete(utterance);
    if (this.#waiting?.size === 0) this.#waiting = undefined;
  }

  /** Resolves when room has been reserved. Rejects if there will be none. */
  async #untilRoom(utterance: ActiveUtterance, write: WaitingWrite): Promise<void> {
    const { budget, replay } = this.#options;
    const isBlocked = (): boolean => write.bytes > 0 && this.#waitsForOlder(utterance);
    const wait = new RoomWait(utterance, budget, write.bytes, isBlocked, replay.onLimit === 'wait');
    wait.begin();
    try {
      // Delayed until the caller of `write` has continued, because the next lines may call the application.
      await Promise.resolve();
      await this.#untilAdmitted(wait, write.bytes);
    } finally {
      wait.end();
    }
    if (wait.hasRoom || this.#takeRoom(utterance, write.bytes)) return;
    // The audio is not kept, so the write waits until everything before it has been sent.
    await this.#untilRoom(utterance, write);
  }

  async #untilAdmitted(wait: RoomWait, writeBytes: number): Promise<void> {
    const { waitMs, host, giveUp, roomShared } = this.#options;
    const { utterance } = wait;
    let isReported = false;
    for (let seen = wait.progress; wait.isWaiting(); seen = wait.progress) {
      const refused = refuseWrite(host, utterance, NOTHING);
      if (refused !== undefined) throw refused;
      if (wait.isHopeless) break;
      if (!isReported && wait.isForOthers) roomShared(utterance, this.#noRoom(utterance, writeBytes).message);
      isReported ||= wait.isForOthers;
      const how = await this.#orOver(utterance, wait.admission, waitMs);
      const moved = wait.progress !== seen || wait.isBlocked || utterance.withheld;
      if (how === 'late' && !moved && wait.isWaiting()) break;
    }
    if (!wait.isWaiting()) return;
    const error = this.#full(utterance, writeBytes);
    giveUp(utterance, error);
    throw error;
  }

  #accept(utterance: ActiveUtterance, chunk: Uint8Array, end: boolean): Promise<void> | undefined {
    if (SPEECH_TAPS.isOn) SPEECH_TAPS.of(this.#host)?.audio(utterance.ledger.reqId, chunk);
    const pressure = this.#acceptor.accept(utterance, chunk, end);
    if (pressure === undefined) return undefined;
    let relieved = this.#relieved?.get(utterance);
    if (relieved === undefined) {
      relieved = markHandled(this.#whenRelieved(utterance, pressure));
      this.#relieved ??= new Map();
      this.#relieved.set(utterance, relieved);
    }
    return relieved;
  }

  /** Resolves when the socket takes more, or when the utterance has settled: the audio had been accepted. */
  async #whenRelieved(utterance: ActiveUtterance, pressure: Promise<void>): Promise<void> {
    const { waitMs, host, giveUp, socketProgress } = this.#options;
    let how: 'late' | 'now';
    let before: number;
    do {
      before = socketProgress();
      how = await this.#orOver(utterance, pressure, waitMs);
    } while (how === 'late' && socketProgress() !== before);
    this.#relieved?.delete(utterance);
    // The writer continues only now.
    if (how !== 'late') utterance.lastWrittenAtMs = this.#options.clock.nowMs();
    if (how !== 'late' || utterance.stage.kind !== 'speaking') return;
    const message = `the socket took no audio for ${waitMs} ms`;
    const error = requestError(host, 'upstreamError', message, utterance, 'expired', 'socketFull');
    giveUp(utterance, error);
    throw error;
  }

  #full(utterance: ActiveUtterance, writeBytes: number): AvatarSDKError {
    const { problem, message } = this.#noRoom(utterance, writeBytes);
    return requestError(this.#options.host, 'invalidRequest', message, utterance, 'failed', problem);
  }

  #noRoom({ ledger, aligner }: ActiveUtterance, writeBytes: number): NoRoom {
    const { replay, budget } = this.#options;
    const bytes = aligner.alignedBytes(writeBytes);
    return noRoom(replay, budget, ledger.audioBytes + bytes, bytes);
  }

  /** Resolves when `what` has happened, when the utterance has settled, or after the time limit. */
  async #orOver(utterance: ActiveUtterance, what: Promise<void>, withinMs: number): Promise<'late' | 'now'> {
    let timeUp: (how: 'late') => void = () => undefined;
    const late = new Promise<'late'>((resolve) => {
      timeUp = resolve;
    });
    const { clock } = this.#options;
    // A late timer runs before the sockets are read: there may be room by now.
    const due = (): void => clock.afterPendingInput(() => timeUp('late'));
    const timer = clock.schedule(Math.max(0, withinMs), due);
    const now = (): 'now' => 'now';
    const how = await Promise.race([what.then(now), utterance.over.then(now), late]);
    timer.cancel();
    return how;
  }
}

/** Why `chunk` can't be added to the utterance; undefined if it can. */
function refuseWrite(
  host: ErrorHost,
  utterance: ActiveUtterance,
  chunk: Uint8Array,
): AvatarSDKError | undefined {
  const { stage, ledger, aligner, givenUp } = utterance;
  if (stage.kind === 'failed') return stage.error;
  if (stage.kind === 'speaking' && givenUp !== undefined) {
    const { message, outcome, problem } = givenUp;
    return requestError(host, 'connectionClosed', message, utterance, outcome, problem);
  }
  if (stage.kind === 'done') {
    const { outcome } = stage.result;
    const message = `the utterance is over (${outcome}): begin a new one`;
    return requestError(host, 'invalidRequest', message, utterance, outcome, 'utteranceOver');
  }
  if (ledger.endAsked) {
    const message = 'the utterance has been ended: begin a new one';
    return requestError(host, 'invalidRequest', message, utterance, 'failed', 'utteranceEnded');
  }
  if (!aligner.beginsAsFile(chunk)) return undefined;
  const message =
    'the audio begins with a RIFF/WAVE header: send the samples that follow it; readWav() of avatarkit-session/audio gives them';
  return requestError(host, 'invalidRequest', message, utterance, 'failed', 'waveHeader');
}

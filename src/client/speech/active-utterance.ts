/**
 * State of one utterance inside the session: ledger, aligner, promise, frame queue. Settles once. Must not know how audio reaches a
 * socket (`Speech`) or what the application sees (`Utterance`).
 */
import type { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import type { LocalProblem } from '../../core/failure/local-problem.js';
import type { Outage } from '../../core/policy/outage.js';
import type { SampleAligner } from '../../core/utterance/sample-aligner.js';
import type { OggOpusDuration } from '../../core/utterance/ogg-opus-duration.js';
import { NOTHING_HEARD } from '../../core/utterance/playback-position.js';
import type { UtteranceLedger } from '../../core/utterance/utterance-ledger.js';
import type { Timer } from '../../ports/clock.js';
import type { UtteranceMessage } from '../events/channels.js';
import type { Deliverable, Revocable } from '../events/notifier.js';
import type { OwnListeners, PlaybackEvent } from '../events/session-events.js';
import { Deferred, Latch } from '../waiting/deferred.js';
import type { FrameQueue } from './frame-queue.js';
import type { KeptFrames } from './kept-frames.js';
import type { ReplayBudget } from './replay-budget.js';
import type { UtteranceResult, UtteranceTraits } from './utterance-interfaces.js';

export type UtteranceStage =
  | { readonly kind: 'speaking' }
  | { readonly kind: 'done'; readonly result: UtteranceResult }
  | { readonly kind: 'failed'; readonly error: AvatarSDKError };

/** One for all utterances, so that it is in the caches. */
const SPEAKING: UtteranceStage = Object.freeze({ kind: 'speaking' });

export class ActiveUtterance implements Revocable {
  // In front is what each chunk and each frame touches: of a thousand sessions that speak at once, each line of memory is a cache miss.
  readonly ledger: UtteranceLedger;
  readonly aligner: SampleAligner;
  stage = SPEAKING;
  /** Present when it can't be sent again after a loss: it takes no more audio, and fails when the session has decided what follows. */
  givenUp: GivenUp | undefined;
  #verdict: Latch | undefined;
  /** Present from a refusal of this request that is retried until the re-send: nothing of it is sent meanwhile. */
  resendTimer: Timer | undefined;
  /** More of its frames came than may wait: it is sent again when the pause is over, or its turn has come. */
  suspended = false;
  /** Its frames wait, because an utterance before it goes on; and its audio, too, where a room would play it. */
  waitsForTurn = false;
  withheld = false;
  #countedBytes = 0;
  /** Bytes reserved in the budget for a write that is about to be added. */
  #claimedBytes = 0;
  position = NOTHING_HEARD;
  /** Measures the playing time of Ogg Opus, which does not follow from the size. */
  opusDuration: OggOpusDuration | undefined;
  /** Bytes of audio added so far. */
  writtenBytes = 0;
  /** When audio was last added to it. */
  lastWrittenAtMs = 0;
  /** Resolved with the request id; the same promise for every chunk, because every chunk has the same answer. */
  readonly accepted: Promise<string>;
  /** What the latest chunk that could not be accepted at once waits for, and its answer. */
  latestWait: { readonly wait: Promise<void>; readonly answer: Promise<string> } | undefined;
  /** Its last frame has come, and waits for the end of a pause at most. */
  answered = false;
  /** Whether a room plays it now, by the latest message of the service about it. */
  onAir = false;
  /** When a message about this utterance last came, milliseconds of the session's clock. */
  lastHeardAtMs = 0;
  /** When a message about it last came, or a room last played it; or one behind which it waits. */
  lastOnAirAtMs = -Infinity;
  /** Keyframes so far that were given to handlers, or put where a loop finds them; those that handlers were called with; the last one's end. */
  keyframesReleased = 0;
  keyframesEmitted = 0;
  emittedTo = 0;
  /** Decides whether handlers may get its frames; present from the first frame on. */
  delivery: Deliverable | undefined;
  readonly frames: FrameQueue | KeptFrames | undefined;
  /** Listeners of this utterance alone. */
  listeners: OwnListeners | undefined;
  /** The latest playback event that was emitted; undefined before playback has started. */
  playback: PlaybackEvent['state'] | undefined;
  /** Position in the order in which the utterances of the session began, from 0. */
  readonly order: number;
  readonly traits: UtteranceTraits;
  /** The deadline for the service's last frame; present once the end has been asked for. */
  silenceTimer: Timer | undefined;
  /** Present while it is paused: until it has been paused for too long. */
  pauseTimer: Timer | undefined;
  wasWithheld = false;
  /** The one behind which it was put. */
  follows: ActiveUtterance | undefined;
  /** How far a rendering client has played it, milliseconds; undefined while none reports that. And how far it can get. */
  reportedMs: number | undefined;
  wholeMs = Infinity;
  /** Called when `reportedMs` has changed, while the result waits for that. */
  onReported: (() => void) | undefined;
  /** Called once, when it is cut short or fails. */
  onCut: (() => void) | undefined;
  /** What is published of it; undefined without a subscriber when it began. */
  message: UtteranceMessage | undefined;
  /** When audio was first added to it. */
  firstWrittenAtMs = 0;
  /** Bytes of audio that stay in memory, whatever the service has already animated; Infinity where all of them stay. */
  lastingBytes = Infinity;
  /** The history of its refusals. */
  outage: Outage | undefined;
  /** Progress at the latest refusal: keyframes, or milliseconds played in a room. */
  progressAtFailure = 0;
  sentAtMs = 0;
  readonly #budget: ReplayBudget;
  readonly #finished = new Deferred<UtteranceResult>();
  readonly #over = new Latch();

  constructor(
    order: number,
    ledger: UtteranceLedger,
    aligner: SampleAligner,
    traits: UtteranceTraits,
    frames: FrameQueue | KeptFrames | undefined,
    budget: ReplayBudget,
  ) {
    this.order = order;
    this.ledger = ledger;
    this.aligner = aligner;
    this.traits = traits;
    this.frames = frames;
    this.accepted = Promise.resolve(ledger.reqId);
    this.#budget = budget;
  }

  get finished(): Promise<UtteranceResult> {
    return this.#finished.promise;
  }

  /** Resolves when it takes no more audio and gives no more frames, whatever the reason. */
  get over(): Promise<void> {
    return this.#over.opened;
  }

  /** No handler and no loop gets a frame of it any more. */
  get revoked(): boolean {
    return this.stage.kind === 'done' && this.stage.result.outcome === 'interrupted';
  }

  /**
   * Keyframes that reached the application so far, and the number behind the last of them. With `isComplete` those are counted, too,
   * that are kept for a loop which has not begun.
   */
  handedOver(isComplete: boolean): { readonly count: number; readonly end: number } {
    const { frames, keyframesReleased, keyframesEmitted, emittedTo } = this;
    const firstMissing = isComplete ? frames?.firstMissing : frames?.firstUntaken;
    const taken = frames === undefined ? 0 : (firstMissing ?? keyframesReleased);
    return { count: Math.max(keyframesEmitted, taken), end: Math.max(emittedTo, taken) };
  }

  /** Whether a loop still takes frames that no handler was called with. */
  get isBeingTaken(): boolean {
    return this.frames?.isBeingRead === true && this.keyframesEmitted < this.keyframesReleased;
  }

  /** … or a client that reports still plays what it was given. */
  get isBeingRead(): boolean {
    return this.isBeingTaken || (this.reportedMs !== undefined && this.reportedMs < this.wholeMs);
  }

  /** From when on it is too old to be sent again. */
  get expiresAtMs(): number {
    return Math.max(this.lastWrittenAtMs, this.lastOnAirAtMs) + this.traits.ttlMs;
  }

  /** A message about it came. */
  heard(nowMs: number, onAir: boolean): void {
    this.lastHeardAtMs = nowMs;
    this.lastOnAirAtMs = nowMs;
    this.onAir = onAir;
  }

  /** The connection is gone; if a room played it, it did so until now. */
  disconnected(nowMs: number): void {
    if (this.onAir) this.lastOnAirAtMs = nowMs;
    this.onAir = false;
  }

  /** Bytes were reserved in the budget for a write; `account(true)` ends the reservation, whether the write was added or not. */
  claimed(bytes: number): void {
    this.#claimedBytes += bytes;
    this.#countedBytes += bytes;
  }

  /** Whether it may send nothing for now. */
  get isCorked(): boolean {
    return this.resendTimer !== undefined || this.suspended || this.withheld;
  }

  /** … nor of younger ones that have not begun. Not while it waits for its turn: it may wait for one of those. */
  get blocksYounger(): boolean {
    return this.resendTimer !== undefined || (this.suspended && !this.waitsForTurn);
  }

  /** The pause of this utterance is over. */
  endPause(): void {
    this.pauseTimer?.cancel();
    this.pauseTimer = undefined;
  }

  /** The least number of bytes that it has to keep, bytes: all of them until the first frame or position of it has come. */
  get leastKeptBytes(): number {
    const { audioBytes, keyframesDelivered, playedMs } = this.ledger;
    return keyframesDelivered > 0 || playedMs > 0 ? Math.min(audioBytes, this.lastingBytes) : audioBytes;
  }

  /** Updates the budget with the bytes that are kept now. */
  account(claimUsed = false): void {
    if (claimUsed) this.#claimedBytes = 0;
    const change = this.ledger.audioBytes + this.#claimedBytes - this.#countedBytes;
    if (change === 0) return;
    this.#countedBytes += change;
    this.#budget.count(change);
  }

  /** There is no room for its audio: it is sent without being kept, and can't be sent again. */
  stopKeeping(): void {
    this.ledger.stopKeeping();
    this.account();
  }

  /** Without an error. `finished` resolves by itself, unless `resolve` has to be called when the result is known. */
  done(outcome: UtteranceResult['outcome'], positionMs: number, isKnown = true): void {
    const { reqId } = this.ledger;
    const { label } = this.traits;
    const { count } = this.handedOver(outcome !== 'interrupted');
    const named = label === undefined ? { reqId } : { reqId, label };
    const result: UtteranceResult = { ...named, outcome, keyframes: count, positionMs };
    if (!this.#settle({ kind: 'done', result })) return;
    if (outcome === 'interrupted') this.frames?.clear();
    this.frames?.end();
    if (isKnown) this.#finished.resolve(result);
  }

  resolve(positionMs: number, keyframes?: number): void {
    if (this.stage.kind !== 'done') return;
    const { result } = this.stage;
    this.#finished.resolve({ ...result, positionMs, keyframes: keyframes ?? result.keyframes });
  }

  /** A rendering client has played so much of it, milliseconds. */
  played(positionMs: number): void {
    this.reportedMs = Math.max(positionMs, this.reportedMs ?? 0);
    this.onReported?.();
  }

  /** Every frame of it came, and it is cut short while they are still read. */
  cutWhileRead(): void {
    if (this.stage.kind !== 'done') return;
    this.stage = { kind: 'done', result: { ...this.stage.result, outcome: 'interrupted' } };
    if (this.frames !== undefined) this.frames.outcome = 'interrupted';
    this.frames?.clear();
  }

  /** `finished` rejects by itself, unless `verdictReached` has to be called when the verdict of `error` is known. */
  failed(error: AvatarSDKError, verdictIsKnown = true): void {
    if (!this.#settle({ kind: 'failed', error })) return;
    if (verdictIsKnown) this.verdictReached();
    else this.#verdict = new Latch();
  }

  /** Resolves when the verdict of its error is known; undefined where there is nothing to wait for. */
  get verdict(): Promise<void> | undefined {
    return this.#verdict?.opened;
  }

  verdictReached(): void {
    if (this.stage.kind !== 'failed') return;
    const { error } = this.stage;
    this.frames?.end(error);
    this.#finished.reject(error);
    this.#verdict?.open();
    this.#verdict = undefined;
  }

  #settle(stage: Exclude<UtteranceStage, { kind: 'speaking' }>): boolean {
    if (this.stage.kind !== 'speaking') return false;
    this.stage = stage;
    const { outcome } = stage.kind === 'done' ? stage.result : stage.error;
    if (this.frames !== undefined) this.frames.outcome = outcome;
    this.silenceTimer?.cancel();
    this.endPause();
    this.resendTimer?.cancel();
    this.resendTimer = undefined;
    this.ledger.release();
    this.account(true);
    this.#over.open();
    return true;
  }
}

/** Why an utterance can't be sent again. */
export interface GivenUp {
  readonly message: string;
  readonly outcome: 'expired' | 'failed';
  readonly problem: LocalProblem;
  /** No error event is emitted, because the application chose `recovery: 'drop'`. */
  readonly silently: boolean;
}

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

/** One object for all utterances, so that it stays in the CPU caches. */
const SPEAKING: UtteranceStage = Object.freeze({ kind: 'speaking' });

export class ActiveUtterance implements Revocable {
  // The fields that each chunk and each frame uses come first: with a thousand sessions that speak at once, each cache line is a miss.
  readonly ledger: UtteranceLedger;
  readonly aligner: SampleAligner;
  stage = SPEAKING;
  /** Present if it can't be sent again after a loss: it accepts no more audio, and fails when the session has made its decision. */
  givenUp: GivenUp | undefined;
  #verdict: Latch | undefined;
  /** Present after a refusal of this request that is retried, until the re-send: nothing of it is sent meanwhile. */
  resendTimer: Timer | undefined;
  /** Whether more of its frames came than may be kept: it is sent again when the pause is over, or at its turn. */
  suspended = false;
  /** Whether its frames wait for the end of an earlier utterance; in a room its audio waits instead. */
  waitsForTurn = false;
  withheld = false;
  #countedBytes = 0;
  /** Bytes reserved in the budget for a write that is about to be added. */
  #claimedBytes = 0;
  position = NOTHING_HEARD;
  /** Measures the duration of Ogg Opus, which can't be derived from its size. */
  opusDuration: OggOpusDuration | undefined;
  /** Bytes of audio added so far. */
  writtenBytes = 0;
  /** When audio was last added to it. */
  lastWrittenAtMs = 0;
  /** Resolved with the request id; the same promise for every chunk, because all chunks have the same answer. */
  readonly accepted: Promise<string>;
  /** The wait of the latest chunk that could not be accepted at once, and its answer. */
  latestWait: { readonly wait: Promise<void>; readonly answer: Promise<string> } | undefined;
  /** Whether its last frame has come; the frame may still wait for the end of a pause. */
  answered = false;
  /** Whether a room plays it now, according to the service's latest message about it. */
  onAir = false;
  /** When a message about this utterance last came, milliseconds of the session's clock. */
  lastHeardAtMs = 0;
  /** When a message about it last came, or a room last played it or an utterance that it waits for; clock of the session. */
  lastOnAirAtMs = -Infinity;
  /** Keyframes given to handlers or kept for a loop; keyframes that handlers got; and the number after the last of those. */
  keyframesReleased = 0;
  keyframesEmitted = 0;
  emittedTo = 0;
  /** Decides whether handlers may get its frames; present after the first frame. */
  delivery: Deliverable | undefined;
  readonly frames: FrameQueue | KeptFrames | undefined;
  /** Listeners of this utterance only. */
  listeners: OwnListeners | undefined;
  /** The latest playback event that was emitted; undefined before playback has started. */
  playback: PlaybackEvent['state'] | undefined;
  /** Position in the order in which the utterances of the session began, from 0. */
  readonly order: number;
  readonly traits: UtteranceTraits;
  /** The time limit of the service's last frame; present after the application has ended the utterance. */
  silenceTimer: Timer | undefined;
  /** The time limit of its pause; present while it is paused. */
  pauseTimer: Timer | undefined;
  wasWithheld = false;
  /** The utterance behind which it was placed by `after`. */
  follows: ActiveUtterance | undefined;
  /** How much of it a rendering client has played, milliseconds; undefined while none reports that. And how much it can play. */
  reportedMs: number | undefined;
  wholeMs = Infinity;
  /** Called when `reportedMs` has changed, while the result waits for it. */
  onReported: (() => void) | undefined;
  /** Called once, when it is interrupted or fails. */
  onCut: (() => void) | undefined;
  /** Its published message; undefined if there was no subscriber at its beginning. */
  message: UtteranceMessage | undefined;
  /** When audio was first added to it. */
  firstWrittenAtMs = 0;
  /** Bytes of audio that stay in memory even after the service has animated them; Infinity if all of them stay. */
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

  /** Resolves when it accepts no more audio and delivers no more frames, for any reason. */
  get over(): Promise<void> {
    return this.#over.opened;
  }

  /** Whether no handler and no loop gets a further frame of it. */
  get revoked(): boolean {
    return this.stage.kind === 'done' && this.stage.result.outcome === 'interrupted';
  }

  /**
   * Keyframes that reached the application so far, and the number after the last of them. With `isComplete`, keyframes that are kept for
   * a loop which has not begun are counted as well.
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

  /** Whether a loop still takes its frames, or a client that reports its position still plays it. */
  get isBeingRead(): boolean {
    return this.isBeingTaken || (this.reportedMs !== undefined && this.reportedMs < this.wholeMs);
  }

  /** The time after which it is too old to be sent again. */
  get expiresAtMs(): number {
    return Math.max(this.lastWrittenAtMs, this.lastOnAirAtMs) + this.traits.ttlMs;
  }

  /** A message about it came. */
  heard(nowMs: number, onAir: boolean): void {
    this.lastHeardAtMs = nowMs;
    this.lastOnAirAtMs = nowMs;
    this.onAir = onAir;
  }

  /** The connection was lost; if a room was playing it, it did so until now. */
  disconnected(nowMs: number): void {
    if (this.onAir) this.lastOnAirAtMs = nowMs;
    this.onAir = false;
  }

  /** Bytes were reserved in the budget for a write; `account(true)` ends the reservation, whether the write was added or not. */
  claimed(bytes: number): void {
    this.#claimedBytes += bytes;
    this.#countedBytes += bytes;
  }

  /** Whether it must not send anything now. */
  get isCorked(): boolean {
    return this.resendTimer !== undefined || this.suspended || this.withheld;
  }

  /** Whether younger utterances that have not begun must not send either. Not while it waits for its turn: it may wait for one of them. */
  get blocksYounger(): boolean {
    return this.resendTimer !== undefined || (this.suspended && !this.waitsForTurn);
  }

  /** The pause of this utterance is over. */
  endPause(): void {
    this.pauseTimer?.cancel();
    this.pauseTimer = undefined;
  }

  /** The least number of bytes that it has to keep: all of them until its first frame or position has come. */
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

  /** There is no room for its audio: it is sent without being kept, so the utterance can't be sent again. */
  stopKeeping(): void {
    this.ledger.stopKeeping();
    this.account();
  }

  /** Ends it without an error. With `isKnown` false, `finished` resolves only when `resolve` is called with the result. */
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

  /** A rendering client has played this much of it, milliseconds. */
  played(positionMs: number): void {
    this.reportedMs = Math.max(positionMs, this.reportedMs ?? 0);
    this.onReported?.();
  }

  /** It was interrupted after its last frame had come, while frames are still read. */
  cutWhileRead(): void {
    if (this.stage.kind !== 'done') return;
    this.stage = { kind: 'done', result: { ...this.stage.result, outcome: 'interrupted' } };
    if (this.frames !== undefined) this.frames.outcome = 'interrupted';
    this.frames?.clear();
  }

  /** Ends it with an error. With `verdictIsKnown` false, `finished` rejects only when `verdictReached` is called. */
  failed(error: AvatarSDKError, verdictIsKnown = true): void {
    if (!this.#settle({ kind: 'failed', error })) return;
    if (verdictIsKnown) this.verdictReached();
    else this.#verdict = new Latch();
  }

  /** Resolves when the verdict of its error is known; undefined if there is no wait for one. */
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
  /** Whether no error event is emitted, because the application chose `recovery: 'drop'`. */
  readonly silently: boolean;
}

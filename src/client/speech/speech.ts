/**
 * The unfinished utterances of a session in their order, and what happens to them when a connection is lost and replaced. Must not know
 * dials and policies; outbox.ts sends the audio.
 */
import type { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import { SampleAligner, MAX_AUDIO_MESSAGE_BYTES, splitAudio } from '../../core/utterance/sample-aligner.js';
import { OggOpusDuration } from '../../core/utterance/ogg-opus-duration.js';
import { RequestIds } from '../../core/utterance/request-id.js';
import { UtteranceLedger } from '../../core/utterance/utterance-ledger.js';
import type { ServerPlaybackState } from '../../ports/message.js';
import type { HeartbeatTimes } from '../connection/heartbeat.js';
import type { LiveConnection } from '../connection/live-connection.js';
import { markHandled } from '../waiting/deferred.js';
import { framesOf } from './kept-frames.js';
import type { Outbox } from './outbox.js';
import { lastingBytesOf, letGoOfAudio } from './utterance-recovery.js';
import type { Pausing } from './pausing.js';
import type { SpeakingOrder } from './speaking-order.js';
import type { SpeechHost } from './speech-host.js';
import type { UtteranceTraits } from './utterance-interfaces.js';
import { createSendPipeline } from './send-pipeline.js';
import type { SendPipeline } from './send-pipeline.js';
import { ActiveUtterance } from './active-utterance.js';
import type { UtteranceEndings } from './utterance-endings.js';
import { publishUtterance } from './utterance-telemetry.js';
import { UtteranceRegistry, watchSilence } from './utterance-registry.js';
import type { Acceptor } from './write-queue.js';

const NO_PARTS: readonly Uint8Array[] = [];
/** How long after the last utterance the session still counts as speaking, milliseconds: often another one follows. */
const SPEAKS_ON_MS = 2_000;

export class Speech implements Acceptor {
  readonly #host: SpeechHost;
  readonly unfinished = new UtteranceRegistry();
  #connection: LiveConnection | undefined;
  #heartbeat: HeartbeatTimes | undefined;
  #begun = 0;
  /** Present after the first request. After a restart it is that of the previous life, whose ids stay known and are not made again. */
  #requestIds: RequestIds | undefined;
  /** When a request was last completed or replaced: frames of it may still come. */
  retiredAtMs = 0;
  /** How often all utterances were interrupted. */
  interruptions = 0;
  /** Present after the first utterance. */
  #pipeline: SendPipeline | undefined;

  constructor(host: SpeechHost, requestIds?: RequestIds) {
    this.#host = host;
    this.#requestIds = requestIds;
  }

  /** Whether an utterance is unfinished, or was so within the last `SPEAKS_ON_MS`. */
  get isSpeaking(): boolean {
    if (this.unfinished.size > 0) return true;
    return this.#begun > 0 && this.#host.context.clock.nowMs() - this.retiredAtMs < SPEAKS_ON_MS;
  }

  /** Makes the request ids of this session. */
  get requestIds(): RequestIds {
    return (this.#requestIds ??= new RequestIds(this.#host.context.random));
  }

  /** Begins an utterance; it has failed already if the session accepts none. */
  begin(keepsFrames: boolean, traits: UtteranceTraits): ActiveUtterance {
    const { clock, wholeSamples, usesEgress, audioMemory } = this.#host.context;
    const ledger = new UtteranceLedger(this.requestIds.next(clock.epochMs()), audioMemory);
    const { budget, frameHost, pausing, order } = this.#made();
    const frames = keepsFrames ? framesOf(traits, ledger.reqId, frameHost) : undefined;
    const aligner = new SampleAligner(wholeSamples);
    const utterance = new ActiveUtterance(this.#begun++, ledger, aligner, traits, frames, budget);
    utterance.lastingBytes = lastingBytesOf(traits, this.#host.context);
    // Before the first keyframe no whole block of audio can be released.
    if (utterance.lastingBytes < Infinity && !usesEgress) ledger.letGoAtKeyframe = 1;
    if (usesEgress && !wholeSamples) utterance.opusDuration = new OggOpusDuration();
    utterance.lastWrittenAtMs = clock.nowMs();
    ledger.traceContext = publishUtterance(utterance, this.#host);
    const refusal = this.#host.rejectReason(ledger.reqId);
    if (refusal !== undefined) utterance.failed(refusal);
    else {
      this.unfinished.add(utterance);
      order.add(utterance);
      pausing.added(utterance);
      this.#connection?.speechBegins();
    }
    return utterance;
  }

  /**
   * Accepts audio: sends it, or keeps it for the next connection. Returns a promise only if the caller has to wait, or for a refusal; it
   * never causes an unhandled rejection.
   */
  write(utterance: ActiveUtterance, chunk: Uint8Array, end: boolean): Promise<void> | undefined {
    const { writes } = this.#made();
    const decided =
      utterance.givenUp !== undefined && utterance.stage.kind === 'speaking'
        ? utterance.over
        : utterance.verdict;
    if (decided === undefined) return writes.write(utterance, chunk, end);
    // The utterance fails as soon as the session has decided; the write fails with the same error.
    return markHandled(decided.then(() => writes.write(utterance, chunk, end)));
  }

  /** Asks the service to stop, and settles the utterance. */
  interrupt(utterance: ActiveUtterance): void {
    // Its last frame may have come while a loop has not taken it yet.
    if (utterance.stage.kind === 'speaking') this.#made().endings.interrupt(utterance);
    else if (this.#pipeline?.endings.interruptReading(utterance) !== true) utterance.frames?.clear();
  }

  /** Interrupts all unfinished utterances, and those that are still read; returns them, the newest last. */
  interruptAll(): readonly ActiveUtterance[] {
    this.interruptions += 1;
    if (this.#pipeline === undefined) return [];
    const { order, unread, pausing } = this.#pipeline;
    const interrupted = order.all();
    order.hold(() => {
      for (const utterance of interrupted) this.interrupt(utterance);
    });
    unread.clear();
    pausing.frames.drop(undefined);
    return interrupted;
  }

  get order(): SpeakingOrder {
    return this.#made().order;
  }

  get endings(): UtteranceEndings {
    return this.#made().endings;
  }

  /** The last frame has been delivered, or the utterance was interrupted; `reason` is that of the service. */
  settle(utterance: ActiveUtterance, how: 'complete' | 'interrupted', reason = ''): void {
    this.#made().endings.settle(utterance, how, reason);
  }

  fail(utterance: ActiveUtterance, error: AvatarSDKError, verdictIsKnown = true): void {
    this.#made().endings.fail(utterance, error, verdictIsKnown);
  }

  /** The service reports the playback of an utterance that is over. */
  playbackAfterEnd(state: ServerPlaybackState): void {
    this.#pipeline?.endings.finalPositions.stated(state);
  }

  /** The service refuses the current run: see `UtteranceRecovery`. */
  resendAfter(utterance: ActiveUtterance, delayMs: number, resent: () => void): boolean {
    this.#host.playback.lost(utterance, false);
    this.retiredAtMs = this.#host.context.clock.nowMs();
    return this.#made().recovery.resendAfter(utterance, delayMs, resent);
  }

  /** A connection is confirmed: unfinished utterances begin again, in their old order. Without `heartbeat` no pings may be sent on it. */
  attach(connection: LiveConnection, heartbeat: HeartbeatTimes | undefined): void {
    this.#connection = connection;
    this.#heartbeat = heartbeat;
    if (this.#pipeline === undefined) return;
    const toReport = this.#pipeline.recovery.connectionReplaced();
    this.unfinished.startSilence(this.#host.context.clock.nowMs());
    this.#pipeline.outbox.attach(connection, heartbeat);
    this.unfinished.account();
    for (const error of toReport) this.#host.lifecycle.failed(error);
  }

  /**
   * The connection was lost: from now on audio is kept, and no write waits for a socket.
   * @param silently whether the loss was noticed only by silence
   */
  detach(silently = false): void {
    this.#connection = undefined;
    this.#pipeline?.outbox.detach();
    for (const utterance of this.unfinished.all()) this.#host.playback.lost(utterance, silently);
    this.#pipeline?.recovery.connectionLost();
    this.#pipeline?.endings.finalPositions.end();
    this.#pipeline?.pausing.detached();
  }

  /** Present after the first utterance or pause. */
  get pausing(): Pausing | undefined {
    return this.#pipeline?.pausing;
  }

  /** More frames have come than are kept in a pause. */
  suspend(utterance: ActiveUtterance): void {
    this.retiredAtMs = this.#host.context.clock.nowMs();
    this.#made().recovery.suspend(utterance);
  }

  /** The service no longer needs some of the audio, which is released. */
  letGoOfAudio(utterance: ActiveUtterance): void {
    letGoOfAudio(utterance, this.#host.context);
  }

  pause(): void {
    this.#made().pausing.pause();
  }

  /** The session reconnects after a loss: utterances that can't be sent again fail now, with an error event. */
  reconnecting(): void {
    for (const error of this.#pipeline?.recovery.failGivenUp() ?? []) this.#host.lifecycle.failed(error);
  }

  /** Sends audio to the socket; present from the first utterance on. */
  get outbox(): Outbox | undefined {
    return this.#pipeline?.outbox;
  }

  /** Resolves when no utterance is unfinished, and no loop still takes frames. */
  async whenSilent(): Promise<void> {
    await this.unfinished.whenEmpty();
    await this.#pipeline?.endings.pendingReads.whenEmpty();
  }

  /** The session is over: every unfinished utterance fails. With `byApplication` no further frame is delivered. */
  endAll(byApplication: boolean, makeError: (reqId: string) => AvatarSDKError): void {
    this.detach();
    this.#pipeline?.frameHost.readers.stop();
    this.#pipeline?.endings.pendingReads.end();
    const neverResumed = this.#pipeline?.pausing.end() === true;
    this.#pipeline?.order.hold(() => {
      for (const utterance of this.unfinished.all()) {
        if (neverResumed || byApplication) utterance.frames?.clear();
        this.fail(utterance, makeError(utterance.ledger.reqId));
      }
    });
  }

  /** For the write queue: there is room for the audio. */
  accept(utterance: ActiveUtterance, chunk: Uint8Array, end: boolean): Promise<void> | undefined {
    const { ledger, aligner } = utterance;
    const { outbox, silence, pausing, order } = this.#made();
    // An utterance that has begun and is not corked is independent of the others.
    const isBlocked = utterance.isCorked || (!ledger.begun && this.unfinished.isBlocked(utterance));
    const mayGoOut = !isBlocked && !(pausing.isOn && pausing.withholdsAudio);
    const nowMs = this.#host.context.clock.nowMs();
    if (utterance.position.playing) this.#host.playback.supplying(utterance, nowMs);
    const whole = aligner.align(chunk);
    // Almost every write is one message, which needs no list of parts.
    const rest = whole.length > MAX_AUDIO_MESSAGE_BYTES ? splitAudio(whole) : undefined;
    const last = rest === undefined ? whole : (rest.pop() ?? whole);
    for (const part of rest ?? NO_PARTS) {
      ledger.append(part);
      if (mayGoOut) outbox.say(ledger, part, false);
    }
    // After the other parts, so that the last message carries the end.
    if (end) ledger.askEnd();
    if (last.length > 0) {
      ledger.append(last);
      if (mayGoOut) outbox.say(ledger, last, end);
    }
    utterance.account(true);
    if (utterance.writtenBytes === 0) utterance.firstWrittenAtMs = nowMs;
    utterance.writtenBytes += chunk.length;
    utterance.opusDuration?.push(chunk);
    utterance.lastWrittenAtMs = nowMs;
    if (utterance.waitsForTurn) order.written(utterance);
    if (end) {
      this.#pump();
      watchSilence(silence, utterance);
    }
    this.unfinished.accepted();
    return outbox.pressure;
  }

  #made(): SendPipeline {
    return (this.#pipeline ??= this.#make());
  }

  #make(): SendPipeline {
    const pipeline = createSendPipeline(this.#host, this.requestIds, this.unfinished, {
      acceptor: this,
      pump: () => this.#pump(),
      connection: () => this.#connection,
      forget: (utterance) => this.#forget(utterance),
    });
    if (this.#connection !== undefined) pipeline.outbox.attach(this.#connection, this.#heartbeat);
    return pipeline;
  }

  #pump(): void {
    this.#pipeline?.outbox.pump();
    this.unfinished.account();
  }

  #forget(utterance: ActiveUtterance): void {
    this.unfinished.remove(utterance);
    this.retiredAtMs = this.#host.context.clock.nowMs();
    this.#pipeline?.pausing.forget(utterance);
    if (utterance.frames !== undefined) this.#pipeline?.unread.add(utterance.frames);
    // The service continues with the next utterance only now, and one that waited behind a corked one may be sent.
    if (this.unfinished.size > 0) {
      this.unfinished.startSilence(this.#host.context.clock.nowMs(), utterance.order);
      this.#pump();
    }
    const { stage, onCut } = utterance;
    utterance.onCut = undefined;
    if (stage.kind !== 'done' || stage.result.outcome === 'interrupted') onCut?.();
  }
}

/**
 * Everything that is being said in a session: the unfinished utterances in their order, and what happens to them when the
 * connection goes and comes. Knows nothing of dials and policies; how audio reaches a socket is the outbox's business.
 */
import type { AvatarSDKError } from '../core/failure/avatar-sdk-error.js';
import { AudioRails, splitAudio } from '../core/utterance/audio-rails.js';
import type { RequestIds } from '../core/utterance/request-id.js';
import { UtteranceLedger } from '../core/utterance/utterance-ledger.js';
import type { Clock } from '../ports/clock.js';
import { encodeClientMessage } from '../wire/encode.js';
import { MessageType } from '../wire/message.js';
import { FrameQueue } from './frame-queue.js';
import type { LiveConnection } from './live-connection.js';
import { Outbox } from './outbox.js';
import { refuseWrite, requestError } from './request-error.js';
import type { Refusal } from './request-error.js';
import { ReplayBudget } from './replay-budget.js';
import type { ReplayOptions } from './replay-budget.js';
import { SpokenUtterance } from './spoken-utterance.js';
import type { UtteranceTraits } from './spoken-utterance.js';
import { restartOrGiveUp } from './restart-utterance.js';
import { watchSilence } from './silence-watch.js';
import type { SilenceWatch } from './silence-watch.js';
import { UtteranceRegistry } from './utterance-registry.js';
import { WriteQueue } from './write-queue.js';

export interface SpeechOptions {
  readonly clock: Clock;
  readonly requestIds: RequestIds;
  readonly sampleRate: number;
  /** PCM: samples can be counted, aligned and cut. */
  readonly wholeSamples: boolean;
  readonly usesEgress: boolean;
  /** How long the service may be silent after the end of an utterance, and a write may wait for room, milliseconds. */
  readonly silenceTimeoutMs: number;
  readonly replay: ReplayOptions;
}

/** What speech needs from the session around it. */
export interface SpeechHost {
  /** An error of this side, for the phase that the session is in. */
  readonly refusal: Refusal;
  /** Why nothing can be said now: not started yet, or over. */
  readonly unwilling: () => AvatarSDKError | undefined;
  /** An utterance failed while the session goes on. */
  readonly utteranceFailed: (error: AvatarSDKError) => void;
  readonly utteranceInterrupted: (utterance: SpokenUtterance) => void;
  /** Audio has been accepted: the session is in use. */
  readonly spoken: () => void;
}

export class Speech {
  readonly #options: SpeechOptions;
  readonly #host: SpeechHost;
  readonly #budget: ReplayBudget;
  readonly #outbox: Outbox;
  readonly #writes: WriteQueue;
  readonly #silence: SilenceWatch;
  readonly unfinished = new UtteranceRegistry();
  #connection: LiveConnection | undefined;
  #begun = 0;

  constructor(options: SpeechOptions, host: SpeechHost) {
    const { clock, replay, silenceTimeoutMs } = options;
    this.#options = options;
    this.#host = host;
    this.#budget = new ReplayBudget(replay);
    this.#outbox = new Outbox(clock, () => this.unfinished.speaking());
    this.#silence = {
      clock,
      silenceTimeoutMs,
      couldSpeak: ({ held }) => this.#connection !== undefined && held === undefined,
      onSilence: (utterance) => this.#silent(utterance),
    };
    this.#writes = new WriteQueue({
      clock,
      budget: this.#budget,
      onLimit: replay.onLimit,
      waitMs: silenceTimeoutMs,
      accept: (utterance, chunk, end) => this.#accept(utterance, chunk, end),
      refuse: (utterance, chunk) => refuseWrite(host.refusal, utterance, chunk, options.wholeSamples),
      full: (utterance) => {
        const message = 'the audio kept for a re-send has reached its limit';
        return requestError(host.refusal, 'invalidRequest', message, utterance, 'failed');
      },
      giveUp: (utterance, error) => this.giveUp(utterance, error),
    });
  }

  /** A new utterance; one that has failed already when the session takes none. */
  begin(keepsFrames: boolean, traits: UtteranceTraits): SpokenUtterance {
    const { clock, requestIds, wholeSamples } = this.#options;
    const ledger = new UtteranceLedger(requestIds.next(clock.epochMs()));
    const frames = keepsFrames ? new FrameQueue(() => this.#regulateReading()) : undefined;
    const rails = new AudioRails(wholeSamples);
    const order = this.#begun++;
    const utterance = new SpokenUtterance(order, ledger, rails, traits, frames, this.#budget);
    utterance.lastWrittenAtMs = clock.nowMs();
    const refusal = this.#host.unwilling();
    if (refusal === undefined) this.unfinished.add(utterance);
    else utterance.failed(refusal);
    return utterance;
  }

  /**
   * Accepts audio: sends it, or keeps it for the next connection. A promise only where there is something to wait for, or
   * a refusal; it is never an unhandled rejection.
   */
  write(utterance: SpokenUtterance, chunk: Uint8Array, end: boolean): Promise<void> | undefined {
    return this.#writes.write(utterance, chunk, end);
  }

  /** Tells the service to stop, and the application's promises that it is over. */
  interrupt(utterance: SpokenUtterance): void {
    if (utterance.stage.kind !== 'speaking') return;
    this.#sayInterrupt(utterance);
    this.settle(utterance, 'interrupted');
    this.#host.utteranceInterrupted(utterance);
  }

  /** Interrupts everything unfinished; gives the newest of it, or undefined when nothing was. */
  interruptAll(): SpokenUtterance | undefined {
    const unfinished = this.unfinished.all();
    for (const utterance of unfinished) this.interrupt(utterance);
    return unfinished.at(-1);
  }

  /** As `interrupt`, for audio that will never be complete: the application's promises fail. */
  giveUp(utterance: SpokenUtterance, error: AvatarSDKError): void {
    if (utterance.stage.kind !== 'speaking') return;
    this.#sayInterrupt(utterance);
    this.fail(utterance, error);
  }

  /** The last frame has been handed over, or the utterance was cut short. */
  settle(utterance: SpokenUtterance, how: 'complete' | 'interrupted'): void {
    const complete = utterance.ledger.replays > 0 ? 'replayed' : 'delivered';
    utterance.done(how === 'complete' ? complete : how);
    this.#forget(utterance);
  }

  fail(utterance: SpokenUtterance, error: AvatarSDKError): void {
    utterance.failed(error);
    this.#forget(utterance);
  }

  /** The service refuses the current run: nothing of the utterance goes out for `delayMs`, then it begins again. */
  resendAfter(utterance: SpokenUtterance, delayMs: number, resent: () => void): void {
    this.#recover(utterance);
    this.unfinished.reindex();
    if (utterance.stage.kind !== 'speaking') return;
    utterance.held?.cancel();
    utterance.held = this.#options.clock.schedule(delayMs, () => {
      utterance.held = undefined;
      resent();
      this.#outbox.pump();
    });
  }

  /** A connection is confirmed: what was under way begins again under fresh ids, in its old order. */
  attach(connection: LiveConnection): void {
    this.#connection = connection;
    const nowMs = this.#options.clock.nowMs();
    for (const utterance of this.unfinished.all()) {
      utterance.held?.cancel();
      utterance.held = undefined;
      utterance.lastHeardAtMs = nowMs;
      this.#recover(utterance);
    }
    this.unfinished.reindex();
    this.#outbox.attach(connection);
    this.#regulateReading();
  }

  /** The connection is gone: from here on audio is kept, and nobody waits for a socket. */
  detach(): void {
    this.#connection = undefined;
    this.#outbox.detach();
  }

  /** The socket's buffer is low again. */
  drained(): void {
    this.#outbox.drained();
  }

  /** The session is over: whatever is unfinished fails, each with an error of its own. */
  endAll(makeError: (reqId: string) => AvatarSDKError): void {
    this.detach();
    for (const utterance of this.unfinished.all()) {
      this.fail(utterance, makeError(utterance.ledger.reqId));
    }
  }

  #accept(utterance: SpokenUtterance, chunk: Uint8Array, end: boolean): Promise<void> | undefined {
    const { ledger, rails, held } = utterance;
    const whole = rails.align(chunk);
    if (end) ledger.askEnd();
    if (whole.length > 0) {
      let left = whole.length;
      for (const part of splitAudio(whole)) {
        left -= part.length;
        ledger.append(part);
        if (held === undefined) this.#outbox.say(ledger, part, end && left === 0);
      }
      utterance.account();
    }
    utterance.lastWrittenAtMs = this.#options.clock.nowMs();
    if (end) {
      this.#outbox.pump();
      watchSilence(this.#silence, utterance);
    }
    this.#host.spoken();
    return this.#outbox.pressure;
  }

  /** What is under way begins again, or is given up; by the application's choice and by its age. */
  #recover(utterance: SpokenUtterance): void {
    const givenUp = restartOrGiveUp(utterance, this.#options);
    if (givenUp === undefined) return;
    const { message, outcome, silently } = givenUp;
    const error = requestError(this.#host.refusal, 'connectionClosed', message, utterance, outcome);
    this.fail(utterance, error);
    if (!silently) this.#host.utteranceFailed(error);
  }

  #sayInterrupt({ ledger }: SpokenUtterance): void {
    if (!ledger.begun) return;
    const reqId = ledger.wireReqId;
    this.#connection?.send(encodeClientMessage({ type: MessageType.clientInterrupt, reqId }));
  }

  /** Some loop over frames has fallen behind, or caught up. */
  #regulateReading(): void {
    if (this.unfinished.someoneIsBehind()) this.#connection?.pauseReading();
    else this.#connection?.resumeReading();
  }

  #forget(utterance: SpokenUtterance): void {
    this.unfinished.remove(utterance);
    this.#regulateReading();
  }

  #silent(utterance: SpokenUtterance): void {
    const message = `the service sent nothing for ${this.#options.silenceTimeoutMs} ms after the end of the request`;
    const error = requestError(this.#host.refusal, 'upstreamError', message, utterance, 'expired');
    this.giveUp(utterance, error);
    this.#host.utteranceFailed(error);
  }
}

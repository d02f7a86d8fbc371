/**
 * Pauses and resumes a session: in a room the service is asked to pause every request, on every connection; otherwise frames wait here. A
 * paused utterance is interrupted when the pause has lasted too long. Must not know when a pause is allowed.
 */
import { controlOwed, effectOfPause, pauseAt, pauseLimitMs } from '../../core/utterance/playback-position.js';
import type { PauseEffect, SessionPause } from '../../core/utterance/playback-position.js';
import { AVATAR_CODEC } from '../../adapters/codec/avatar-codec.js';
import { MessageType } from '../../ports/message.js';
import type { LiveConnection } from '../connection/live-connection.js';
import { Deferred } from '../waiting/deferred.js';
import { PLAYBACK_CONTROL } from './playback.js';
import type { SpeechHost } from './speech-host.js';
import type { ActiveUtterance } from './active-utterance.js';
import type { UtteranceRegistry } from './utterance-registry.js';

/** The protocol's reason if a pause lasted too long. */
const PAUSE_TIMEOUT = 'pause_timeout';

export interface PausingParts {
  readonly host: Pick<SpeechHost, 'context' | 'playback'>;
  readonly unfinished: UtteranceRegistry;
  readonly connection: () => LiveConnection | undefined;
  readonly interrupt: (utterance: ActiveUtterance, reason: string) => void;
  /** Withheld audio may be sent. */
  readonly pump: () => void;
}

export class Pausing {
  readonly frames = new PausedFrames();
  readonly #parts: PausingParts;
  /** Whether the session is paused. A field, because it is read for every chunk. */
  isOn = false;
  #pause: SessionPause;
  /** Resolved at the end of the pause. */
  #over: Deferred<void> | undefined;
  /** The requests of this connection that the service has paused, or was asked to pause. */
  readonly #pausedRequests = new Set<string>();
  /** The requests that the service was asked to resume: a later message that one is paused is outdated. */
  readonly #resumedRequests = new Set<string>();

  constructor(parts: PausingParts) {
    this.#parts = parts;
  }

  /** Resolves at the end of the pause; at once without one. */
  get over(): Promise<void> {
    if (!this.isOn) return Promise.resolve();
    this.#over ??= new Deferred();
    return this.#over.promise;
  }

  /** Whether no frame may be delivered now. */
  get holdsNow(): boolean {
    return this.isOn && !this.#parts.host.context.usesEgress;
  }

  /** Whether a frame that comes now has to wait: because of a pause, or behind frames that are waiting already. */
  get holdsFrames(): boolean {
    return this.holdsNow || !this.frames.isEmpty;
  }

  /** Whether no audio may be sent, because the service would play it. */
  get withholdsAudio(): boolean {
    return this.isOn && this.#effect.withholdsAudio;
  }

  pause(): void {
    if (this.isOn) return;
    const { host, unfinished } = this.#parts;
    const { clock } = host.context;
    this.#pause = pauseAt(this.#pause, clock.nowMs());
    this.isOn = true;
    const utterances = unfinished.all();
    for (const utterance of utterances) this.added(utterance);
    this.#sendMissingControls();
    this.#report(utterances, 'paused');
  }

  /** Also resumes requests that the service itself has paused. */
  resume(): void {
    const { host, unfinished, pump } = this.#parts;
    const { clock } = host.context;
    const wasOn = this.isOn;
    this.#pause = undefined;
    this.isOn = false;
    const utterances = unfinished.all();
    for (const utterance of utterances) {
      utterance.endPause();
      if (!utterance.waitsForTurn) utterance.suspended = false;
    }
    this.#sendMissingControls();
    if (!wasOn) return;
    unfinished.startSilence(clock.nowMs());
    this.#over?.resolve();
    this.#over = undefined;
    // Frames are delivered after the handler that may have called this. Not by `queueMicrotask`, because fake timers replace it.
    void Promise.resolve().then(() => {
      if (!this.isOn) this.frames.release();
    });
    pump();
    this.#report(utterances, 'resumed');
  }

  /** The session is over: nothing is resumed, and waiting loops end. Returns whether the session was paused. */
  end(): boolean {
    const wasOn = this.isOn;
    this.#pause = undefined;
    this.isOn = false;
    this.#over?.resolve();
    this.#over = undefined;
    return wasOn;
  }

  /** An utterance that begins now is paused as well. */
  added(utterance: ActiveUtterance): void {
    if (this.isOn) this.#limit(utterance);
  }

  /** The first audio of a request was sent: from now on the service can pause it. */
  requestBegun(reqId: string): void {
    if (this.isOn && this.#effect.asksService) this.#sendControl(reqId, 'pause');
  }

  /** The service reports that it plays or has paused a request. Returns false if the report is outdated by a resume. */
  stated(utterance: ActiveUtterance, state: 'playing' | 'paused'): boolean {
    const { wireReqId } = utterance.ledger;
    if (state === 'paused') {
      if (this.#resumedRequests.has(wireReqId)) return false;
      this.#pausedRequests.add(wireReqId);
      this.#limit(utterance);
    } else if (!this.isOn) {
      this.#pausedRequests.delete(wireReqId);
      utterance.endPause();
    }
    return true;
  }

  /** The utterance is over. */
  forget(utterance: ActiveUtterance): void {
    this.frames.drop(utterance);
    this.#pausedRequests.delete(utterance.ledger.wireReqId);
    this.#resumedRequests.delete(utterance.ledger.wireReqId);
  }

  /** The connection was lost, and with it every pause of the service itself. */
  detached(): void {
    this.#pausedRequests.clear();
    this.#resumedRequests.clear();
    if (this.isOn) return;
    for (const utterance of this.#parts.unfinished.all()) utterance.endPause();
  }

  /** Emits the events; stops when a handler pauses or resumes the session itself. */
  #report(utterances: readonly ActiveUtterance[], state: 'paused' | 'resumed'): void {
    const { playback } = this.#parts.host;
    for (const utterance of utterances) {
      if (this.isOn === (state === 'paused')) playback.controlled(utterance, state);
    }
  }

  get #effect(): PauseEffect {
    const { host, connection } = this.#parts;
    const { usesEgress } = host.context;
    return effectOfPause(usesEgress, connection()?.capabilities.includes(PLAYBACK_CONTROL) ?? false);
  }

  #sendMissingControls(): void {
    if (!this.#effect.asksService) return;
    for (const { ledger } of this.#parts.unfinished.all()) {
      const { begun, wireReqId } = ledger;
      const control = controlOwed(this.#pause, { begun, paused: this.#pausedRequests.has(wireReqId) });
      if (control !== undefined) this.#sendControl(wireReqId, control);
    }
  }

  #sendControl(reqId: string, control: 'pause' | 'resume'): void {
    const isPause = control === 'pause';
    this.#pausedRequests.delete(reqId);
    this.#resumedRequests.delete(reqId);
    (isPause ? this.#pausedRequests : this.#resumedRequests).add(reqId);
    const type = isPause ? MessageType.clientPause : MessageType.clientResume;
    this.#parts.connection()?.send(AVATAR_CODEC.encode({ type, reqId }));
  }

  #limit(utterance: ActiveUtterance): void {
    const { host, interrupt } = this.#parts;
    const { clock, options } = host.context;
    utterance.pauseTimer ??= clock.schedule(pauseLimitMs(options.silenceTimeoutMs), () => {
      if (utterance.stage.kind === 'speaking') interrupt(utterance, PAUSE_TIMEOUT);
    });
  }
}

/** The memory limit of waiting frames, bytes: about ten minutes of animation. */
const MAX_PAUSED_BYTES = 8 * 1024 * 1024;
/** The memory of a frame in addition to its bytes, at most. */
const FRAME_BYTES = 256;
/** A frame is copied if its buffer is larger than this many times its length, because a view would keep the whole buffer. */
const MAX_WASTE = 2;

interface PausedFrame {
  /** Undefined for a request that the service itself began. */
  readonly utterance: ActiveUtterance | undefined;
  readonly keptBytes: number;
  /** Returns false if the frame has to be kept again, because the session was paused meanwhile. */
  readonly handOver: () => boolean;
}

/** Frames that wait for the end of a pause, or for the turn of their utterance, in bounded memory. */
export class PausedFrames {
  static readonly maxBytes = MAX_PAUSED_BYTES;
  #frames: PausedFrame[] = [];
  #keptBytes = 0;
  /** While a frame is delivered: how many frames were added meanwhile. They are inserted before those that waited already. */
  #addedMeanwhile: number | undefined;

  get isEmpty(): boolean {
    // The bytes are checked instead of the list, which would be one more object to read for each received frame.
    return this.#keptBytes === 0;
  }

  /** Memory that is kept, bytes. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** Moves all frames behind the waiting ones of `others`. */
  moveTo(others: PausedFrames): void {
    for (const frame of this.#frames.splice(0)) others.#keep(frame);
    this.#keptBytes = 0;
  }

  /** Whether no further frame may be kept. */
  get isFull(): boolean {
    return this.#keptBytes > MAX_PAUSED_BYTES;
  }

  /** `handOver` gets the bytes, or a copy of them; it returns false if the frame has to be kept again. */
  add(
    utterance: ActiveUtterance | undefined,
    bytes: Uint8Array,
    handOver: (bytes: Uint8Array) => boolean,
  ): void {
    const own = bytes.buffer.byteLength > MAX_WASTE * bytes.length ? copyOf(bytes) : bytes;
    const keptBytes = own.buffer.byteLength + FRAME_BYTES;
    this.#keep({ utterance, keptBytes, handOver: () => handOver(own) });
  }

  /** Keeps the remaining calls of a frame during whose delivery the session was paused. `call` is like `handOver`. */
  addCall(utterance: ActiveUtterance | undefined, call: () => boolean): void {
    this.#keep({ utterance, keptBytes: FRAME_BYTES, handOver: call });
  }

  #keep(frame: PausedFrame): void {
    this.#keptBytes += frame.keptBytes;
    if (this.#addedMeanwhile === undefined) this.#frames.push(frame);
    else this.#frames.splice(this.#addedMeanwhile++, 0, frame);
  }

  /** The utterance is over, or everything was interrupted: drops its frames. */
  drop(utterance: ActiveUtterance | undefined): void {
    if (this.isEmpty) return;
    const kept = this.#frames.filter((frame) => frame.utterance !== utterance);
    this.#frames = kept;
    this.#keptBytes = kept.reduce((sum, frame) => sum + frame.keptBytes, 0);
  }

  /** Delivers waiting frames, until a handler pauses the session again. */
  release(): void {
    for (let next = this.#frames.shift(); next !== undefined; next = this.#frames.shift()) {
      this.#keptBytes -= next.keptBytes;
      this.#addedMeanwhile = 0;
      const isDone = next.handOver();
      this.#addedMeanwhile = undefined;
      if (isDone) continue;
      this.#frames.unshift(next);
      this.#keptBytes += next.keptBytes;
      return;
    }
  }
}

/** A real copy: `slice` of a Buffer is a view. */
function copyOf(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}

/**
 * The messages of one utterance that wait for the browser, and whether its source may be read further. Must not know other utterances.
 */
import type { DownMessage } from './messages.js';

type LaneMessage = Extract<DownMessage, { readonly type: 'audio' | 'frame' | 'end' | 'error' }>;

/** The part of the outbox that a lane uses. */
export interface LaneHost {
  mayRead(lane: Lane): boolean;
  /** A message was added. */
  added(): void;
  /** No further message is added. */
  closed(): void;
}

export class Lane {
  readonly reqId: string;
  /** Whether the browser has received a part of it. */
  begun = false;
  /** Bytes of waiting messages. */
  queuedBytes = 0;
  #queue: LaneMessage[] = [];
  #next = 0;
  #hasAudio = false;
  #stage: 'open' | 'ended' | 'cut' = 'open';
  /** Wakes the audio source, while it waits for room. */
  #onRoom: (() => void) | undefined;
  readonly #host: LaneHost;

  constructor(reqId: string, host: LaneHost) {
    this.reqId = reqId;
    this.#host = host;
  }

  /** Whether no further message is added. */
  get isClosed(): boolean {
    return this.#stage !== 'open';
  }

  get isEmpty(): boolean {
    return this.#next === this.#queue.length;
  }

  /** Resolves when more audio may be read, or when no more is needed; undefined: at once. */
  room(): Promise<void> | undefined {
    if (this.#host.mayRead(this)) return undefined;
    return new Promise((resolve) => (this.#onRoom = resolve));
  }

  /** Wakes the audio source if there is room. */
  checkRoom(): void {
    if (this.#onRoom === undefined || !this.#host.mayRead(this)) return;
    this.#onRoom();
    this.#onRoom = undefined;
  }

  audio(bytes: Uint8Array): void {
    this.#hasAudio = true;
    this.#push({ type: 'audio', reqId: this.reqId, bytes }, bytes.length);
  }

  /** Adds a frame. Frames of an utterance without audio are dropped, because a player accepts none before its audio. */
  frame(raw: Uint8Array, end: boolean): void {
    if (this.#hasAudio) this.#push({ type: 'frame', reqId: this.reqId, raw, end }, raw.length);
    if (end) this.end();
  }

  /** Ends the utterance; with a code it has failed. */
  end(code?: string): void {
    if (this.isClosed) return;
    if (code !== undefined) this.#push({ type: 'error', code, reqId: this.reqId }, 0);
    if (this.#hasAudio) this.#push({ type: 'end', reqId: this.reqId }, 0);
    this.#close('ended');
  }

  /** Drops the waiting messages. */
  cut(): void {
    this.#queue = [];
    this.#next = 0;
    this.queuedBytes = 0;
    this.#close('cut');
  }

  /** Call it only while there are messages. */
  shift(): LaneMessage | undefined {
    const message = this.#queue[this.#next];
    if (message === undefined) return undefined;
    this.#next += 1;
    this.queuedBytes -= sizeOf(message);
    if (this.isEmpty) {
      this.#queue = [];
      this.#next = 0;
    }
    this.begun ||= message.type !== 'error';
    return message;
  }

  #push(message: LaneMessage, sizeBytes: number): void {
    if (this.isClosed) return;
    this.#queue.push(message);
    this.queuedBytes += sizeBytes;
    this.#host.added();
  }

  #close(stage: 'ended' | 'cut'): void {
    this.#stage = stage;
    this.#host.closed();
    this.#onRoom?.();
    this.#onRoom = undefined;
  }
}

/** The size that counts while messages wait; encoded they may be larger. */
function sizeOf(message: LaneMessage): number {
  if (message.type === 'audio') return message.bytes.length;
  return message.type === 'frame' ? message.raw.length : 0;
}

/** One utterance on its way to the browser: what waits of it, and whether its source may give more audio. Must not know the others. */
import type { DownMessage } from './messages.js';

type LaneMessage = Extract<DownMessage, { readonly type: 'audio' | 'frame' | 'end' | 'error' }>;

/** What a lane needs to know of all that is sent. */
export interface LaneHost {
  mayRead(lane: Lane): boolean;
  /** Something waits. */
  added(): void;
  /** Nothing more is added. */
  closed(): void;
}

export class Lane {
  readonly reqId: string;
  /** Whether the browser got a part of it. */
  begun = false;
  /** Bytes that wait. */
  queuedBytes = 0;
  #queue: LaneMessage[] = [];
  #next = 0;
  #hasAudio = false;
  #stage: 'open' | 'ended' | 'cut' = 'open';
  /** Of the audio source, while it waits. */
  #onRoom: (() => void) | undefined;
  readonly #host: LaneHost;

  constructor(reqId: string, host: LaneHost) {
    this.reqId = reqId;
    this.#host = host;
  }

  /** Whether nothing is added any more. */
  get isClosed(): boolean {
    return this.#stage !== 'open';
  }

  get isEmpty(): boolean {
    return this.#next === this.#queue.length;
  }

  /** Resolves when more audio may be read, or when none is wanted any more; undefined: at once. */
  room(): Promise<void> | undefined {
    if (this.#host.mayRead(this)) return undefined;
    return new Promise((resolve) => (this.#onRoom = resolve));
  }

  /** Lets the audio source go on where there is room. */
  checkRoom(): void {
    if (this.#onRoom === undefined || !this.#host.mayRead(this)) return;
    this.#onRoom();
    this.#onRoom = undefined;
  }

  audio(bytes: Uint8Array): void {
    this.#hasAudio = true;
    this.#push({ type: 'audio', reqId: this.reqId, bytes }, bytes.length);
  }

  /** A frame of an utterance without audio is not sent: a player takes none before its audio. */
  frame(raw: Uint8Array, end: boolean): void {
    if (this.#hasAudio) this.#push({ type: 'frame', reqId: this.reqId, raw, end }, raw.length);
    if (end) this.end();
  }

  /** Nothing more is added; with a code the utterance has failed. */
  end(code?: string): void {
    if (this.isClosed) return;
    if (code !== undefined) this.#push({ type: 'error', code, reqId: this.reqId }, 0);
    if (this.#hasAudio) this.#push({ type: 'end', reqId: this.reqId }, 0);
    this.#close('ended');
  }

  /** Drops what waits. */
  cut(): void {
    this.#queue = [];
    this.#next = 0;
    this.queuedBytes = 0;
    this.#close('cut');
  }

  /** Only while it is not empty. */
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

/** The size that counts while they wait; encoded they may be longer. */
function sizeOf(message: LaneMessage): number {
  if (message.type === 'audio') return message.bytes.length;
  return message.type === 'frame' ? message.raw.length : 0;
}

/**
 * One direction of a TCP connection: bytes arrive in order, late, at some speed, as far as the receiver reads
 * them. Independent of the content.
 */
import type { Timer } from '../../../src/ports/clock.js';
import type { Draws } from '../world/draws.js';
import type { Phase, WorldTime } from '../world/world-time.js';
import type { Climate } from './weather.js';

/** A frame, or the end of the connection, with what its arrival means. */
export interface Parcel {
  readonly bytes: number;
  readonly arrive: () => void;
  /** It has come to the receiver's system, read or not. */
  readonly reached?: () => void;
}

export interface PipeOptions {
  readonly time: WorldTime;
  readonly draws: Draws;
  readonly climate: Climate;
  /** Whose event loop it arrives in. */
  readonly receiver: Extract<Phase, 'input' | 'outside'>;
  /** Default: no limit. */
  readonly bytesPerMs: number | undefined;
  /** What the sender's system takes before the sender feels it. */
  readonly systemBytes: number;
  /** Something was sent, or went on after it had waited for the receiver. */
  readonly moved: () => void;
}

/** A segment on its way, the beginning of which arrives before its end. */
interface Journey {
  readonly segment: readonly Parcel[];
  readonly bytes: number;
  readonly beginsAtMs: number;
  readonly takesMs: number;
}

export class Pipe {
  readonly #options: PipeOptions;
  /** Segments that the sender's system has not taken. */
  #waiting: (readonly Parcel[])[] = [];
  /** On the way, in the order of sending; whatever arrives next is the first of them. */
  #onWay: Journey[] = [];
  #unread: (readonly Parcel[])[] = [];
  readonly #underWay = new Set<Timer>();
  #isPaused = false;
  #isBroken = false;
  #leftAtMs = 0;
  #arrivedAtMs = 0;
  #silentUntilMs = 0;
  #unconsumedBytes = 0;
  #consumedBytes = 0;
  #cut: { readonly afterBytes: number; readonly happened: () => void } | undefined;
  bytesPerMs: number;
  #sentBytes = 0;
  /** Bytes that were sent and have not left. */
  #unsentBytes = 0;
  /** Called when `bufferedBytes` has fallen. */
  onTaken: () => void = () => undefined;

  constructor(options: PipeOptions) {
    this.#options = options;
    this.bytesPerMs = options.bytesPerMs ?? Infinity;
  }

  /** Bytes that were sent and not taken by the sender's system. */
  get bufferedBytes(): number {
    return Math.max(0, this.#unsentBytes - this.#options.systemBytes);
  }

  get takenBytes(): number {
    return this.#sentBytes - this.bufferedBytes;
  }

  /** What has been read of a segment that has not come to its end. */
  get arrivingBytes(): number {
    const [next] = this.#onWay;
    const { nowMs } = this.#options.time;
    if (next === undefined || next.takesMs === 0 || this.#isPaused || nowMs < this.#silentUntilMs) return 0;
    const part = (nowMs - next.beginsAtMs) / next.takesMs;
    return Math.floor(next.bytes * Math.min(1, Math.max(0, part)));
  }

  /** What is sent together arrives together. */
  send(segment: readonly Parcel[]): void {
    if (this.#isBroken) return;
    const bytes = bytesOf(segment);
    this.#sentBytes += bytes;
    this.#unsentBytes += bytes;
    this.#waiting.push(segment);
    this.#options.moved();
    this.#push();
  }

  /** Cuts the connection once so many bytes have been read. */
  cutAfter(afterBytes: number, happened: () => void): void {
    this.#cut = { afterBytes, happened };
  }

  /** What is not read yet arrives no earlier than then. */
  silence(untilMs: number): void {
    this.#silentUntilMs = Math.max(this.#silentUntilMs, untilMs);
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#later(this.#options.receiver, 0, () => {
      const unread = this.#unread;
      this.#unread = [];
      const here = { bytes: 0, beginsAtMs: 0, takesMs: 0 };
      this.#onWay.unshift(...unread.map((segment) => ({ segment, ...here })));
      for (let left = unread.length; left > 0; left--) this.#arrived();
    });
  }

  /** What the sender's system has not taken goes with the socket. */
  abandon(): void {
    for (const segment of this.#waiting) this.#unsentBytes -= bytesOf(segment);
    this.#waiting = [];
  }

  /** Nothing arrives any more, and nothing is sent. */
  break(): void {
    this.#isBroken = true;
    for (const timer of this.#underWay) timer.cancel();
    this.#underWay.clear();
    this.#waiting = [];
    this.#onWay = [];
    this.#unread = [];
    // It was not accepted.
    this.#sentBytes = this.takenBytes;
    this.#unsentBytes = 0;
  }

  #push(): void {
    const { time, draws, climate, receiver } = this.#options;
    for (;;) {
      const [segment] = this.#waiting;
      if (segment === undefined) return;
      const bytes = bytesOf(segment);
      const fits = this.#unconsumedBytes === 0 || this.#unconsumedBytes + bytes <= climate.windowBytes;
      if (bytes > 0 && !fits) return;
      this.#waiting.shift();
      this.#options.moved();
      this.#unconsumedBytes += bytes;
      this.#leftAtMs = Math.max(this.#leftAtMs, time.nowMs) + bytes / this.bytesPerMs;
      const leavesInMs = this.#leftAtMs - time.nowMs;
      if (leavesInMs === 0) this.#unsentBytes -= bytes;
      else this.#later(receiver === 'input' ? 'outside' : 'input', leavesInMs, () => this.#taken(bytes));
      const travelMs = climate.latencyMs + draws.next() * climate.jitterMs;
      this.#arrivedAtMs = Math.max(this.#arrivedAtMs, this.#leftAtMs + travelMs);
      const takesMs = bytes / this.bytesPerMs;
      this.#onWay.push({ segment, bytes, beginsAtMs: this.#arrivedAtMs - takesMs, takesMs });
      this.#later(receiver, this.#arrivedAtMs - time.nowMs, () => this.#arrived());
    }
  }

  #taken(bytes: number): void {
    this.#unsentBytes -= bytes;
    this.onTaken();
  }

  #arrived(): void {
    const { time, receiver } = this.#options;
    const segment = this.#onWay[0]?.segment;
    if (segment === undefined) return;
    const silentForMs = this.#silentUntilMs - time.nowMs;
    if (silentForMs > 0) {
      this.#later(receiver, silentForMs, () => this.#arrived());
      return;
    }
    this.#onWay.shift();
    for (const { reached } of segment) reached?.();
    if (this.#isPaused || this.#unread.length > 0) {
      this.#unread.push(segment);
      return;
    }
    for (const parcel of segment) {
      this.#consumedBytes += parcel.bytes;
      if (this.#cut !== undefined && this.#consumedBytes > this.#cut.afterBytes) {
        this.#cut.happened();
        return;
      }
      parcel.arrive();
      if (this.#wasBroken()) return;
    }
    this.#unconsumedBytes -= bytesOf(segment);
    const before = this.bufferedBytes;
    this.#push();
    if (this.bufferedBytes < before) this.onTaken();
  }

  /** A parcel's arrival may have ended the connection. */
  #wasBroken(): boolean {
    return this.#isBroken;
  }

  #later(phase: Phase, delayMs: number, run: () => void): void {
    const timer: Timer = this.#options.time.plan(phase, delayMs, () => {
      this.#underWay.delete(timer);
      run();
    });
    this.#underWay.add(timer);
  }
}

function bytesOf(segment: readonly Parcel[]): number {
  let bytes = 0;
  for (const parcel of segment) bytes += parcel.bytes;
  return bytes;
}

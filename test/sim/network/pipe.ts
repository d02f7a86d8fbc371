/**
 * One direction of a TCP connection: bytes arrive in order, with a delay, at a limited rate, and only as fast
 * as the receiver reads them. Does not read the content.
 */
import type { Timer } from '../../../src/ports/clock.js';
import type { Draws } from '../world/draws.js';
import type { Phase, WorldTime } from '../world/world-time.js';
import type { Climate } from './weather.js';

/** A frame, or the end of the connection, with the callback for its arrival. */
export interface Parcel {
  readonly bytes: number;
  readonly arrive: () => void;
  /** Called when the parcel reaches the receiver's system, even if it is not read yet. */
  readonly reached?: () => void;
}

export interface PipeOptions {
  readonly time: WorldTime;
  readonly draws: Draws;
  readonly climate: Climate;
  /** The event loop in which it arrives. */
  readonly receiver: Extract<Phase, 'input' | 'outside'>;
  /** Default: no limit. */
  readonly bytesPerMs: number | undefined;
  /** The number of bytes that the sender's system accepts before the socket reports them as buffered. */
  readonly systemBytes: number;
  /** Called when something was sent, or continued after a wait for the receiver. */
  readonly moved: () => void;
}

/** A segment in transit. Its first byte arrives before its last one. */
interface Journey {
  readonly segment: readonly Parcel[];
  readonly bytes: number;
  readonly beginsAtMs: number;
  readonly takesMs: number;
}

export class Pipe {
  readonly #options: PipeOptions;
  /** Segments that the sender's system has not accepted yet. */
  #waiting: (readonly Parcel[])[] = [];
  /** Segments in transit, in the order of sending. The first one arrives next. */
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
  /** Bytes that were passed to the pipe and have not been transmitted yet. */
  #unsentBytes = 0;
  /** Called when `bufferedBytes` has decreased. */
  onTaken: () => void = () => undefined;

  constructor(options: PipeOptions) {
    this.#options = options;
    this.bytesPerMs = options.bytesPerMs ?? Infinity;
  }

  /** Bytes that were sent but not accepted by the sender's system. */
  get bufferedBytes(): number {
    return Math.max(0, this.#unsentBytes - this.#options.systemBytes);
  }

  get takenBytes(): number {
    return this.#sentBytes - this.bufferedBytes;
  }

  /** The bytes that were read of a segment that has not arrived completely. */
  get arrivingBytes(): number {
    const [next] = this.#onWay;
    const { nowMs } = this.#options.time;
    if (next === undefined || next.takesMs === 0 || this.#isPaused || nowMs < this.#silentUntilMs) return 0;
    const part = (nowMs - next.beginsAtMs) / next.takesMs;
    return Math.floor(next.bytes * Math.min(1, Math.max(0, part)));
  }

  /** Parcels that are sent together arrive together. */
  send(segment: readonly Parcel[]): void {
    if (this.#isBroken) return;
    const bytes = bytesOf(segment);
    this.#sentBytes += bytes;
    this.#unsentBytes += bytes;
    this.#waiting.push(segment);
    this.#options.moved();
    this.#push();
  }

  /** Cuts the connection after this number of bytes has been read. */
  cutAfter(afterBytes: number, happened: () => void): void {
    this.#cut = { afterBytes, happened };
  }

  /** Delays everything that has not been read to `untilMs` at least. */
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

  /** Segments that the sender's system has not accepted are dropped together with the socket. */
  abandon(): void {
    for (const segment of this.#waiting) this.#unsentBytes -= bytesOf(segment);
    this.#waiting = [];
  }

  /** Stops all transmission in this direction. */
  break(): void {
    this.#isBroken = true;
    for (const timer of this.#underWay) timer.cancel();
    this.#underWay.clear();
    this.#waiting = [];
    this.#onWay = [];
    this.#unread = [];
    // These bytes were not accepted.
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

  /** The arrival of a parcel may have ended the connection. */
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

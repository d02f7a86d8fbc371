/**
 * Delays bytes in several ways: all of them later, at a limited rate, in small pieces, or merged. Each shape
 * keeps the order of the bytes and loses none. It passes the bytes and the end of the stream to the line.
 * Uses no sockets.
 */
import type { LineFault } from './line-fault.js';

/** Receives the bytes of one direction. */
export interface Shape {
  push(bytes: Buffer): void;
  /** Called at the end of the stream. The shape passes the end on after all delayed bytes have been sent. */
  end(): void;
  /** Stops all output and cancels all timers. */
  stop(): void;
}

/** Receives the output of a shape. Each call writes one segment. */
export interface ShapeOutput {
  write(bytes: Buffer): void;
  end(): void;
}

type ShapingFault = Extract<LineFault, { readonly kind: 'delay' | 'throttle' | 'split' | 'merge' }>;

/** A throttled line sends bytes this many times per second. */
const THROTTLE_STEPS_PER_SECOND = 50;

export function shapeOf(fault: ShapingFault, output: ShapeOutput): Shape {
  switch (fault.kind) {
    case 'delay':
      return new TimedShape(
        output,
        (bytes, nowMs) => [{ bytes, dueAtMs: nowMs + fault.delayMs }],
        fault.delayMs,
      );
    case 'throttle':
      return new TimedShape(output, throttle(fault.bytesPerSecond), 0);
    case 'split':
      return new TimedShape(
        output,
        (bytes, nowMs) =>
          pieces(bytes, fault.segmentBytes).map((piece) => ({ bytes: piece, dueAtMs: nowMs })),
        0,
      );
    case 'merge':
      return new MergingShape(output, fault);
  }
}

interface Held {
  /** Undefined at the end of the stream. */
  readonly bytes: Buffer | undefined;
  readonly dueAtMs: number;
}

/** Returns at which time each part of the received bytes is sent. The times never decrease. */
type Schedule = (bytes: Buffer, nowMs: number) => readonly Held[];

function throttle(bytesPerSecond: number): Schedule {
  let freeAtMs = 0;
  const stepBytes = Math.max(1, Math.floor(bytesPerSecond / THROTTLE_STEPS_PER_SECOND));
  return (bytes, nowMs) =>
    pieces(bytes, stepBytes).map((piece) => {
      freeAtMs = Math.max(freeAtMs, nowMs) + (piece.length / bytesPerSecond) * 1_000;
      return { bytes: piece, dueAtMs: freeAtMs };
    });
}

function pieces(bytes: Buffer, pieceBytes: number): Buffer[] {
  const cut: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) cut.push(bytes.subarray(at, at + pieceBytes));
  return cut;
}

/**
 * Sends at most one part per turn of the event loop, and no part before its time. So each part is a segment
 * of its own.
 */
class TimedShape implements Shape {
  readonly #output: ShapeOutput;
  readonly #schedule: Schedule;
  readonly #endDelayMs: number;
  #held: Held[] = [];
  #cancel: (() => void) | undefined;
  #lastDueAtMs = 0;

  constructor(output: ShapeOutput, schedule: Schedule, endDelayMs: number) {
    this.#output = output;
    this.#schedule = schedule;
    this.#endDelayMs = endDelayMs;
  }

  push(bytes: Buffer): void {
    this.#hold(this.#schedule(bytes, performance.now()));
  }

  end(): void {
    const dueAtMs = Math.max(this.#lastDueAtMs, performance.now() + this.#endDelayMs);
    this.#hold([{ bytes: undefined, dueAtMs }]);
  }

  stop(): void {
    this.#cancel?.();
    this.#held = [];
  }

  #hold(parts: readonly Held[]): void {
    this.#held.push(...parts);
    this.#lastDueAtMs = parts.at(-1)?.dueAtMs ?? this.#lastDueAtMs;
    this.#arm();
  }

  #arm(): void {
    const [next] = this.#held;
    if (next === undefined || this.#cancel !== undefined) return;
    const waitMs = next.dueAtMs - performance.now();
    const release = (): void => this.#release();
    if (waitMs > 0) {
      const timer = setTimeout(release, waitMs);
      this.#cancel = () => clearTimeout(timer);
    } else {
      const immediate = setImmediate(release);
      this.#cancel = () => clearImmediate(immediate);
    }
  }

  #release(): void {
    this.#cancel = undefined;
    const part = this.#held.shift();
    this.#arm();
    if (part?.bytes === undefined) this.#output.end();
    else this.#output.write(part.bytes);
  }
}

class MergingShape implements Shape {
  readonly #output: ShapeOutput;
  readonly #fault: Extract<LineFault, { readonly kind: 'merge' }>;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(output: ShapeOutput, fault: Extract<LineFault, { readonly kind: 'merge' }>) {
    this.#output = output;
    this.#fault = fault;
  }

  push(bytes: Buffer): void {
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    clearTimeout(this.#timer);
    if (this.#heldBytes >= this.#fault.segmentBytes) this.#release();
    else this.#timer = setTimeout(() => this.#release(), this.#fault.quietMs);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#release();
    this.#output.end();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#held = [];
    this.#heldBytes = 0;
  }

  #release(): void {
    if (this.#heldBytes > 0) this.#output.write(Buffer.concat(this.#held));
    this.#held = [];
    this.#heldBytes = 0;
  }
}

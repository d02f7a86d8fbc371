/**
 * How bytes are delayed: late, slowly, in small pieces, or together. Each shape keeps their order and loses
 * none; its output and the end of the stream go to the line. Uses no sockets.
 */
import type { LineFault } from './line-fault.js';

/** Takes the bytes of one direction. */
export interface Shape {
  push(bytes: Buffer): void;
  /** No more bytes come; passed on when everything delayed has been sent. */
  end(): void;
  /** Nothing goes out any more, and no timer is left. */
  stop(): void;
}

/** Where the bytes go: each call is a segment of its own. */
export interface ShapeOutput {
  write(bytes: Buffer): void;
  end(): void;
}

type ShapingFault = Extract<LineFault, { readonly kind: 'delay' | 'throttle' | 'split' | 'merge' }>;

/** A throttled line moves this many times per second. */
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
  /** Undefined for the end of the stream. */
  readonly bytes: Buffer | undefined;
  readonly dueAtMs: number;
}

/** Says when each part of what has come goes out; the times never go back. */
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

/** Lets one part go per turn of the event loop, none before its time: so each is a segment of its own. */
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

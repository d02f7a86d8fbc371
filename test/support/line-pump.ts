/**
 * One direction of a proxied connection: reads from one socket, counts the bytes, and writes them to the
 * other socket, until an armed fault reaches its position and takes over. Faults that affect both directions
 * are carried out by the line, not here.
 */
import type { Socket } from 'node:net';
import { HeadEnd } from './head-end.js';
import type { LineFault, Place } from './line-fault.js';
import { shapeOf } from './line-shape.js';
import type { Shape } from './line-shape.js';

interface Armed {
  readonly place: Place;
  readonly fault: LineFault;
}

export class LinePump {
  readonly #to: Socket;
  /** Called when a fault that ends the line reaches its position. */
  readonly #onBroken: (fault: LineFault) => void;
  readonly #headEnd = new HeadEnd();
  #armed: Armed | undefined;
  #shape: Shape | undefined;
  #stage: 'flowing' | 'swallowing' | 'ended' = 'flowing';
  /** Bytes that have passed, or that a fault has affected. */
  countedBytes = 0;

  constructor(from: Socket, to: Socket, onBroken: (fault: LineFault) => void) {
    this.#to = to;
    this.#onBroken = onBroken;
    from.on('data', (bytes: Buffer) => this.#push(bytes));
    from.on('end', () => this.#end());
    to.on('drain', () => from.resume());
    this.#pauseReading = () => from.pause();
  }
  readonly #pauseReading: () => void;

  /** There is one fault at a time: a later fault replaces one that has not started yet. */
  arm(place: Place, fault: LineFault): void {
    this.#armed = { place, fault };
    // A fault whose position is still ahead starts when the bytes arrive. If the position is reached already,
    // the fault starts here.
    if (this.#placeIn(0) === 0) this.#strike();
  }

  /** Reads and drops all further bytes, and the end of the stream. */
  swallow(): void {
    this.#stage = 'swallowing';
    this.stop();
  }

  /** Cancels all timers. */
  stop(): void {
    this.#armed = undefined;
    this.#shape?.stop();
  }

  #push(bytes: Buffer): void {
    if (this.#stage !== 'flowing') return;
    this.#headEnd.push(bytes);
    const at = this.#placeIn(bytes.length);
    this.countedBytes += bytes.length;
    if (at === undefined) {
      this.#pass(bytes);
      return;
    }
    this.#pass(bytes.subarray(0, at));
    this.#strike();
    this.#pass(bytes.subarray(at));
  }

  /** The offset in the next `length` bytes at which the armed fault starts. Undefined if it starts later. */
  #placeIn(length: number): number | undefined {
    if (this.#armed === undefined) return undefined;
    const { from = 'start', atByte } = this.#armed.place;
    const origin = from === 'start' ? 0 : this.#headEnd.foundAt;
    if (origin === undefined) return undefined;
    const at = Math.max(0, origin + atByte - this.countedBytes);
    return at <= length ? at : undefined;
  }

  #strike(): void {
    const fault = this.#armed?.fault;
    this.#armed = undefined;
    switch (fault?.kind) {
      case undefined:
        return;
      case 'cut':
      case 'reset':
      case 'halfOpen':
        this.#onBroken(fault);
        return;
      case 'delay':
      case 'throttle':
      case 'split':
      case 'merge':
        this.#shape = shapeOf(fault, { write: (bytes) => this.#write(bytes), end: () => this.#to.end() });
    }
  }

  #pass(bytes: Buffer): void {
    // The fault that has just started may have ended the stream.
    if (this.#stage !== 'flowing' || bytes.length === 0) return;
    if (this.#shape === undefined) this.#write(bytes);
    else this.#shape.push(bytes);
  }

  #write(bytes: Buffer): void {
    if (this.#to.writable && !this.#to.write(bytes)) this.#pauseReading();
  }

  #end(): void {
    if (this.#stage !== 'flowing') return;
    this.#stage = 'ended';
    if (this.#shape === undefined) this.#to.end();
    else this.#shape.end();
  }
}

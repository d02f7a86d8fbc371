/**
 * One direction of a proxied connection: reads from one socket, counts, and writes to the other, until a fault that was armed for a
 * place in the stream takes over. The line carries out what a fault does to both directions at once.
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
  /** Called when the place of a fault is reached that ends the line. */
  readonly #onBroken: (fault: LineFault) => void;
  readonly #headEnd = new HeadEnd();
  #armed: Armed | undefined;
  #shape: Shape | undefined;
  #stage: 'flowing' | 'swallowing' | 'ended' = 'flowing';
  /** Bytes that have passed or met a fault. */
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

  /** One fault at a time: a later one takes the place of one that has not struck yet. */
  arm(place: Place, fault: LineFault): void {
    this.#armed = { place, fault };
    // Bytes that are yet to come need no look; a place that is reached already is where the stream is now.
    if (this.#placeIn(0) === 0) this.#strike();
  }

  /** Everything that comes is read and dropped, the end of the stream too. */
  swallow(): void {
    this.#stage = 'swallowing';
    this.stop();
  }

  /** No timer is left. */
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

  /** Where in the next so many bytes the armed fault strikes. */
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
    // The fault that struck just now may have ended it.
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

/**
 * The service of the storm: away for a while, then one handshake after the other at a fixed rate. Decides who is
 * served and what is wasted. Knows nothing about clients beyond whether they are still there when their turn comes.
 */
import type { EventQueue } from './event-queue.js';

/**
 * What happens to dials that come faster than they are served.
 * - `sheds`: beyond a full accept queue they are refused at once, which costs a part of a handshake
 * - `queues`: all of them are accepted, and one whose client is gone costs a whole handshake
 */
export type StormModel = 'sheds' | 'queues';

export interface StormServiceNumbers {
  /** It refuses until then, at no cost. */
  readonly returnsAtMs: number;
  readonly handshakesPerSecond: number;
  /** In the model `sheds`. */
  readonly acceptQueue: number;
  /** What a refusal costs, in handshakes. */
  readonly refusalCost: number;
}

/** A dial that is waiting to be served. */
export interface ServedDial {
  /** Its turn has come. False when its client has given it up: the handshake was for nothing. */
  confirm(): boolean;
}

export class StormService {
  /** Refusals and handshakes for clients that were gone, in handshakes, since the service returned. */
  wastedHandshakes = 0;
  readonly #events: EventQueue;
  readonly #model: StormModel;
  readonly #numbers: StormServiceNumbers;
  /** Dials that are accepted and not served, the one in service included; those before `#head` are done. */
  #accepted: ServedDial[] = [];
  #head = 0;
  /** Places that refused clients were told to come for. */
  #placesGiven = 0;
  /** What refusals have cost since the current handshake began, milliseconds. */
  #owedMs = 0;

  constructor(events: EventQueue, model: StormModel, numbers: StormServiceNumbers) {
    this.#events = events;
    this.#model = model;
    this.#numbers = numbers;
  }

  get #handshakeMs(): number {
    return 1_000 / this.#numbers.handshakesPerSecond;
  }

  /** Whether a dial that comes now is accepted; if so, `serve` it. */
  accepts(): boolean {
    const { returnsAtMs, acceptQueue, refusalCost } = this.#numbers;
    if (this.#events.nowMs < returnsAtMs) return false;
    if (this.#model === 'queues' || this.#accepted.length - this.#head < acceptQueue) return true;
    this.wastedHandshakes += refusalCost;
    this.#owedMs += refusalCost * this.#handshakeMs;
    return false;
  }

  /** The dial is served in its turn, whether or not its client is still there. */
  serve(dial: ServedDial): void {
    this.#accepted.push(dial);
    if (this.#accepted.length - this.#head === 1) this.#serveNext();
  }

  /** The wait that a refused client is asked for, milliseconds: until the next free place after the return. */
  placeInMs(): number {
    const atMs = this.#numbers.returnsAtMs + this.#placesGiven * this.#handshakeMs;
    this.#placesGiven += 1;
    return Math.max(atMs - this.#events.nowMs, 0);
  }

  #serveNext(): void {
    this.#events.after(this.#handshakeMs, this.#onServed);
  }

  readonly #onServed = (): void => this.#served();

  #served(): void {
    if (this.#owedMs > 0) {
      const owedMs = this.#owedMs;
      this.#owedMs = 0;
      this.#events.after(owedMs, this.#onServed);
      return;
    }
    const dial = this.#accepted[this.#head];
    this.#head += 1;
    // The done half of the list is let go once it is the larger one.
    if (this.#head * 2 > this.#accepted.length) {
      this.#accepted = this.#accepted.slice(this.#head);
      this.#head = 0;
    }
    if (this.#accepted.length > this.#head) this.#serveNext();
    if (dial?.confirm() === false) this.wastedHandshakes += 1;
  }
}

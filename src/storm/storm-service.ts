/**
 * The service of the storm: unavailable for a while, then one handshake after the other at a fixed rate. Decides which dial is served and
 * what is wasted. The only fact about a client that it uses is whether it still waits when its turn comes. Also the queue of pending
 * events for all simulations here.
 */

/**
 * The pending events of a simulation, in the order of virtual time, and for the same time in the order of scheduling, so that a seed
 * reproduces a run. A binary heap of times and slots, two arrays of plain numbers: a storm has millions of events, and moving objects or
 * functions would cost more than the events. Independent of the kind of events.
 */
export class EventQueue {
  #nowMs = 0;
  #scheduled = 0;
  /** The heap: the time and the slot of each event. */
  readonly #times: number[] = [];
  readonly #slots: number[] = [];
  /** The order of scheduling, by slot. */
  readonly #orders: number[] = [];
  readonly #events: (() => void)[] = [];
  readonly #freeSlots: number[] = [];

  /** The time of the running or latest event, milliseconds. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Runs `event` after `delayMs`, which is ≥ 0. */
  after(delayMs: number, event: () => void): void {
    this.#scheduled += 1;
    const slot = this.#freeSlots.pop() ?? this.#events.length;
    this.#events[slot] = event;
    this.#orders[slot] = this.#scheduled;
    this.#rise(this.#times.length, this.#nowMs + delayMs, slot);
  }

  /** Runs events until none is left or the next one is later than `untilMs`. */
  run(untilMs: number): void {
    for (;;) {
      const atMs = this.#times[0];
      const slot = this.#slots[0];
      if (atMs === undefined || slot === undefined || atMs > untilMs) return;
      this.#nowMs = atMs;
      this.#removeFirst();
      this.#freeSlots.push(slot);
      this.#events[slot]?.();
    }
  }

  /**
   * Moves the earlier child into the hole at each level down to the bottom, and then moves the last event up from there: it nearly always
   * belongs near the bottom, so comparisons on the way down would be wasted.
   */
  #removeFirst(): void {
    const times = this.#times;
    const slots = this.#slots;
    const count = times.length - 1;
    const lastMs = numberAt(times, count);
    const lastSlot = numberAt(slots, count);
    times.pop();
    slots.pop();
    if (count === 0) return;
    let hole = 0;
    for (;;) {
      let below = 2 * hole + 1;
      if (below >= count) break;
      const other = below + 1;
      if (other < count && this.#isBefore(numberAt(times, other), numberAt(slots, other), below))
        below = other;
      times[hole] = numberAt(times, below);
      slots[hole] = numberAt(slots, below);
      hole = below;
    }
    this.#rise(hole, lastMs, lastSlot);
  }

  /** Places an event at `hole`, or at the place above it that fits its time. */
  #rise(hole: number, atMs: number, slot: number): void {
    const times = this.#times;
    const slots = this.#slots;
    let at = hole;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!this.#isBefore(atMs, slot, above)) break;
      times[at] = numberAt(times, above);
      slots[at] = numberAt(slots, above);
      at = above;
    }
    times[at] = atMs;
    slots[at] = slot;
  }

  /** Whether an event comes before the one at `at` in the heap. */
  #isBefore(atMs: number, slot: number, at: number): boolean {
    const otherMs = numberAt(this.#times, at);
    if (atMs !== otherMs) return atMs < otherMs;
    return numberAt(this.#orders, slot) < numberAt(this.#orders, numberAt(this.#slots, at));
  }
}

/** The number at a place that is known to be occupied. */
function numberAt(numbers: readonly number[], at: number): number {
  return numbers[at] ?? 0;
}

/**
 * What happens to dials that come faster than they are served.
 * - `sheds`: beyond a full accept queue they are refused at once, which costs a part of a handshake
 * - `queues`: all of them are accepted, and one whose client has given up costs a whole handshake
 */
export type StormModel = 'sheds' | 'queues';

export interface StormServiceNumbers {
  /** Until this time it refuses all dials, at no cost. */
  readonly returnsAtMs: number;
  readonly handshakesPerSecond: number;
  /** The length of the accept queue in the model `sheds`. */
  readonly acceptQueue: number;
  /** The cost of a refusal, in handshakes. */
  readonly refusalCost: number;
}

/** A dial that is waiting to be served. */
export interface ServedDial {
  /** Its turn has come. Returns false if its client has given it up, so that the handshake was wasted. */
  confirm(): boolean;
}

export class StormService {
  /** Refusals, and handshakes without a waiting client, since the service recovered, in handshakes. */
  wastedHandshakes = 0;
  readonly #events: EventQueue;
  readonly #model: StormModel;
  readonly #numbers: StormServiceNumbers;
  /** Accepted dials that are not served yet, including the one in service; those before `#head` are done. */
  #accepted: ServedDial[] = [];
  #head = 0;
  /** Places that refused clients got by a Retry-After. */
  #placesGiven = 0;
  /** The cost of refusals since the current handshake began, milliseconds. */
  #owedMs = 0;

  constructor(events: EventQueue, model: StormModel, numbers: StormServiceNumbers) {
    this.#events = events;
    this.#model = model;
    this.#numbers = numbers;
  }

  get #handshakeMs(): number {
    return 1_000 / this.#numbers.handshakesPerSecond;
  }

  /** Whether a dial is accepted now; if so, call `serve`. */
  accepts(): boolean {
    const { returnsAtMs, acceptQueue, refusalCost } = this.#numbers;
    if (this.#events.nowMs < returnsAtMs) return false;
    if (this.#model === 'queues' || this.#accepted.length - this.#head < acceptQueue) return true;
    this.wastedHandshakes += refusalCost;
    this.#owedMs += refusalCost * this.#handshakeMs;
    return false;
  }

  /** The dial is served in its turn, whether or not its client still waits. */
  serve(dial: ServedDial): void {
    this.#accepted.push(dial);
    if (this.#accepted.length - this.#head === 1) this.#serveNext();
  }

  /** The wait that a refused client is asked for, milliseconds: until the next free place after the recovery. */
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
    // The processed part of the list is dropped once it is more than half.
    if (this.#head * 2 > this.#accepted.length) {
      this.#accepted = this.#accepted.slice(this.#head);
      this.#head = 0;
    }
    if (this.#accepted.length > this.#head) this.#serveNext();
    if (dial?.confirm() === false) this.wastedHandshakes += 1;
  }
}

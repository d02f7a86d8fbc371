/**
 * Lists the resources that would keep a process alive: sockets, timers and requests of the runtime that did not exist
 * before the test, and timers of the session's clock. Contains no assertion.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createSystemClock } from '../../../src/adapters/node/system-clock.js';
import type { Clock, Timer } from '../../../src/index.js';

/** Long enough for closed sockets to disappear. */
const SETTLE_WITHIN_MS = 2_000;
/** Excludes pipes, channels and workers of the test runner, whose number changes. */
const OURS = /^(Timeout|TCP|TLS|GetAddrInfo|DNS|HTTP|Write|Shutdown)/;

export class Leftovers {
  readonly #before = active();

  /**
   * The kinds of resources that are active after all work has settled and were not active before. Empty if
   * nothing keeps the process alive.
   */
  async found(): Promise<string[]> {
    const deadlineMs = performance.now() + SETTLE_WITHIN_MS;
    for (;;) {
      await sleep(2);
      const extra = this.#extra();
      if (extra.length === 0 || performance.now() > deadlineMs) return extra;
    }
  }

  #extra(): string[] {
    const known = [...this.#before];
    return active().filter((kind) => {
      const at = known.indexOf(kind);
      if (at >= 0) known.splice(at, 1);
      return at < 0;
    });
  }
}

function active(): string[] {
  return process.getActiveResourcesInfo().filter((kind) => OURS.test(kind));
}

/** The system clock with a count of the timers that have neither fired nor been cancelled. */
export class CountedClock implements Clock {
  readonly #clock = createSystemClock();
  readonly #pending = new Set<Timer>();

  get pendingTimers(): number {
    return this.#pending.size;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  epochMs(): number {
    return this.#clock.epochMs();
  }

  schedule(delayMs: number, callback: () => void): Timer {
    const timer = this.#clock.schedule(delayMs, () => {
      this.#pending.delete(counted);
      callback();
    });
    const counted: Timer = {
      cancel: () => {
        this.#pending.delete(counted);
        timer.cancel();
      },
    };
    this.#pending.add(counted);
    return counted;
  }

  afterPendingInput(callback: () => void): void {
    this.#clock.afterPendingInput(callback);
  }
}

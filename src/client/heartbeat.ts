/**
 * Notices peers that fell silent without closing. All sessions of a clock share one ticker per tick length, so a
 * thousand idle sessions cost one timer. Silence is counted in ticks that really came, not in wall time: when the event
 * loop stalls for seconds, one late tick has passed, and a late timer is no proof of a dead peer.
 */
import type { Clock, Timer } from '../ports/clock.js';

export interface HeartbeatOptions {
  /** Silence after which a ping goes out, milliseconds. Default 5000. */
  readonly intervalMs: number;
  /** Further silence after which the peer counts as gone, milliseconds. Default 5000. */
  readonly timeoutMs: number;
}

/** The part of a connection that a heartbeat looks at. */
export interface Watched {
  readonly receivedBytes: number;
  /** Nothing is read on purpose: silence then says nothing about the peer. */
  readonly readingPaused: boolean;
  ping(): void;
  /** Nothing came for `silentMs`: the peer counts as gone. Called at most once. */
  peerLost(silentMs: number): void;
}

/** A tick is this part of the shorter of the two times, within the bounds below. */
const TICKS_PER_TIME = 20;
const MIN_TICK_MS = 5;
const MAX_TICK_MS = 250;

/** Watches one connection until `stop`, or until its peer is lost. */
export class Heartbeat {
  readonly #connection: Watched;
  readonly #ticker: Ticker;
  readonly #pingTick: number;
  readonly #deadTick: number;
  #receivedBytes: number;
  #silentTicks = 0;

  constructor(clock: Clock, options: HeartbeatOptions, connection: Watched) {
    this.#ticker = tickerFor(clock, tickMsFor(options));
    const { tickMs } = this.#ticker;
    // Silence shows at most one tick late, and the ping goes out one tick early: so a peer that falls silent is
    // noticed within intervalMs + timeoutMs, which is what the two options promise together.
    this.#pingTick = Math.max(1, Math.floor(options.intervalMs / tickMs) - 2);
    this.#deadTick = this.#pingTick + Math.max(1, Math.floor(options.timeoutMs / tickMs));
    this.#connection = connection;
    this.#receivedBytes = connection.receivedBytes;
    this.#ticker.add(this);
  }

  stop(): void {
    this.#ticker.remove(this);
  }

  /** Another tick has come. For the ticker only. */
  tick(clock: Clock): void {
    if (this.#heard()) return;
    this.#silentTicks += 1;
    if (this.#silentTicks === this.#pingTick) this.#connection.ping();
    if (this.#silentTicks >= this.#deadTick) clock.afterPendingInput(() => this.#judge());
  }

  #heard(): boolean {
    const { receivedBytes, readingPaused } = this.#connection;
    if (receivedBytes === this.#receivedBytes && !readingPaused) return false;
    this.#receivedBytes = receivedBytes;
    this.#silentTicks = 0;
    return true;
  }

  #judge(): void {
    if (!this.#ticker.has(this) || this.#heard()) return;
    this.stop();
    this.#connection.peerLost(this.#silentTicks * this.#ticker.tickMs);
  }
}

function tickMsFor({ intervalMs, timeoutMs }: HeartbeatOptions): number {
  const wanted = Math.floor(Math.min(intervalMs, timeoutMs) / TICKS_PER_TIME);
  return Math.min(MAX_TICK_MS, Math.max(MIN_TICK_MS, wanted));
}

/** Calls every watcher each `tickMs`, with one timer, which exists only while somebody watches. */
class Ticker {
  readonly tickMs: number;
  readonly #clock: Clock;
  readonly #watchers = new Set<Heartbeat>();
  #timer: Timer | undefined;
  #dueAtMs = 0;

  constructor(clock: Clock, tickMs: number) {
    this.#clock = clock;
    this.tickMs = tickMs;
  }

  has(heartbeat: Heartbeat): boolean {
    return this.#watchers.has(heartbeat);
  }

  add(heartbeat: Heartbeat): void {
    this.#watchers.add(heartbeat);
    if (this.#timer !== undefined) return;
    this.#dueAtMs = this.#clock.nowMs();
    this.#arm();
  }

  remove(heartbeat: Heartbeat): void {
    this.#watchers.delete(heartbeat);
    if (this.#watchers.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Due times lie on a grid, so that lateness does not add up; ticks that a stall swallowed do not come again. */
  #arm(): void {
    const nowMs = this.#clock.nowMs();
    this.#dueAtMs = Math.max(this.#dueAtMs + this.tickMs, nowMs + 1);
    this.#timer?.cancel();
    this.#timer = this.#clock.schedule(this.#dueAtMs - nowMs, () => this.#tick());
  }

  #tick(): void {
    this.#timer = undefined;
    const nowMs = this.#clock.nowMs();
    if (nowMs > this.#dueAtMs + this.tickMs) this.#dueAtMs = nowMs;
    for (const heartbeat of this.#watchers) heartbeat.tick(this.#clock);
    if (this.#watchers.size > 0) this.#arm();
  }
}

const tickers = new WeakMap<Clock, Map<number, Ticker>>();

function tickerFor(clock: Clock, tickMs: number): Ticker {
  let byTick = tickers.get(clock);
  if (byTick === undefined) {
    byTick = new Map();
    tickers.set(clock, byTick);
  }
  let ticker = byTick.get(tickMs);
  if (ticker === undefined) {
    ticker = new Ticker(clock, tickMs);
    byTick.set(tickMs, ticker);
  }
  return ticker;
}

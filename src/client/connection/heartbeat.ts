/**
 * Notices peers that fell silent without closing. All sessions of a clock share one ticker per tick length, so a
 * thousand idle sessions cost one timer. Silence is counted in ticks that really came, not in wall time: when the event
 * loop stalls for seconds, one late tick has passed, and a late timer is no proof of a dead peer.
 *
 * A connection is looked at only when something may be due: messages and answers say by themselves that they came, and the bytes
 * of the socket show the rest. So an idle session costs one look per ping, and not one per tick: what a look costs is the memory of
 * a session that nothing else has touched for seconds.
 */
import { DenseSet } from '../../core/memory/dense-set.js';
import type { Placed } from '../../core/memory/dense-set.js';
import type { Clock, Timer } from '../../ports/clock.js';

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
const NOT_PINGED = -1;

/** Watches one connection until `stop`, or until its peer is lost. */
export class Heartbeat implements Placed {
  place = -1;
  /** For the ticker. */
  stopped = false;
  readonly #connection: Watched;
  readonly #ticker: Ticker;
  /** Ticks of silence until a ping, and from the ping until the peer is lost. */
  readonly #untilPing: number;
  readonly #untilLost: number;
  #heardTick: number;
  #lookedTick: number;
  #pingedTick = NOT_PINGED;
  #receivedBytes: number;
  #nextTick: number;

  constructor(clock: Clock, options: HeartbeatOptions, connection: Watched) {
    this.#ticker = tickerFor(clock, tickMsFor(options));
    const { tickMs, ticks } = this.#ticker;
    // Silence shows at most one tick late, and the ping goes out one tick early: so a peer that falls silent is
    // noticed within intervalMs + timeoutMs, which is what the two options promise together.
    this.#untilPing = Math.max(1, Math.floor(options.intervalMs / tickMs) - 2);
    this.#untilLost = Math.max(1, Math.floor(options.timeoutMs / tickMs));
    this.#connection = connection;
    this.#receivedBytes = connection.receivedBytes;
    this.#heardTick = ticks;
    this.#lookedTick = ticks;
    this.#nextTick = ticks + this.#untilPing;
    this.#ticker.add(this);
  }

  /** The tick of its next look, for the ticker. */
  get nextTick(): number {
    return this.#nextTick;
  }

  /** A message or the answer to a ping came, or reading goes on after a pause. */
  heard(): void {
    // It counts as heard at the tick that follows.
    this.#heardTick = this.#ticker.ticks + 1;
  }

  stop(): void {
    this.#ticker.remove(this);
  }

  /** Its tick has come. For the ticker only, who then asks for the next one. */
  look(): void {
    const { ticks } = this.#ticker;
    const { readingPaused } = this.#connection;
    const lookedTick = this.#lookedTick;
    const bytesCame = this.#bytesCame();
    // Such as a part of a message, the peer's own ping, or an answer of which this transport does not tell.
    const untold = bytesCame && this.#heardTick <= lookedTick;
    this.#lookedTick = ticks;
    this.#nextTick = ticks + 1;
    if (this.#pingedTick !== NOT_PINGED && !bytesCame && !readingPaused) {
      const lost = ticks - this.#pingedTick >= this.#untilLost;
      if (lost) this.#ticker.clock.afterPendingInput(() => this.#judge());
      return;
    }
    this.#pingedTick = NOT_PINGED;
    if (untold || readingPaused) this.#heardTick = ticks;
    // Nobody knows when such bytes came, so they put no ping off.
    const vague = untold && !readingPaused && lookedTick < ticks - 1;
    const quietUntil = this.#heardTick + this.#untilPing;
    if (quietUntil > ticks && !vague) this.#nextTick = quietUntil;
    else this.#ping();
  }

  #ping(): void {
    const { ticks } = this.#ticker;
    this.#pingedTick = ticks;
    // When the answer comes at once, as it does, this look finds the next ping due.
    this.#nextTick = ticks + Math.min(this.#untilPing + 1, this.#untilLost);
    this.#connection.ping();
  }

  /** Whether any came since it was last asked. */
  #bytesCame(): boolean {
    const { receivedBytes } = this.#connection;
    const came = receivedBytes !== this.#receivedBytes;
    this.#receivedBytes = receivedBytes;
    return came;
  }

  #judge(): void {
    if (this.stopped) return;
    if (this.#bytesCame() || this.#connection.readingPaused) {
      this.#pingedTick = NOT_PINGED;
      this.#heardTick = this.#ticker.ticks;
      return;
    }
    this.stop();
    this.#connection.peerLost((this.#ticker.ticks - this.#heardTick) * this.#ticker.tickMs);
  }
}

function tickMsFor({ intervalMs, timeoutMs }: HeartbeatOptions): number {
  const wanted = Math.floor(Math.min(intervalMs, timeoutMs) / TICKS_PER_TIME);
  return Math.min(MAX_TICK_MS, Math.max(MIN_TICK_MS, wanted));
}

/** Counts ticks of `tickMs` and lets each heartbeat look at the one it asked for; one timer, which exists while somebody watches. */
class Ticker {
  readonly tickMs: number;
  readonly clock: Clock;
  /** How many have come. */
  ticks = 0;
  #watching = 0;
  /** Who looks at which tick. */
  readonly #looks = new Map<number, DenseSet<Heartbeat>>();
  #timer: Timer | undefined;
  #dueAtMs = 0;

  constructor(clock: Clock, tickMs: number) {
    this.clock = clock;
    this.tickMs = tickMs;
  }

  add(heartbeat: Heartbeat): void {
    this.#watching += 1;
    this.#enter(heartbeat);
    if (this.#timer !== undefined) return;
    this.#dueAtMs = this.clock.nowMs();
    this.#arm();
  }

  remove(heartbeat: Heartbeat): void {
    if (heartbeat.stopped) return;
    heartbeat.stopped = true;
    this.#looks.get(heartbeat.nextTick)?.delete(heartbeat);
    this.#watching -= 1;
    if (this.#watching > 0) return;
    this.#looks.clear();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #enter(heartbeat: Heartbeat): void {
    const { nextTick } = heartbeat;
    let looking = this.#looks.get(nextTick);
    if (looking === undefined) {
      looking = new DenseSet();
      this.#looks.set(nextTick, looking);
    }
    looking.add(heartbeat);
  }

  /** Due times lie on a grid, so that lateness does not add up; ticks that a stall swallowed do not come again. */
  #arm(): void {
    const nowMs = this.clock.nowMs();
    this.#dueAtMs = Math.max(this.#dueAtMs + this.tickMs, nowMs + 1);
    this.#timer?.cancel();
    this.#timer = this.clock.schedule(this.#dueAtMs - nowMs, () => this.#tick());
  }

  #tick(): void {
    this.#timer = undefined;
    const nowMs = this.clock.nowMs();
    if (nowMs > this.#dueAtMs + this.tickMs) this.#dueAtMs = nowMs;
    this.ticks += 1;
    const looking = this.#looks.get(this.ticks);
    for (const heartbeat of looking?.members() ?? []) {
      if (looking?.delete(heartbeat) !== true) continue;
      heartbeat.look();
      if (!heartbeat.stopped) this.#enter(heartbeat);
    }
    this.#looks.delete(this.ticks);
    if (this.#watching > 0) this.#arm();
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

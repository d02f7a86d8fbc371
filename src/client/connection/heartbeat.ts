/**
 * Notices peers that fell silent without closing. A sign of life is a byte that came, or bytes of ours that the peer took. Silence is
 * counted in ticks that really came, not in wall time: after a stall of the event loop of several seconds only one late tick has passed,
 * and a late timer is no proof of a dead peer.
 *
 * A connection is checked only when something may be due: messages and answers are reported when they come, and the byte counts of the
 * socket show the rest. So an idle session costs one check per ping, not one per tick: a check is expensive because the memory of a
 * session that was idle for seconds is no longer in a cache.
 *
 * While the session speaks, shorter times apply: another ticker then counts, and the count so far is converted to its ticks.
 */
import type { FailureFacts, SilenceBefore } from '../../core/failure/failure-facts.js';
import { answerMember } from '../../core/option/plain-object.js';
import type { Clock } from '../../ports/clock.js';
import type { TransportConnection } from '../../ports/transport.js';
import { tickerFor } from './heartbeat-ticker.js';
import type { Ticker, TickerMember } from './heartbeat-ticker.js';

/** How a silent connection is noticed while the session speaks. */
export interface SpeakingHeartbeatOptions {
  /**
   * Silence after which a ping is sent, milliseconds, 20 to 2³¹−1. At most the time without `speaking`,
   * unless it is given.
   *
   * @default 1_000
   */
  readonly intervalMs: number;
  /**
   * Further silence after which the connection counts as lost, milliseconds, 20 to 2³¹−1. At most the time
   * without `speaking`, unless it is given.
   *
   * @default 2_000
   */
  readonly timeoutMs: number;
}

/** How a silent connection is noticed. */
export interface HeartbeatOptions {
  /**
   * Silence after which a ping is sent, milliseconds, 20 to 2³¹−1.
   * @default 5_000
   */
  readonly intervalMs: number;
  /**
   * Further silence after which the connection counts as lost, milliseconds, 20 to 2³¹−1.
   * @default 5_000
   */
  readonly timeoutMs: number;
  /**
   * The times while an utterance is unfinished, and for 2 s after it; `false`: the same as without speech.
   * Where `intervalMs` or `timeoutMs` is given and above its default, and `speaking` is not given, it is
   * `false`: no connection is given up sooner than the application asked for.
   *
   * @default { intervalMs: 1_000, timeoutMs: 2_000 }
   */
  readonly speaking: Partial<SpeakingHeartbeatOptions> | false;
}

/** The times that apply to one connection. */
export interface HeartbeatTimes extends Pick<HeartbeatOptions, 'intervalMs' | 'timeoutMs'> {
  /** The times while the session speaks; undefined if they are the same. */
  readonly speaking?: SpeakingHeartbeatOptions | undefined;
}

/** The part of a socket that a heartbeat reads. */
export type Watched = Pick<TransportConnection, 'receivedBytes' | 'bufferedBytes' | 'takenBytes' | 'ping'>;

/** The connection that a heartbeat watches. */
export interface HeartbeatOwner {
  /** Nothing came for `silentMs`: the peer counts as gone. Called at most once. */
  peerLost(silentMs: number, pingAnswered: boolean): void;
  /** Whether the session speaks, or did just now. */
  readonly isSpeaking: boolean;
}

/** A tick is this fraction of the shorter of the two times, within the bounds below. */
const TICKS_PER_TIME = 20;
const MIN_TICK_MS = 5;
const MAX_TICK_MS = 250;
const NOT_PINGED = -1;
const NO_BACKLOG = -1;

/** Watches one connection until `stop`, or until its peer is lost. */
export class Heartbeat implements TickerMember {
  index = -1;
  /** Set by the ticker. */
  stopped = false;
  readonly #socket: Watched;
  readonly #owner: HeartbeatOwner;
  readonly #times: HeartbeatTimes;
  #isQuick: boolean;
  #ticker: Ticker;
  /** Ticks of silence until a ping, and from the ping until the peer is lost. */
  #untilPing = 0;
  #untilLost = 0;
  #heardTick: number;
  #lookedTick: number;
  #pingedTick = NOT_PINGED;
  #receivedBytes: number;
  /** How many bytes the peer had taken when bytes of ours were last seen to wait for it. */
  #takenBytes = NO_BACKLOG;
  #nextTick: number;
  #pingAnswered = false;

  constructor(clock: Clock, times: HeartbeatTimes, socket: Watched, owner: HeartbeatOwner) {
    this.#times = times;
    this.#isQuick = times.speaking !== undefined && owner.isSpeaking;
    this.#ticker = this.#setPace(clock);
    const { ticks } = this.#ticker;
    this.#socket = socket;
    this.#owner = owner;
    this.#receivedBytes = socket.receivedBytes;
    this.#heardTick = ticks;
    this.#lookedTick = ticks;
    this.#nextTick = ticks + this.#untilPing;
    this.#ticker.add(this);
  }

  /** The tick of the next check, for the ticker. */
  get nextTick(): number {
    return this.#nextTick;
  }

  get ticker(): Ticker {
    return this.#ticker;
  }

  /** Called when the session begins to speak. */
  quicken(): void {
    if (!this.#isQuick && this.#times.speaking !== undefined && !this.stopped) this.#changePace(true);
  }

  /** Called when a message came. */
  heard(): void {
    // The message counts as received at the following tick.
    this.#heardTick = this.#ticker.ticks + 1;
  }

  /** Called when the answer to a ping came. */
  answered(): void {
    this.#pingAnswered = true;
    this.heard();
  }

  /** The silence so far, for a connection that has just ended. */
  silence(): SilenceBefore {
    const { ticks, tickMs, sinceTickMs } = this.#ticker;
    if (this.#bytesMoved()) {
      this.#pingedTick = NOT_PINGED;
      // The time at which they moved is not known.
      if (this.#heardTick <= this.#lookedTick) this.#heardTick = ticks + 1;
    }
    const silentMs = Math.max(0, (ticks - this.#heardTick + 0.5) * tickMs + sinceTickMs);
    return { silentMs, pingOverdue: this.#pingedTick !== NOT_PINGED, pingAnswered: this.#pingAnswered };
  }

  stop(): void {
    this.#ticker.remove(this);
  }

  /** Called by the ticker; the ticker then reads `nextTick` again. */
  look(): void {
    if (this.#isQuick && !this.#owner.isSpeaking) {
      this.#changePace(false);
      return;
    }
    const { ticks } = this.#ticker;
    const lookedTick = this.#lookedTick;
    const alive = this.#bytesMoved();
    // A sign of life without a message: a part of a message, the peer's own ping, bytes of ours that it took, or an answer that this
    // transport does not report.
    const untold = alive && this.#heardTick <= lookedTick;
    this.#lookedTick = ticks;
    this.#nextTick = ticks + 1;
    if (this.#pingedTick !== NOT_PINGED && !alive) {
      const lost = ticks - this.#pingedTick >= this.#untilLost;
      if (lost) this.#ticker.clock.afterPendingInput(() => this.#judge());
      return;
    }
    // An answer that this transport does not report.
    if (untold && this.#pingedTick !== NOT_PINGED) this.#pingAnswered = true;
    this.#pingedTick = NOT_PINGED;
    if (untold) this.#heardTick = ticks;
    // The time at which such bytes came is not known, so they do not postpone a ping.
    const vague = untold && lookedTick < ticks - 1;
    const quietUntil = this.#heardTick + this.#untilPing;
    if (quietUntil > ticks && !vague) this.#nextTick = quietUntil;
    else this.#ping();
  }

  /** The ticker for the times that apply now. */
  #setPace(clock: Clock): Ticker {
    const { intervalMs, timeoutMs } = (this.#isQuick ? this.#times.speaking : undefined) ?? this.#times;
    const tickMs = tickMsFor(Math.min(intervalMs, timeoutMs));
    // Silence shows at most one tick late, and the ping goes out one tick early: so a peer that falls silent is
    // noticed within intervalMs + timeoutMs, which is what the two options promise together.
    this.#untilPing = Math.max(1, Math.floor(intervalMs / tickMs) - 2);
    this.#untilLost = Math.max(1, Math.floor(timeoutMs / tickMs));
    return tickerFor(clock, tickMs);
  }

  /** Continues the silence, and the wait for an answer, in the ticks of the other ticker. */
  #changePace(isQuick: boolean): void {
    const from = this.#ticker;
    from.remove(this);
    this.#isQuick = isQuick;
    const to = this.#setPace(from.clock);
    const convert = (tick: number): number => {
      const elapsedMs = (from.ticks - tick + 0.5) * from.tickMs + from.sinceTickMs;
      return to.ticks - Math.max(-1, Math.round(elapsedMs / to.tickMs - 0.5));
    };
    this.#heardTick = convert(this.#heardTick);
    this.#lookedTick = convert(this.#lookedTick);
    const isPinged = this.#pingedTick !== NOT_PINGED;
    if (isPinged) this.#pingedTick = convert(this.#pingedTick);
    this.#nextTick = Math.max(to.ticks + 1, isPinged ? 0 : this.#heardTick + this.#untilPing);
    this.#ticker = to;
    to.add(this);
  }

  #ping(): void {
    const { ticks } = this.#ticker;
    this.#pingedTick = ticks;
    // If the answer comes at once, as it usually does, the next ping is due at this check.
    this.#nextTick = ticks + Math.min(this.#untilPing + 1, this.#untilLost);
    this.#socket.ping?.();
    this.#noteBacklog();
  }

  /** Whether bytes came, or the peer took some of ours, since the previous call. */
  #bytesMoved(): boolean {
    const { receivedBytes } = this.#socket;
    const came = receivedBytes !== this.#receivedBytes;
    this.#receivedBytes = receivedBytes;
    const taken = this.#takenBytes !== NO_BACKLOG && this.#socket.takenBytes !== this.#takenBytes;
    this.#noteBacklog();
    return came || taken;
  }

  /**
   * The system takes bytes into a buffer of its own, also for a peer that is gone. Only when this buffer is full, so that bytes wait in
   * front of it, does the system have to send some before it takes more.
   */
  #noteBacklog(): void {
    const { bufferedBytes } = this.#socket;
    this.#takenBytes = bufferedBytes > 0 ? (this.#socket.takenBytes ?? NO_BACKLOG) : NO_BACKLOG;
  }

  #judge(): void {
    if (this.stopped) return;
    if (this.#bytesMoved()) {
      this.#pingedTick = NOT_PINGED;
      this.#heardTick = this.#ticker.ticks;
      return;
    }
    this.stop();
    const silentMs = (this.#ticker.ticks - this.#heardTick) * this.#ticker.tickMs;
    this.#owner.peerLost(silentMs, this.#pingAnswered);
  }
}

function tickMsFor(shorterMs: number): number {
  const wanted = Math.floor(shorterMs / TICKS_PER_TIME);
  return Math.min(MAX_TICK_MS, Math.max(MIN_TICK_MS, wanted));
}

/** Codes for a connection that the system itself gave up after a long time without an answer. */
const GIVEN_UP_BY_SYSTEM: readonly unknown[] = ['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'];
const BROKEN = 1006;

/**
 * When the peer last showed a sign of life: `nowMs` if the end is such a sign itself (a message or a close frame came, or the TCP
 * connection ended while no ping waited for its answer). Otherwise, and if this side ended the connection, the latest sign before the
 * end.
 */
export function lastSignOfLifeMs(
  facts: FailureFacts | undefined,
  { silentMs, pingOverdue }: SilenceBefore,
  nowMs: number,
): number {
  return endIsSign(facts, pingOverdue) ? nowMs : nowMs - silentMs;
}

function endIsSign(facts: FailureFacts | undefined, pingOverdue: boolean): boolean {
  if (facts === undefined || facts.kind === 'heartbeatMissed') return false;
  if (facts.kind !== 'socketClosed' || facts.closeCode !== BROKEN) return true;
  return !pingOverdue && !GIVEN_UP_BY_SYSTEM.includes(codeOf(facts.cause));
}

function codeOf(cause: unknown): unknown {
  return answerMember(cause, 'code');
}

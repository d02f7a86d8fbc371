/**
 * The outages of one session, counted from outside: from its events and their times, from when its sockets
 * last received something, and with the numbers that the application configured. These are the same counts as
 * in the product, computed independently.
 */
import type { RetryPolicy, SpeakingHeartbeatOptions } from '../../../src/index.js';
import type { Actor } from '../application/actor.js';
import type { Entry, Emitted } from '../world/chronicle.js';
import type { World } from '../world/world.js';

/** Sums of times have rounding errors. */
const ROUNDING_MS = 0.001;

type SocketEnd = Pick<
  Extract<Entry, { readonly kind: 'socketGone' }>,
  'lastHeardAtMs' | 'lastSignOfLifeAtMs'
>;
const NOTHING_KNOWN: SocketEnd = { lastHeardAtMs: -Infinity, lastSignOfLifeAtMs: Infinity };

export class OutageBook {
  attempts = 0;
  startedAtMs = 0;
  /** The longest time since the start of the outage in which a working connection existed. */
  workedMs = 0;
  lostAtMs = 0;
  readonly #policy: RetryPolicy;
  /**
   * A heartbeat counts in ticks, and takes the middle of a tick as the time of a sign of life. So the error
   * is half a tick.
   */
  readonly #halfTickMs: number;
  /** The delay with which the heartbeat may detect bytes that the transport did not report. */
  readonly #untoldMs: number;
  #hasBegun = false;
  #confirmedAtMs = 0;
  #inRuntime = false;
  #lostConnection = false;
  /** What the session's socket had received when it ended; undefined while it is open. */
  #socketEnd: SocketEnd | undefined;
  /** Whether the heartbeat ended the latest connection. */
  #wasSilent = false;
  /**
   * Whether there was a decision since the last loss. Without one, the connection was replaced on purpose.
   */
  #decided = false;
  /**
   * Whether the lost connection was stable is not observable from outside. The session's next event shows it.
   */
  #undecided: { readonly lostAtMs: number; readonly livedMs: number } | undefined;

  readonly #time: Pick<World['time'], 'stalledMs'>;
  #stalledBeforeMs = 0;

  constructor({ policy, options }: Actor, time: Pick<World['time'], 'stalledMs'>) {
    const { heartbeat } = options.traits;
    this.#policy = policy;
    this.#halfTickMs = heartbeat === false ? 0 : tickMsOf(heartbeat) / 2 + ROUNDING_MS;
    this.#untoldMs = heartbeat === false ? 0 : heartbeat.intervalMs;
    this.#time = time;
  }

  get inRuntime(): boolean {
    return this.#inRuntime;
  }

  /** The least time up to `atMs` without a working connection. */
  elapsedMs(atMs: number): number {
    return atMs - this.startedAtMs - this.workedMs;
  }

  read(entry: Entry): void {
    if (entry.kind === 'socketLeft' || entry.kind === 'socketGone') {
      this.#socketEnd ??= entry;
    }
    if (entry.kind === 'emitted') this.#emitted(entry, entry.atMs);
  }

  #emitted(emitted: Emitted, atMs: number): void {
    if (emitted.name === 'error' && emitted.payload.step === 'heartbeat') this.#wasSilent = true;
    if (emitted.name === 'retry' && !this.#inRuntime) {
      // The gate makes no decision: a dial that it delays was started on purpose, or after a decision.
      if (emitted.payload.source === 'gate') this.#begunOnPurpose(atMs);
      else {
        this.#decided = true;
        this.#settle(emitted.payload.attempt === 1);
      }
    }
    if (emitted.name !== 'state') return;
    const { from, to } = emitted.payload;
    if (!this.#hasBegun && from === 'idle') {
      this.#hasBegun = true;
      this.#decided = true;
      this.startedAtMs = atMs;
    }
    if (from === 'websocket_runtime') this.#lost(atMs);
    if (to === 'session_token') this.#dialled(atMs);
    if (to === 'websocket_runtime') {
      this.#inRuntime = true;
      this.#confirmedAtMs = atMs;
      this.#socketEnd = undefined;
      this.#wasSilent = false;
      this.#stalledBeforeMs = this.#time.stalledMs;
    }
  }

  #lost(atMs: number): void {
    this.#inRuntime = false;
    this.#decided = false;
    this.lostAtMs = atMs;
    const { stableAfterMs } = this.#policy;
    const [leastMs, mostMs] = this.#livedMs(atMs);
    this.#undecided = undefined;
    if (mostMs < stableAfterMs) this.#wentOn(atMs, mostMs);
    else if (leastMs >= stableAfterMs) this.#begin(atMs);
    else this.#undecided = { lostAtMs: atMs, livedMs: mostMs };
  }

  /** How long the connection worked: lower and upper bound. */
  #livedMs(atMs: number): readonly [leastMs: number, mostMs: number] {
    const upMs = atMs - this.#confirmedAtMs;
    const { lastHeardAtMs, lastSignOfLifeAtMs } = this.#socketEnd ?? NOTHING_KNOWN;
    const heardMs = lastHeardAtMs - this.#confirmedAtMs - this.#halfTickMs;
    // Ticks during a stall of the event loop do not count as silence.
    const stalledMs = this.#time.stalledMs - this.#stalledBeforeMs;
    const signMs = lastSignOfLifeAtMs - this.#confirmedAtMs + this.#halfTickMs + this.#untoldMs + stalledMs;
    // If no ping was unanswered at the break, the silence can't be measured.
    return [Math.min(heardMs, upMs), this.#wasSilent ? Math.min(signMs, upMs) : upMs];
  }

  #settle(asNewOutage: boolean): void {
    const undecided = this.#undecided;
    if (undecided === undefined) return;
    this.#undecided = undefined;
    if (asNewOutage) this.#begin(undecided.lostAtMs);
    else this.#wentOn(undecided.lostAtMs, undecided.livedMs);
  }

  #wentOn(atMs: number, livedMs: number): void {
    // A connection that was established at the first attempt does not count as an outage until it is lost.
    if (this.attempts <= 1 && !this.#lostConnection) {
      this.startedAtMs = atMs;
      this.workedMs = 0;
    } else this.workedMs += Math.max(livedMs, 0);
    this.#lostConnection = true;
  }

  #begin(atMs: number): void {
    this.attempts = 0;
    this.startedAtMs = atMs;
    this.workedMs = 0;
    this.#lostConnection = true;
  }

  #dialled(atMs: number): void {
    this.#begunOnPurpose(atMs);
    this.attempts += 1;
  }

  /** Except if there was a decision since the loss: then it is an ordinary outage. */
  #begunOnPurpose(atMs: number): void {
    if (this.#decided) return;
    this.#decided = true;
    this.#undecided = undefined;
    this.#begin(atMs);
    this.#lostConnection = false;
  }
}

/**
 * The same formula as in `heartbeat.ts`, defined again: a twentieth of the shorter time, from 5 to 250 ms.
 */
export function tickMsOf({ intervalMs, timeoutMs }: SpeakingHeartbeatOptions): number {
  return Math.min(250, Math.max(5, Math.floor(Math.min(intervalMs, timeoutMs) / 20)));
}

/** The highest number of attempts that any rule of the policy allows. */
export function mostAttempts({ rules, maxAttempts }: RetryPolicy): number {
  return Math.max(maxAttempts, ...Object.values(rules).map((rule) => rule.maxAttempts ?? 0));
}

/**
 * The outages of one session, counted from outside: by its events and their times, by when its sockets last
 * received something, and with the numbers that the application configured. The same counts as the product's,
 * computed independently.
 */
import type { RetryPolicy, SpeakingHeartbeatOptions } from '../../../src/index.js';
import type { Actor } from '../application/actor.js';
import type { Entry, Emitted } from '../world/chronicle.js';
import type { World } from '../world/world.js';

/** Sums of times are not exact to the last bit. */
const ROUNDING_MS = 0.001;

type SocketEnd = Pick<
  Extract<Entry, { readonly kind: 'socketGone' }>,
  'lastHeardAtMs' | 'lastSignOfLifeAtMs'
>;
const NOTHING_KNOWN: SocketEnd = { lastHeardAtMs: -Infinity, lastSignOfLifeAtMs: Infinity };

export class OutageBook {
  attempts = 0;
  startedAtMs = 0;
  /** How much of the time since then there was a connection that lived, at most. */
  workedMs = 0;
  lostAtMs = 0;
  readonly #policy: RetryPolicy;
  /** A heartbeat counts in ticks, and takes the middle of one for the time of a sign of life: half a tick is the error. */
  readonly #halfTickMs: number;
  /** How late the heartbeat may detect bytes that the transport did not report. */
  readonly #untoldMs: number;
  #hasBegun = false;
  #confirmedAtMs = 0;
  #inRuntime = false;
  #lostConnection = false;
  /** What the session's socket had heard when it ended; undefined while it is open. */
  #socketEnd: SocketEnd | undefined;
  /** The heartbeat ended the latest connection. */
  #wasSilent = false;
  /** Whether something was decided since the last loss; without that the connection was replaced on purpose. */
  #decided = false;
  /**
   * Whether the lost connection was stable can't be observed from outside: the session's next event decides.
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

  /** Time without a connection that lived, up to `atMs`, at least. */
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
      // The gate decides nothing: a dial that it delays was begun on purpose, or after a decision.
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

  /** How long the connection lived, at least and at most. */
  #livedMs(atMs: number): readonly [leastMs: number, mostMs: number] {
    const upMs = atMs - this.#confirmedAtMs;
    const { lastHeardAtMs, lastSignOfLifeAtMs } = this.#socketEnd ?? NOTHING_KNOWN;
    const heardMs = lastHeardAtMs - this.#confirmedAtMs - this.#halfTickMs;
    // Ticks that a stall of the event loop swallowed were no silence.
    const stalledMs = this.#time.stalledMs - this.#stalledBeforeMs;
    const signMs = lastSignOfLifeAtMs - this.#confirmedAtMs + this.#halfTickMs + this.#untoldMs + stalledMs;
    // When no ping waited for its answer at the break, the silence can't be measured.
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
    // What the session got at once is no trouble until it is lost.
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

  /** Unless something was decided since the loss: then it is an outage like any other. */
  #begunOnPurpose(atMs: number): void {
    if (this.#decided) return;
    this.#decided = true;
    this.#undecided = undefined;
    this.#begin(atMs);
    this.#lostConnection = false;
  }
}

/** As `heartbeat.ts` has it, said again: a twentieth of the shorter time, from 5 to 250 ms. */
export function tickMsOf({ intervalMs, timeoutMs }: SpeakingHeartbeatOptions): number {
  return Math.min(250, Math.max(5, Math.floor(Math.min(intervalMs, timeoutMs) / 20)));
}

/** The most that any rule of the policy allows. */
export function mostAttempts({ rules, maxAttempts }: RetryPolicy): number {
  return Math.max(maxAttempts, ...Object.values(rules).map((rule) => rule.maxAttempts ?? 0));
}

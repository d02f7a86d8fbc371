/**
 * The interfaces of a strategy in the simulator: when one session dials again, and the state that the sessions of one process share. The
 * simulator uses strategies only through these interfaces. One of them is the product: the production code that decides (`decide`, the
 * outage's history, the connect gate); nothing of it is modelled, only facts are translated.
 */
import { DialLine } from '../core/fleet/dial-line.js';
import type { LineAsker } from '../core/fleet/dial-line.js';
import { ConnectGate } from '../core/gate/connect-gate.js';
import { decide } from '../core/policy/decide.js';
import type { DecidableFailure } from '../core/policy/decide.js';
import type { GateTicket } from '../core/gate/gate-ticket.js';
import {
  dialLeftMs,
  stepLimitMs,
  attemptStarted,
  beginOutage,
  connectionLost,
  latestAttempt,
} from '../core/policy/outage.js';
import type { RetryPolicy } from '../core/policy/rule.js';

/** How a simulated dial failed; `retryAfterMs` is the service's hint, if the model has hints. */
export interface DialEnd {
  readonly kind: 'refused' | 'timedOut';
  readonly retryAfterMs?: number;
}

/** One session's own delays. Each answer is in milliseconds; undefined means that the session ends. */
export interface Redial {
  /** A connection that lasted `upMs` was lost; `isLone`: the gate's answer for this loss. */
  lost(nowMs: number, upMs: number, isLone: boolean): number | undefined;
  /** A dial begins. */
  dialled(nowMs: number): void;
  failed(nowMs: number, end: DialEnd): number | undefined;
  /** How long the running dial may take, milliseconds. Absent: `connectTimeoutMs`. */
  dialLimitMs?(connectTimeoutMs: number, nowMs: number): number;
}

/** State that the sessions of one process share. */
export interface DiallingProcess {
  readonly gate: DialGate;
  session(): Redial;
}

export interface StormStrategy {
  readonly name: string;
  /** The documentation of the delays; shown next to the figures. */
  readonly source: string;
  process(random: () => number): DiallingProcess;
}

/**
 * The wait of a dial: none, or a line. Sessions are represented by numbers. The simulator calls `admit` after every event and at
 * `wakeAtMs`.
 */
interface DialGate {
  join(session: number, nowMs: number): void;
  /** The sessions that may dial now. */
  admit(nowMs: number): readonly number[];
  succeeded(session: number, nowMs: number): void;
  failed(session: number, end: DialEnd, nowMs: number): void;
  /** Returns whether it is the only loss in the process within the last second. */
  connectionLost(nowMs: number): boolean;
  /** When to call `admit` again at the latest; undefined: only after another event. */
  readonly wakeAtMs: number | undefined;
}

/** At most `limit` dials in flight, first come, first served, without adaptation; Infinity: no limit. */
export function createLimitGate(limit: number): DialGate {
  let line: number[] = [];
  let inFlight = 0;
  return {
    wakeAtMs: undefined,
    join: (session) => void line.push(session),
    admit: () => {
      const free = limit - inFlight;
      if (line.length === 0 || free <= 0) return NONE;
      const admitted = free >= line.length ? line : line.slice(0, free);
      line = admitted === line ? [] : line.slice(free);
      inFlight += admitted.length;
      return admitted;
    },
    succeeded: () => void (inFlight -= 1),
    failed: () => void (inFlight -= 1),
    connectionLost: () => false,
  };
}

const NONE: readonly number[] = [];

export const OWN_NAME = 'avatarkit-session';

const LOSS: DecidableFailure = { code: 'connectionClosed', phase: 'websocket_runtime', permanent: false };

/** The given policy and the default gate, one per process as in production. */
export function ownStrategy(policy: RetryPolicy, name = OWN_NAME): StormStrategy {
  return {
    name,
    source: 'this package: decide() and the shared connect gate',
    process: (random) => {
      const gate = new ConnectGate<number>();
      return {
        gate: createOwnGate(gate, random),
        session: () => {
          gate.register();
          return createOwnRedial(policy, random);
        },
      };
    },
  };
}

/**
 * State that all processes of one storm share: the line of a coordinator, with its production rules; a request to it takes no time here.
 */
interface Fleet {
  readonly line: DialLine;
  workers: number;
}

/** Like `ownStrategy`, with a coordinator that is configured with the dials per second of the service. */
export function fleetStrategy(policy: RetryPolicy, dialsPerSecond: number, name = OWN_NAME): StormStrategy {
  // Each storm has a random source of its own, and so a fleet of its own.
  const fleets = new WeakMap<() => number, Fleet>();
  const own = ownStrategy(policy, name);
  return {
    name,
    source: 'this package: decide(), the shared connect gate, and a coordinator',
    process: (random) => {
      const line = (): DialLine => new DialLine({ intervalMs: 1_000 / dialsPerSecond, claimMs: 15_000 });
      const fleet = fleets.get(random) ?? { line: line(), workers: 0 };
      fleets.set(random, fleet);
      fleet.workers += 1;
      const inner = own.process(random);
      const gate = createFleetGate(inner.gate, fleet, `${fleet.workers}`, random);
      return { gate, session: () => inner.session() };
    },
  };
}

/** The gate of the process first, then the line of the fleet, as in production. */
function createFleetGate(gate: DialGate, fleet: Fleet, worker: string, random: () => number): DialGate {
  const { line } = fleet;
  /** For each session that waits for its turn in the fleet: when it asks next, and the place that is kept for it. */
  const waiting = new Map<number, { askAtMs: number; slotMs: number | undefined }>();
  const askerOf = (session: number): LineAsker => ({
    sessionId: `${worker}|${session}`,
    worker,
    workers: fleet.workers,
  });
  const mayDial = (session: number, slotMs: number | undefined, nowMs: number): boolean => {
    const answer = line.ask(askerOf(session), '', slotMs, nowMs);
    if (answer.cause === undefined) return true;
    const askAtMs = nowMs + answer.waitMs + answer.spreadMs * random();
    waiting.set(session, { askAtMs, slotMs: answer.slotMs });
    return false;
  };
  return {
    get wakeAtMs() {
      let wakeAtMs = gate.wakeAtMs ?? Infinity;
      for (const { askAtMs } of waiting.values()) wakeAtMs = Math.min(wakeAtMs, askAtMs);
      return wakeAtMs === Infinity ? undefined : wakeAtMs;
    },
    join: (session, nowMs) => gate.join(session, nowMs),
    admit: (nowMs) => {
      const admitted = gate.admit(nowMs).filter((session) => mayDial(session, undefined, nowMs));
      for (const [session, { askAtMs, slotMs }] of [...waiting]) {
        if (askAtMs > nowMs) continue;
        waiting.delete(session);
        if (mayDial(session, slotMs, nowMs)) admitted.push(session);
      }
      return admitted;
    },
    succeeded: (session, nowMs) => {
      line.answered();
      gate.succeeded(session, nowMs);
    },
    failed: (session, end, nowMs) => {
      line.unreachable(askerOf(session), nowMs);
      if (end.retryAfterMs !== undefined) line.hinted(undefined, nowMs + end.retryAfterMs);
      gate.failed(session, end, nowMs);
    },
    connectionLost: (nowMs) => gate.connectionLost(nowMs),
  };
}

function createOwnRedial(policy: RetryPolicy, random: () => number): Redial {
  let outage = beginOutage(0);
  let latest: DecidableFailure['code'] = LOSS.code;
  const decided = (failure: DecidableFailure, nowMs: number): number | undefined => {
    const decision = decide(policy, outage, failure, nowMs, random);
    return decision.action === 'retry' ? decision.delayMs : undefined;
  };
  return {
    lost(nowMs, upMs, isLone) {
      const { stableAfterMs } = policy;
      outage = connectionLost(outage, { confirmedAtMs: nowMs - upMs, nowMs, stableAfterMs });
      return decided({ ...LOSS, isLone }, nowMs);
    },
    dialled(nowMs) {
      outage = attemptStarted(outage, nowMs);
    },
    failed(nowMs, end) {
      const failure = dialFailure(end);
      latest = failure.code;
      return decided(failure, nowMs);
    },
    // In this model a dial is one step.
    dialLimitMs: (connectTimeoutMs, nowMs) =>
      Math.min(
        stepLimitMs(policy, latestAttempt(outage), connectTimeoutMs),
        dialLeftMs(policy, outage, latest, nowMs),
      ),
  };
}

function createOwnGate(gate: ConnectGate<number>, random: () => number): DialGate {
  // Tickets by session; undefined while the session does not dial. An array, because a storm with one session per process has ten
  // thousand of these.
  const dialling: (GateTicket<number> | undefined)[] = [];
  const ended = (session: number): GateTicket<number> => {
    const ticket = dialling[session];
    if (ticket === undefined) throw new Error(`session ${session} ended a dial that it had not begun`);
    dialling[session] = undefined;
    return ticket;
  };
  return {
    get wakeAtMs() {
      return gate.wakeAtMs;
    },
    join: (session, nowMs) => void gate.join(session, nowMs),
    admit: (nowMs) =>
      gate.admit(nowMs, random).map((ticket) => {
        dialling[ticket.waiter] = ticket;
        return ticket.waiter;
      }),
    succeeded: (session, nowMs) => gate.succeeded(ended(session), nowMs),
    failed: (session, end, nowMs) => gate.failed(ended(session), dialFailure(end), nowMs, random),
    connectionLost: (nowMs) => gate.connectionLost(LOSS, nowMs),
  };
}

/** A refusal is an upgrade that is answered with 503; a time-out is a dial without an answer. */
function dialFailure({ kind, retryAfterMs }: DialEnd): DecidableFailure {
  return {
    code: kind === 'refused' ? 'upstreamError' : 'connectionFailed',
    phase: 'websocket_connect',
    permanent: false,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

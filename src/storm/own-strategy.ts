/**
 * The product in the simulator: the code that decides in production (`decide`, the outage's history, the connect gate)
 * behind the simulator's interfaces. Nothing is modelled here; only facts are translated.
 */
import { ConnectGate } from '../core/policy/connect-gate.js';
import { decide } from '../core/policy/decide.js';
import type { DecidableFailure } from '../core/policy/decide.js';
import type { GateTicket } from '../core/policy/gate-ticket.js';
import { attemptStarted, beginOutage, connectionLost, latestAttempt } from '../core/policy/outage.js';
import { dialLeftMs, stepLimitMs } from '../core/policy/outage-end.js';
import type { RetryPolicy } from '../core/policy/rule.js';
import type { DialEnd, DialGate, Redial, StormStrategy } from './redial.js';

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

function createOwnRedial(policy: RetryPolicy, random: () => number): Redial {
  let outage = beginOutage(0);
  let latest: DecidableFailure['code'] = LOSS.code;
  const decided = (failure: DecidableFailure, nowMs: number): number | undefined => {
    const decision = decide(policy, outage, failure, nowMs, random);
    return decision.action === 'retry' ? decision.delayMs : undefined;
  };
  return {
    lost(nowMs, upMs) {
      const { stableAfterMs } = policy;
      outage = connectionLost(outage, { confirmedAtMs: nowMs - upMs, nowMs, stableAfterMs });
      return decided(LOSS, nowMs);
    },
    dialled(nowMs) {
      outage = attemptStarted(outage, nowMs);
    },
    failed(nowMs, end) {
      const failure = dialFailure(end);
      latest = failure.code;
      return decided(failure, nowMs);
    },
    // A dial is one step here.
    dialLimitMs: (connectTimeoutMs, nowMs) =>
      Math.min(
        stepLimitMs(policy, latestAttempt(outage), connectTimeoutMs),
        dialLeftMs(policy, outage, latest, nowMs),
      ),
  };
}

function createOwnGate(gate: ConnectGate<number>, random: () => number): DialGate {
  // By session; those who don't dial have none. An array, because a storm of lone sessions has ten thousand of these.
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

/** A refusal is an upgrade answered with 503; a time-out is a dial that nobody answered. */
function dialFailure({ kind, retryAfterMs }: DialEnd): DecidableFailure {
  return {
    code: kind === 'refused' ? 'upstreamError' : 'connectionFailed',
    phase: 'websocket_connect',
    permanent: false,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** The shared connect gate, event by event: which sessions may dial, and the time of the next check. */
import { describe, expect, it } from 'vitest';
import { ConnectGate } from '../../../src/core/gate/connect-gate.js';
import type { DecidableFailure } from '../../../src/core/policy/decide.js';
import { DEFAULT_GATE_NUMBERS } from '../../../src/core/gate/gate-health.js';
import type { GateTicket } from '../../../src/core/gate/gate-ticket.js';
import { LOSS, UNREACHABLE, half } from './gate-situations.js';

function crowd(gate: ConnectGate<number>, count: number, nowMs = 0): GateTicket<number>[] {
  return Array.from({ length: count }, (_, waiter) => gate.join(waiter, nowMs));
}
const waiters = (tickets: readonly GateTicket<number>[]): number[] => tickets.map(({ waiter }) => waiter);

/** A gate whose endpoint is down since `nowMs`, with an empty queue. */
function downGate(nowMs: number): ConnectGate<number> {
  const gate = new ConnectGate<number>();
  gate.connectionLost(LOSS, nowMs);
  const ticket = gate.join(-1, nowMs);
  gate.admit(nowMs, half);
  gate.failed(ticket, UNREACHABLE, nowMs, half);
  return gate;
}

describe('a healthy endpoint', () => {
  it('lets 500 sessions dial at once, without a timer', () => {
    const gate = new ConnectGate<number>();
    crowd(gate, 500);
    expect(gate.admit(0, half)).toHaveLength(500);
    expect(gate.wakeAtMs).toBeUndefined();
    expect(gate.status).toEqual({ level: 'healthy', waiting: 0, inFlight: 500, limit: Infinity });
  });

  it('stays healthy after successes and refusals', () => {
    const gate = new ConnectGate<number>();
    const [first, second] = crowd(gate, 2);
    gate.admit(0, half);
    if (first) gate.succeeded(first, 50);
    if (second) gate.failed(second, { ...UNREACHABLE, code: 'avatarNotFound' }, 50, half);
    expect(gate.status).toEqual({ level: 'healthy', waiting: 0, inFlight: 0, limit: Infinity });
  });
});

describe('after a failure', () => {
  it('at most 2 dials are in flight', () => {
    const gate = new ConnectGate<number>();
    const [ticket] = crowd(gate, 1);
    gate.admit(0, half);
    if (ticket) gate.failed(ticket, UNREACHABLE, 10, half);
    crowd(gate, 5, 10);
    expect(waiters(gate.admit(10, half))).toEqual([0, 1]);
    expect(gate.admit(1_000_000, half)).toEqual([]);
    expect(gate.wakeAtMs).toBeUndefined();
  });

  it('a lost connection has the same effect, before any dial has failed', () => {
    const gate = new ConnectGate<number>();
    gate.connectionLost(LOSS, 0);
    crowd(gate, 5);
    expect(gate.admit(0, half)).toHaveLength(2);
  });

  it.each(['idleTimeout', 'sessionDurationExceeded', 'creditsExhausted'] as const)(
    'a connection that ended with %s has no effect',
    (code) => {
      const gate = new ConnectGate<number>();
      gate.connectionLost({ code }, 0);
      expect(gate.status.level).toBe('healthy');
    },
  );

  it('dials that were in flight at the same time can fail, and the endpoint is not down', () => {
    const gate = new ConnectGate<number>();
    const tickets = crowd(gate, 500);
    gate.admit(0, half);
    for (const ticket of tickets) gate.failed(ticket, UNREACHABLE, 10, half);
    expect(gate.status).toMatchObject({ level: 'recovering', inFlight: 0, limit: 2 });
  });

  it.each([0, 1_000_000])('each quick success raises the limit by one, a slow one does not (at %i)', (t) => {
    const gate = new ConnectGate<number>();
    gate.connectionLost(LOSS, t);
    const [first, second, third] = crowd(gate, 9, t);
    gate.admit(t, half);
    if (first) gate.succeeded(first, t + 40);
    expect(gate.status.limit).toBe(3);
    gate.admit(t + 100, half);
    if (second) gate.succeeded(second, t + 290);
    expect(gate.status).toMatchObject({ inFlight: 2, limit: 4 });
    gate.admit(t + 290, half);
    // It took 291 ms, more than 250 ms longer than the fastest dial, so it counts as slow.
    if (third) gate.succeeded(third, t + 391);
    expect(gate.status.limit).toBe(4);
    // Only the duration of a dial counts, not the time at which it begins.
    const [late] = gate.admit(t + 1_000, half);
    if (late) gate.succeeded(late, t + 1_040);
    expect(gate.status.limit).toBe(5);
  });

  it('the limit does not grow while it is not reached', () => {
    const gate = new ConnectGate<number>();
    gate.connectionLost(LOSS, 0);
    const [only] = crowd(gate, 1);
    gate.admit(0, half);
    if (only) gate.succeeded(only, 10);
    expect(gate.status.limit).toBe(2);
  });

  it('another failure halves the limit, once for all dials that were in flight at the same time', () => {
    const gate = new ConnectGate<number>({ ...DEFAULT_GATE_NUMBERS, paceIntervalMs: 0 });
    gate.connectionLost(LOSS, 0);
    crowd(gate, 100);
    const dialling: GateTicket<number>[] = [];
    for (let served = 0; served < 7; served += 1) {
      dialling.push(...gate.admit(0, half));
      const done = dialling.shift();
      if (done) gate.succeeded(done, 0);
    }
    expect(gate.status.limit).toBe(9);
    dialling.push(...gate.admit(0, half));
    const [failing, sibling, ...others] = dialling;
    if (failing) gate.failed(failing, UNREACHABLE, 10, half);
    expect(gate.status).toMatchObject({ level: 'recovering', limit: 4 });
    // This dial began before the failure was reported, so its failure does not count as a second one.
    if (sibling) gate.failed(sibling, UNREACHABLE, 11, half);
    expect(gate.status).toMatchObject({ level: 'recovering', limit: 4, inFlight: others.length });
  });

  it('the limit never falls below 2', () => {
    const gate = new ConnectGate<number>({ ...DEFAULT_GATE_NUMBERS, failuresUntilDown: 9 });
    gate.connectionLost(LOSS, 0);
    const [first] = crowd(gate, 5);
    gate.admit(0, half);
    if (first) gate.failed(first, UNREACHABLE, 1, half);
    expect(gate.status).toMatchObject({ level: 'recovering', limit: 2 });
  });

  it('a refusal between two failures prevents the state down', () => {
    const gate = new ConnectGate<number>();
    const dial = (failure: DecidableFailure, nowMs: number): void => {
      const ticket = gate.join(0, nowMs);
      gate.admit(nowMs, half);
      gate.failed(ticket, failure, nowMs, half);
    };
    dial(UNREACHABLE, 0);
    dial({ ...UNREACHABLE, code: 'avatarNotFound' }, 100);
    dial(UNREACHABLE, 200);
    expect(gate.status.level).toBe('recovering');
    dial(UNREACHABLE, 300);
    expect(gate.status.level).toBe('down');
  });

  it('is cleared 30 s later when no session waits', () => {
    const gate = downGate(0);
    const early = gate.join(1, 29_999);
    expect(gate.status.level).toBe('down');
    gate.leave(early, 29_999);
    gate.join(2, 30_000);
    expect(gate.status.level).toBe('healthy');
  });
});

describe('while dials keep failing', () => {
  it('one probe per period is admitted, and the period grows to its cap', () => {
    const gate = downGate(0);
    crowd(gate, 20);
    const probes: number[] = [];
    for (let nowMs = gate.wakeAtMs ?? 0; probes.length < 8; nowMs = gate.wakeAtMs ?? Infinity) {
      const admitted = gate.admit(nowMs, half);
      expect(admitted).toHaveLength(1);
      probes.push(nowMs);
      for (const ticket of admitted) gate.failed(ticket, UNREACHABLE, nowMs, half);
    }
    expect(probes).toEqual([250, 750, 1_750, 3_250, 4_750, 6_250, 7_750, 9_250]);
  });

  it('a probe that hangs does not block the next one, and there are at most two', () => {
    const gate = downGate(0);
    crowd(gate, 5);
    expect(waiters(gate.admit(250, half))).toEqual([0]);
    expect(waiters(gate.admit(750, half))).toEqual([1]);
    expect(gate.admit(60_000, half)).toEqual([]);
    expect(gate.wakeAtMs).toBeUndefined();
  });

  it('after the first success the other sessions are admitted at the pace', () => {
    const gate = downGate(0);
    crowd(gate, 5);
    const [probe] = gate.admit(250, half);
    if (probe) gate.succeeded(probe, 260);
    expect(gate.status.level).toBe('recovering');
    expect(waiters(gate.admit(260, half))).toEqual([1, 2]);
  });

  it('a session that is refused by the service proves that the service is up', () => {
    const gate = downGate(0);
    crowd(gate, 5);
    const [probe] = gate.admit(250, half);
    if (probe) gate.failed(probe, { ...UNREACHABLE, code: 'sessionTokenInvalid' }, 260, half);
    expect(gate.status).toMatchObject({ level: 'recovering', limit: 2 });
  });

  it('after a probe without a result the next session makes a probe at once', () => {
    const gate = downGate(0);
    crowd(gate, 5);
    const [probe] = gate.admit(250, half);
    if (probe) gate.failed(probe, { ...UNREACHABLE, code: 'unknown' }, 260, half);
    expect(gate.status.level).toBe('down');
    expect(waiters(gate.admit(260, half))).toEqual([1]);
  });
});

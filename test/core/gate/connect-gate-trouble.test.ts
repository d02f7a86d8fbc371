/**
 * The connect gate after failures of its endpoint: which results count as evidence, which are ignored, and when
 * the gate forgets the failures.
 */
import { describe, expect, it } from 'vitest';
import { ConnectGate } from '../../../src/core/gate/connect-gate.js';
import type { DecidableFailure } from '../../../src/core/policy/decide.js';
import { DEFAULT_GATE_NUMBERS } from '../../../src/core/gate/gate-health.js';
import type { GateTicket } from '../../../src/core/gate/gate-ticket.js';
import { LOSS, UNREACHABLE, half } from './gate-situations.js';

const never = (): number => {
  throw new Error('no random number may be drawn');
};
/** A failure that is no evidence about the endpoint. */
const UNKNOWN: DecidableFailure = { ...UNREACHABLE, code: 'unknown' };
const FULL: DecidableFailure = { ...UNREACHABLE, code: 'concurrencyLimit' };

type Gate = ConnectGate<string>;

/** A session that joins and dials at once. */
function dial(gate: Gate, nowMs: number): GateTicket<string> {
  const ticket = gate.join('dialling', nowMs);
  expect(gate.admit(nowMs, half)).toEqual([ticket]);
  return ticket;
}

function recoveringGate(nowMs: number): Gate {
  const gate = new ConnectGate<string>();
  gate.connectionLost(LOSS, nowMs);
  return gate;
}

function downGate(nowMs: number): Gate {
  const gate = recoveringGate(nowMs);
  gate.failed(dial(gate, nowMs), UNREACHABLE, nowMs, half);
  expect(gate.status.level).toBe('down');
  return gate;
}

describe('the trouble of an endpoint continues', () => {
  it('while a session still waits to dial', () => {
    const gate = downGate(0);
    gate.join('patient', 0);
    gate.join('late', 60_000);
    expect(gate.status.level).toBe('down');
  });

  it('while a probe is in flight', () => {
    const gate = downGate(0);
    gate.join('probe', 0);
    expect(gate.admit(250, half)).toHaveLength(1);
    gate.join('late', 60_000);
    expect(gate.status.level).toBe('down');
  });

  it('for another 30 s after each connection that is lost meanwhile', () => {
    const gate = downGate(0);
    gate.connectionLost(LOSS, 20_000);
    expect([gate.isIdle(49_999), gate.status.level]).toEqual([false, 'down']);
    expect([gate.isIdle(50_000), gate.status.level]).toEqual([true, 'healthy']);
  });
});

describe('the trouble of an endpoint ends', () => {
  it('although a dial still hangs, if it is one of several and not a probe', () => {
    const gate = recoveringGate(0);
    dial(gate, 0);
    gate.join('late', 30_000);
    expect(gate.status.level).toBe('healthy');
  });

  it('together with the pace of its dials', () => {
    const gate: Gate = new ConnectGate({
      ...DEFAULT_GATE_NUMBERS,
      settleMs: 10,
      paceBurst: 1,
      paceIntervalMs: 100,
    });
    gate.connectionLost(LOSS, 0);
    dial(gate, 0);
    gate.join('late', 20);
    expect(gate.status.level).toBe('healthy');
    expect(gate.wakeAtMs).toBeLessThanOrEqual(20);
  });
});

describe('the pace', () => {
  it('does not count dials that began while the endpoint was healthy', () => {
    const gate: Gate = new ConnectGate();
    const tickets = Array.from({ length: 500 }, () => gate.join('early', 0));
    gate.admit(0, half);
    for (const ticket of tickets) gate.failed(ticket, UNREACHABLE, 10, half);
    gate.join('late', 10);
    expect(gate.admit(10, half)).toHaveLength(1);
  });
});

describe('a service that reports concurrencyLimit', () => {
  it.each([
    ['healthy', (): Gate => new ConnectGate()],
    ['recovering', (): Gate => recoveringGate(0)],
    ['down', (): Gate => downGate(0)],
  ] as const)('is reachable, but limits the dials of that account; the endpoint was %s', (_before, made) => {
    const gate = made();
    const ticket = gate.join('refused', 250);
    gate.admit(250, half);
    gate.failed(ticket, FULL, 250, half);
    const next = gate.join('next', 250);
    expect(gate.statusOf(next, 250).account).toEqual({ level: 'recovering', limit: 2 });
  });

  it('does not limit the dials of other accounts', () => {
    const gate: Gate = new ConnectGate();
    const ticket = gate.join('refused', 250);
    gate.admit(250, half);
    gate.failed(ticket, FULL, 250, half);
    for (let other = 0; other < 5; other += 1) gate.join('other', 250, 'another account');
    expect(gate.admit(250, half)).toHaveLength(5);
    expect(gate.status).toEqual({ level: 'healthy', waiting: 0, inFlight: 5, limit: Infinity });
  });

  it('sets the limit of its account back to 2 after it has grown', () => {
    const gate: Gate = new ConnectGate();
    gate.failed(dial(gate, 0), FULL, 0, half);
    const [first, second] = [gate.join('a', 10), gate.join('b', 10)];
    gate.admit(10, half);
    gate.succeeded(first, 20);
    const next = gate.join('next', 20);
    expect(gate.statusOf(next, 20).account?.limit).toBe(3);
    gate.failed(second, FULL, 30, half);
    expect(gate.statusOf(next, 30).account?.limit).toBe(2);
  });

  it('limits only the account whose connection ends with that code', () => {
    const gate: Gate = new ConnectGate();
    gate.connectionLost({ code: 'concurrencyLimit', origin: 'service' }, 0, 'full');
    for (let n = 0; n < 5; n += 1) for (const account of ['full', 'other']) gate.join(account, 0, account);
    const admitted = gate.admit(0, half).map(({ waiter }) => waiter);
    expect([admitted.filter((of) => of === 'full').length, admitted.length]).toEqual([2, 7]);
  });
});

describe('an endpoint that is down', () => {
  it('stays down when a result is reported for a ticket that has not dialled', () => {
    const gate = downGate(0);
    gate.succeeded(gate.join('waiting', 0), 0);
    expect(gate.status).toMatchObject({ level: 'down', waiting: 1 });
  });

  it('is not probed sooner when a dial from before the failures ends', () => {
    const gate: Gate = new ConnectGate();
    const old = gate.join('old', 0);
    gate.admit(0, half);
    for (let failure = 0; failure < 2; failure += 1) {
      gate.failed(dial(gate, 10), UNREACHABLE, 10, half);
    }
    gate.join('waiting', 20);
    const { wakeAtMs } = gate;
    expect(wakeAtMs).toBeGreaterThan(20);
    gate.failed(old, UNKNOWN, 20, half);
    expect(gate.wakeAtMs).toBe(wakeAtMs);
  });

  it('is probed again at once after a probe without a result, also when another probe failed meanwhile', () => {
    const gate = downGate(0);
    for (const name of ['a', 'b', 'c']) gate.join(name, 0);
    const [first] = gate.admit(250, half);
    const [second] = gate.admit(750, half);
    if (first) gate.failed(first, UNREACHABLE, 800, half);
    if (second) gate.failed(second, UNKNOWN, 810, half);
    expect(gate.admit(810, half).map(({ waiter }) => waiter)).toEqual(['c']);
  });
});

describe('randomness', () => {
  it('affects only probes and floors', () => {
    const gate: Gate = new ConnectGate();
    const tickets = ['a', 'b', 'c'].map((name) => gate.join(name, 0));
    const [failing, full, refused] = gate.admit(0, never);
    expect([failing, full, refused]).toEqual(tickets);
    if (failing) gate.failed(failing, UNREACHABLE, 0, never);
    if (full) gate.failed(full, FULL, 0, never);
    if (refused) gate.failed(refused, UNKNOWN, 0, never);
    gate.join('d', 0);
    expect(gate.admit(0, never)).toHaveLength(1);
  });
});

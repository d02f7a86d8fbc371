/** Accounts at the connect gate take turns, and failures of one account do not delay another. */
import { describe, expect, it } from 'vitest';
import { ConnectGate } from '../../../src/core/gate/connect-gate.js';
import type { GateTicket } from '../../../src/core/gate/gate-ticket.js';
import { LOSS, UNREACHABLE, half } from './gate-situations.js';

type Gate = ConnectGate<string>;
const PREPARES = { prepares: true };
const LIMIT = { ...UNREACHABLE, code: 'concurrencyLimit', origin: 'service' } as const;
const names = (tickets: readonly GateTicket<string>[]): string[] => tickets.map(({ waiter }) => waiter);

function recoveringGate(): Gate {
  const gate: Gate = new ConnectGate();
  gate.connectionLost(LOSS, 0);
  return gate;
}

/** Tickets of one account, named `a1`, `a2`, … */
function crowd(
  gate: Gate,
  account: string,
  count: number,
  nowMs = 0,
  prepares = false,
): GateTicket<string>[] {
  return Array.from({ length: count }, (_, n) =>
    gate.join(`${account}${n + 1}`, nowMs, account, { prepares }),
  );
}

/** The time at which this ticket is called or admitted if only time passes, or Infinity if it never is. */
function goesOnAtMs(gate: Gate, ticket: GateTicket<string>, fromMs = 0): number {
  for (let nowMs = fromMs; nowMs < Infinity; nowMs = gate.wakeAtMs ?? Infinity) {
    if (gate.admit(nowMs, half).includes(ticket)) return nowMs;
  }
  return Infinity;
}

describe('accounts take turns', () => {
  it('with one dial each; within an account the session that has waited longest is first', () => {
    const gate = recoveringGate();
    crowd(gate, 'a', 4);
    crowd(gate, 'b', 2);
    crowd(gate, 'c', 1);
    const order: string[] = [];
    for (let nowMs = 0; order.length < 7; nowMs += 12) {
      for (const ticket of gate.admit(nowMs, half)) {
        order.push(ticket.waiter);
        gate.succeeded(ticket, nowMs);
      }
    }
    expect(order).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'a4']);
  });

  it('and a late account waits for one dial of each other account, for any number of waiting sessions', () => {
    const gate = recoveringGate();
    for (const account of ['a', 'b', 'c']) crowd(gate, account, 100);
    const before = gate.admit(0, half);
    gate.join('late', 0, 'd');
    const order: string[] = [];
    for (let nowMs = 0; !order.includes('late'); nowMs += 12) {
      for (const ticket of before.splice(0)) gate.succeeded(ticket, nowMs);
      before.push(...gate.admit(nowMs, half));
      order.push(...names(before));
    }
    expect(order.indexOf('late')).toBeLessThanOrEqual(3);
  });

  it('and a session keeps its turn when another session of its account leaves', () => {
    const gate = recoveringGate();
    const [first] = crowd(gate, 'a', 3);
    crowd(gate, 'b', 1);
    if (first) gate.leave(first, 0);
    expect(names(gate.admit(0, half))).toEqual(['a2', 'b1']);
  });
});

describe('an account at its limit', () => {
  it('is skipped until its floor ends, and then dials with two sessions at a time', () => {
    const gate: Gate = new ConnectGate();
    const [refused] = crowd(gate, 'a', 1);
    gate.admit(0, half);
    if (refused) gate.failed(refused, { ...LIMIT, retryAfterMs: 30_000 }, 0, half);
    crowd(gate, 'a', 5);
    crowd(gate, 'b', 50);
    expect(names(gate.admit(0, half))).toHaveLength(50);
    expect([gate.wakeAtMs, gate.status.level]).toEqual([31_500, 'healthy']);
    expect(names(gate.admit(31_500, half))).toEqual(['a1', 'a2']);
  });

  it('has its own floor in addition to that of the endpoint: the later one applies', () => {
    const gate: Gate = new ConnectGate();
    const [limited, unavailable] = [gate.join('a', 0, 'a'), gate.join('b', 0, 'b')];
    gate.admit(0, half);
    gate.failed(limited, { ...LIMIT, retryAfterMs: 10_000 }, 0, half, 10_000);
    gate.failed(unavailable, { ...UNREACHABLE, retryAfterMs: 20_000 }, 0, half, 20_000);
    crowd(gate, 'a', 1);
    crowd(gate, 'b', 1);
    expect(gate.admit(19_999, half)).toEqual([]);
    expect(names(gate.admit(20_000, half)).sort()).toEqual(['a1', 'b1']);
  });

  it('is forgotten when there is no more reason to limit it', () => {
    const gate: Gate = new ConnectGate();
    for (let n = 0; n < 100; n += 1) {
      const ticket = gate.join('limited', n, `account ${n}`);
      gate.admit(n, half);
      gate.failed(ticket, LIMIT, n, half);
    }
    expect(gate.isIdle(30_098)).toBe(false);
    expect(gate.isIdle(30_099)).toBe(true);
  });
});

describe('a session that can connect does so although other accounts fail:', () => {
  it.each([
    ['recovering', (): Gate => recoveringGate(), 0],
    [
      'down',
      (): Gate => {
        const gate = recoveringGate();
        const ticket = gate.join('failing', 0);
        gate.admit(0, half);
        gate.failed(ticket, UNREACHABLE, 0, half);
        return gate;
      },
      250,
    ],
  ] as const)('twenty whose functions never answer, at an endpoint that is %s', (_level, made, firstMs) => {
    const gate = made();
    for (let k = 0; k < 20; k += 1) crowd(gate, `hanging ${k} `, 5, 0, true);
    const late = gate.join('late', 0, 'well', PREPARES);
    const calledAtMs = goesOnAtMs(gate, late, firstMs);
    expect(calledAtMs - firstMs).toBeLessThanOrEqual(100 + 20 * 25);
    expect(late.at.stage).toBe('called');
    gate.ready(late, calledAtMs, half);
    expect(late.at.stage).toBe('dialling');
  });

  it('also within one account, where functions that never answer delay it little more than the pace', () => {
    const gate = recoveringGate();
    crowd(gate, 'a', 100, 0, true);
    const late = gate.join('late', 0, 'a', PREPARES);
    expect(goesOnAtMs(gate, late)).toBeLessThanOrEqual(100 + 50 * 25);
  });

  it('with twenty accounts at their limits, at an endpoint that has just failed', () => {
    const gate = recoveringGate();
    for (let k = 0; k < 20; k += 1) {
      const ticket = gate.join('limited', k * 12, `limited ${k}`);
      gate.admit(k * 12, half);
      gate.failed(ticket, { ...LIMIT, retryAfterMs: 60_000 }, k * 12, half);
      crowd(gate, `limited ${k}`, 5, k * 12);
    }
    gate.join('late', 240, 'well');
    expect(names(gate.admit(240, half))).toEqual(['late']);
  });
});

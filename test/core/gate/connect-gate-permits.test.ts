/**
 * Permits at the connect gate: a session that prepares its dial has no permit, and each permit ends with its
 * lease at the latest.
 */
import { describe, expect, it } from 'vitest';
import { ConnectGate } from '../../../src/core/gate/connect-gate.js';
import type { GateTicket } from '../../../src/core/gate/gate-ticket.js';
import { LOSS, UNREACHABLE, half } from './gate-situations.js';

type Gate = ConnectGate<string>;
const names = (tickets: readonly GateTicket<string>[]): string[] => tickets.map(({ waiter }) => waiter);

function recoveringGate(): Gate {
  const gate: Gate = new ConnectGate();
  gate.connectionLost(LOSS, 0);
  return gate;
}

/** Sessions of one account that prepare their dials, named `a1`, `a2`, … */
function crowd(gate: Gate, account: string, count: number): GateTicket<string>[] {
  return Array.from({ length: count }, (_, n) =>
    gate.join(`${account}${n + 1}`, 0, account, { prepares: true }),
  );
}

describe('a session that prepares its dial', () => {
  it('is called when its turn comes, and usually dials as soon as it is ready', () => {
    const gate: Gate = new ConnectGate();
    const tickets = crowd(gate, 'a', 500);
    expect(gate.admit(0, half)).toEqual(tickets);
    expect(new Set(tickets.map(({ at }) => at.stage))).toEqual(new Set(['called']));
    expect(gate.status).toEqual({ level: 'healthy', waiting: 0, inFlight: 0, limit: Infinity });
    for (const ticket of tickets) gate.ready(ticket, 50, half);
    expect(gate.status.inFlight).toBe(500);
  });

  it('counts against the limit for a short time, so that few sessions prepare at the same time', () => {
    const gate = recoveringGate();
    crowd(gate, 'a', 9);
    expect(names(gate.admit(0, half))).toEqual(['a1', 'a2']);
    expect(names(gate.admit(99, half))).toEqual([]);
    expect(gate.wakeAtMs).toBe(100);
    expect(names(gate.admit(100, half))).toEqual(['a3', 'a4']);
  });

  it('dials before the sessions that wait for a turn when it is ready in time', () => {
    const gate = recoveringGate();
    const [first] = crowd(gate, 'a', 9);
    gate.admit(0, half);
    if (first) gate.ready(first, 60, half);
    expect(first?.at.stage).toBe('dialling');
    expect([gate.status.inFlight, gate.admit(60, half)]).toEqual([1, []]);
  });

  it('goes to the head of the line of its account when it is ready too late', () => {
    const gate = recoveringGate();
    const [first] = crowd(gate, 'a', 9);
    gate.admit(0, half);
    const more = gate.admit(100, half);
    for (const ticket of more) gate.ready(ticket, 110, half);
    if (first) gate.ready(first, 120, half);
    expect([first?.at.stage, gate.admit(120, half)]).toEqual(['ready', []]);
    for (const ticket of more) gate.succeeded(ticket, 130);
    expect(names(gate.admit(130, half))[0]).toBe('a1');
    expect(first?.at.stage).toBe('dialling');
  });

  it('that fails or is aborted does not take the place of another session', () => {
    const gate = recoveringGate();
    crowd(gate, 'a', 9);
    const [first, second] = gate.admit(0, half);
    if (first) gate.failed(first, { ...UNREACHABLE, origin: 'application' }, 10, half);
    if (second) gate.leave(second, 10);
    expect(gate.status).toMatchObject({ level: 'recovering', limit: 2 });
    expect(names(gate.admit(20, half))).toEqual(['a3', 'a4']);
  });

  it('keeps the pace also when many sessions become ready at the same time', () => {
    const gate: Gate = new ConnectGate();
    const tickets = crowd(gate, 'a', 200);
    gate.admit(0, half);
    gate.connectionLost(LOSS, 10);
    for (const ticket of tickets) gate.ready(ticket, 20, half);
    const dialled: number[] = [];
    for (let nowMs = 20; dialled.length < 200; nowMs = gate.wakeAtMs ?? nowMs + 1) {
      for (const ticket of gate.admit(nowMs, half)) {
        dialled.push(nowMs);
        gate.succeeded(ticket, nowMs);
      }
    }
    const most = Math.max(
      ...dialled.map((atMs) => dialled.filter((t) => t >= atMs && t < atMs + 100).length),
    );
    expect(most).toBeLessThanOrEqual(20);
  });

  it('is a probe of an endpoint that is down only when it dials', () => {
    const gate = recoveringGate();
    const ticket = gate.join('failing', 0, 'b');
    gate.admit(0, half);
    gate.failed(ticket, UNREACHABLE, 0, half);
    const [first] = crowd(gate, 'a', 5);
    expect(names(gate.admit(250, half))).toEqual(['a1']);
    if (first) gate.leave(first, 300);
    const [second] = gate.admit(300, half);
    if (second) gate.ready(second, 350, half);
    expect([second?.waiter, second?.at.stage]).toEqual(['a2', 'dialling']);
    expect(gate.admit(400, half)).toEqual([]);
  });
});

describe('a permit that is not returned', () => {
  it('counts until its lease is over', () => {
    const gate = recoveringGate();
    const hung = [1, 2].map((n) => gate.join(`hung ${n}`, 0, 'a', { leaseMs: 20_000 }));
    expect(gate.admit(0, half)).toEqual(hung);
    gate.join('waiting', 0, 'b');
    expect(gate.wakeAtMs).toBe(20_000);
    expect(gate.admit(19_999, half)).toEqual([]);
    expect(names(gate.admit(20_000, half))).toEqual(['waiting']);
    expect(gate.status.inFlight).toBe(1);
  });

  it('still reports the result when its dial ends, and does not free a place twice', () => {
    const gate: Gate = new ConnectGate();
    const hung = [1, 2, 3].map((n) => gate.join(`hung ${n}`, 0, 'a', { leaseMs: 1_000 }));
    gate.admit(0, half);
    gate.admit(1_000, half);
    expect(gate.status.inFlight).toBe(0);
    for (const ticket of hung) gate.failed(ticket, UNREACHABLE, 2_000, half);
    expect(gate.status).toMatchObject({ inFlight: 0, level: 'recovering' });
  });
});

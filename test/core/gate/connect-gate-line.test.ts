/**
 * The line of sessions at the gate: they are called in the order of joining, and a session that has left delays
 * no other.
 */
import { describe, expect, it } from 'vitest';
import { ConnectGate } from '../../../src/core/gate/connect-gate.js';
import { GateLine } from '../../../src/core/gate/gate-turns.js';
import { half } from './gate-situations.js';

describe('a line', () => {
  it('calls in the order of joining', () => {
    const line = new GateLine<string>();
    for (const name of ['a', 'b', 'c']) line.join(name);
    expect([line.call(), line.call(), line.call(), line.call()]).toEqual(['a', 'b', 'c', undefined]);
    expect(line.length).toBe(0);
  });

  it.each([
    { leaves: [0], stay: ['b', 'c', 'd'] },
    { leaves: [1, 2], stay: ['a', 'd'] },
    { leaves: [3], stay: ['a', 'b', 'c'] },
    { leaves: [0, 1, 2, 3], stay: [] },
    { leaves: [2, 2, 2], stay: ['a', 'b', 'd'] },
  ])('removes the places $leaves, and a later session joins at the end', ({ leaves, stay }) => {
    const line = new GateLine<string>();
    const places = ['a', 'b', 'c', 'd'].map((name) => line.join(name));
    for (const index of leaves) {
      const place = places[index];
      if (place) line.leave(place);
    }
    line.join('late');
    expect(line.length).toBe(stay.length + 1);
    const called = Array.from({ length: line.length }, () => line.call());
    expect(called).toEqual([...stay, 'late']);
  });

  it('a place that was already called can be left, and the line does not change', () => {
    const line = new GateLine<string>();
    const place = line.join('a');
    line.join('b');
    line.call();
    line.leave(place);
    expect(line.length).toBe(1);
    expect(line.call()).toBe('b');
  });
});

describe('leaving the gate', () => {
  it('a session that leaves the line does not block another one', () => {
    const gate = new ConnectGate<string>();
    gate.connectionLost({ code: 'connectionClosed' }, 0);
    const [, , third] = ['a', 'b', 'c', 'd'].map((name) => gate.join(name, 0));
    const [first] = gate.admit(0, half);
    if (third) gate.leave(third, 0);
    if (first) gate.succeeded(first, 10);
    expect(gate.admit(10, half).map(({ waiter }) => waiter)).toEqual(['d']);
  });

  it('a dial that is abandoned frees its place, and does not change the state of the gate', () => {
    const gate = new ConnectGate<string>();
    gate.connectionLost({ code: 'connectionClosed' }, 0);
    for (const name of ['a', 'b', 'c']) gate.join(name, 0);
    const [first] = gate.admit(0, half);
    if (first) gate.leave(first, 0);
    expect(gate.status).toMatchObject({ level: 'recovering', inFlight: 1, limit: 2 });
    expect(gate.admit(6, half).map(({ waiter }) => waiter)).toEqual(['c']);
  });

  it('a ticket counts once, and later reports about it have no effect', () => {
    const gate = new ConnectGate<string>();
    const ticket = gate.join('a', 0);
    gate.succeeded(ticket, 0);
    expect(gate.status).toMatchObject({ waiting: 1, inFlight: 0 });
    gate.admit(0, half);
    gate.succeeded(ticket, 1);
    gate.succeeded(ticket, 2);
    gate.leave(ticket, 2);
    gate.failed(ticket, { code: 'connectionFailed', phase: 'websocket_connect', permanent: false }, 3, half);
    expect(gate.status).toEqual({ level: 'healthy', waiting: 0, inFlight: 0, limit: Infinity });
  });
});

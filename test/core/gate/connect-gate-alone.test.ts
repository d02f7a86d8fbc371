/**
 * Sessions at the gate: a session that is the only one does not wait, a gate without sessions keeps no state,
 * and a ticket reports the status of its attempt.
 */
import { describe, expect, it } from 'vitest';
import { ConnectGate } from '../../../src/core/gate/connect-gate.js';
import type { DecidableFailure } from '../../../src/core/policy/decide.js';
import { LOSS, UNREACHABLE, half } from './gate-situations.js';

function gateOf(sessions: number): ConnectGate<string> {
  const gate = new ConnectGate<string>();
  for (let session = 0; session < sessions; session += 1) gate.register();
  return gate;
}

/** Makes one attempt, from its place in the line to its failure. */
function fail(gate: ConnectGate<string>, nowMs: number, more: Partial<DecidableFailure> = {}): void {
  const ticket = gate.join('failing', nowMs);
  gate.admit(nowMs, half);
  gate.failed(ticket, { ...UNREACHABLE, ...more }, nowMs, half);
}

describe('the only session at its endpoint', () => {
  it('dials at once, for any state of the gate and any hint of the service', () => {
    const gate = gateOf(1);
    gate.connectionLost(LOSS, 0);
    fail(gate, 0, { retryAfterMs: 60_000 });
    fail(gate, 0);
    fail(gate, 0);
    expect(gate.status).toMatchObject({ level: 'down', notBeforeMs: 63_000 });
    gate.join('alone', 1);
    expect(gate.admit(1, half)).toHaveLength(1);
  });

  it('has to wait as soon as there is a second session, and not any more when that session is over', () => {
    const gate = gateOf(1);
    gate.register();
    gate.connectionLost(LOSS, 0);
    fail(gate, 0);
    gate.join('left behind', 0);
    expect(gate.admit(0, half)).toEqual([]);
    gate.unregister();
    expect(gate.admit(0, half).map(({ waiter }) => waiter)).toEqual(['left behind']);
  });
});

describe('a gate keeps no state', () => {
  it('at first, and again when the last session is over', () => {
    const gate = gateOf(0);
    expect(gate.isIdle(0)).toBe(true);
    gate.register();
    expect(gate.isIdle(0)).toBe(false);
    gate.unregister();
    expect(gate.isIdle(0)).toBe(true);
  });

  it('never while a session waits or dials', () => {
    const gate = gateOf(0);
    const ticket = gate.join('somebody', 0);
    expect(gate.isIdle(0)).toBe(false);
    gate.admit(0, half);
    expect(gate.isIdle(0)).toBe(false);
    gate.succeeded(ticket, 10);
    expect(gate.isIdle(10)).toBe(true);
  });

  it('from 30 s after trouble, not before', () => {
    const gate = gateOf(0);
    gate.connectionLost(LOSS, 1_000);
    expect(gate.isIdle(30_999)).toBe(false);
    expect(gate.isIdle(31_000)).toBe(true);
  });

  it('from 30 s after the time that the service asked for, not before', () => {
    const gate = gateOf(0);
    fail(gate, 0, { code: 'upstreamError', retryAfterMs: 40_000 });
    expect(gate.isIdle(71_999)).toBe(false);
    expect(gate.isIdle(72_000)).toBe(true);
  });

  it('from 30 s after a wait that was asked of one account, not before', () => {
    const gate = gateOf(0);
    fail(gate, 0, { code: 'concurrencyLimit', retryAfterMs: 40_000 });
    expect(gate.status.level).toBe('healthy');
    expect(gate.isIdle(71_999)).toBe(false);
    expect(gate.isIdle(72_000)).toBe(true);
  });
});

describe('a ticket reports the status of its attempt', () => {
  it('waiting, dialling, done', () => {
    const gate = gateOf(0);
    const ticket = gate.join('a', 0);
    expect(ticket.at.stage).toBe('waiting');
    gate.admit(0, half);
    expect(ticket.at.stage).toBe('dialling');
    gate.succeeded(ticket, 10);
    expect(ticket.at).toEqual({ stage: 'done' });
  });

  it('done, when its session left', () => {
    const gate = gateOf(0);
    const ticket = gate.join('a', 0);
    gate.leave(ticket, 0);
    expect(ticket.at).toEqual({ stage: 'done' });
  });
});

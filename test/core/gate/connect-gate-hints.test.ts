/** A Retry-After for one session applies to the endpoint, or to the account of the session. */
import { describe, expect, it } from 'vitest';
import { ConnectGate } from '../../../src/core/gate/connect-gate.js';
import type { DecidableFailure } from '../../../src/core/policy/decide.js';
import { whyGated } from '../../../src/core/gate/gate-ticket.js';
import { half } from './gate-situations.js';

function refusedWithHint(retryAfterMs: number, code: DecidableFailure['code']): ConnectGate<number> {
  const gate = new ConnectGate<number>();
  const ticket = gate.join(0, 0);
  gate.admit(0, half);
  gate.failed(ticket, { code, phase: 'session_token', permanent: false, retryAfterMs }, 0, half);
  return gate;
}

describe('a Retry-After that one session receives', () => {
  it.each(['upstreamError', 'concurrencyLimit', 'invalidRequest'] as const)(
    'is a floor for all sessions of its account, with a small spread (%s)',
    (code) => {
      const gate = refusedWithHint(30_000, code);
      for (let waiter = 1; waiter <= 5; waiter += 1) gate.join(waiter, 0);
      expect(gate.admit(30_000, half)).toEqual([]);
      expect(gate.wakeAtMs).toBe(31_500);
      expect(gate.admit(31_500, half)).toHaveLength(2);
    },
  );

  it('is never shortened by a later and shorter one', () => {
    const gate = new ConnectGate<number>();
    const tickets = [gate.join(0, 0), gate.join(1, 0)];
    gate.admit(0, half);
    const [long, short] = tickets;
    const failure: DecidableFailure = { code: 'upstreamError', phase: 'websocket_connect', permanent: false };
    if (long) gate.failed(long, { ...failure, retryAfterMs: 20_000 }, 0, half);
    if (short) gate.failed(short, { ...failure, retryAfterMs: 1_000 }, 1, half);
    gate.join(2, 1);
    expect(gate.wakeAtMs).toBe(21_000);
  });

  it('is a floor for all sessions if it comes from the endpoint, and only then', () => {
    const others = (code: DecidableFailure['code']): number => {
      const gate = refusedWithHint(30_000, code);
      gate.join(1, 0, 'another account');
      return gate.admit(0, half).length;
    };
    expect(others('upstreamError')).toBe(0);
    for (const code of ['concurrencyLimit', 'billingRequired', 'invalidRequest'] as const) {
      expect([code, others(code)]).toEqual([code, 1]);
    }
  });

  it.each([120_001, -1, NaN])('that is too long or invalid applies only to its session (%d ms)', (hintMs) => {
    const gate = refusedWithHint(hintMs, 'concurrencyLimit');
    gate.join(1, 0);
    expect(gate.admit(0, half)).toHaveLength(1);
  });

  it('of the maximum length is a floor', () => {
    const gate = refusedWithHint(120_000, 'concurrencyLimit');
    gate.join(1, 0);
    expect(gate.wakeAtMs).toBe(126_000);
  });

  it('also delays the next session at a healthy endpoint, and is the reported reason of its wait', () => {
    const gate = refusedWithHint(5_000, 'upstreamError');
    const ticket = gate.join(1, 250);
    expect(whyGated(gate.status, 250, 'ingress a.test')).toBe(
      '1 in line at the connect gate of the ingress a.test: the service asked for no dial in the next 5.0 s',
    );
    expect(gate.statusOf(ticket, 250).leastMs).toBe(5_000);
  });

  it('delays the next session of its account at a healthy endpoint, and is the reported reason of its wait', () => {
    const gate = refusedWithHint(5_000, 'concurrencyLimit');
    const ticket = gate.join(1, 250);
    const { leastMs, ...standing } = gate.statusOf(ticket, 250);
    expect(leastMs).toBe(5_000);
    expect(whyGated(standing, 250, 'console')).toBe(
      '1 in line at the connect gate of the console: the service asked this account for no dial in the next 5.0 s',
    );
  });
});

describe('the reason of a wait', () => {
  const line = '3 in line at the connect gate of the console';
  it.each([
    ['recovering', `${line}: the endpoint has just failed, at most 2 dials at once`],
    ['down', `${line}: the endpoint does not answer, one probe at a time`],
    ['healthy', `${line}: it is open`],
  ] as const)('is reported for an endpoint that is %s', (level, text) => {
    const standing = { level, waiting: 3, inFlight: 2, limit: 2, notBeforeMs: 10 } as const;
    expect(whyGated(standing, 10, 'console')).toBe(text);
  });

  it('names the limit of an account that is at its limit', () => {
    const account = { level: 'recovering', limit: 2, notBeforeMs: 10 } as const;
    const standing = { level: 'healthy', waiting: 3, inFlight: 9, limit: Infinity, account } as const;
    expect(whyGated(standing, 10, 'console')).toBe(
      `${line}: this account is at its limit, at most 2 dials at once`,
    );
  });
});

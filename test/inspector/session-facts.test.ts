/**
 * The facts that the inspector computes from a session's history: its outage, what it waits for, and its
 * failures.
 */
import { describe, expect, it } from 'vitest';
import type { HistoryEntry } from '../../src/core/session/session-life.js';
import { SessionFacts } from '../../src/inspector/session-facts.js';

type Entry = HistoryEntry extends infer One
  ? One extends unknown
    ? Omit<One, 'seq' | 'life'>
    : never
  : never;

function facts(...entries: readonly Entry[]): SessionFacts {
  const made = new SessionFacts(0);
  made.takeAll(entries.map((entry, at) => ({ ...entry, seq: at + 1, life: 1 })));
  return made;
}
const state = (atMs: number, from: string, to: string, reason = ''): Entry =>
  ({ kind: 'state', atMs, from, to, reason }) as Entry;
const failure = (atMs: number): Entry => ({
  kind: 'failure',
  atMs,
  code: 'connectionClosed',
  phase: 'websocket_runtime',
  step: 'close',
  message: 'lost',
  matchedRow: '',
});
const CONNECTED = [
  state(1, 'idle', 'session_token'),
  state(2, 'session_token', 'websocket_connect'),
  state(3, 'websocket_connect', 'websocket_runtime', 'conn-1'),
];
const LOST = [
  ...CONNECTED,
  failure(1_000),
  { kind: 'retry', atMs: 1_000, attempt: 1, delayMs: 400, source: 'backoff', why: 'lost once' },
  state(1_000, 'websocket_runtime', 'waiting', 'lost once'),
] as const;

describe('the facts of a session', () => {
  it('have what it waits for, and since when it has no connection', () => {
    expect(facts(...LOST)).toMatchObject({
      state: 'waiting',
      outageSinceMs: 1_000,
      outageCode: 'connectionClosed',
      attempt: 1,
      nextAtMs: 1_400,
      nextWhy: 'lost once',
      errors: 1,
    });
  });

  it('count a finished outage, from the last sign of life if that is known', () => {
    const made = facts(...LOST);
    made.outageKnown(2_500);
    made.takeAll(
      [
        ...LOST,
        state(1_400, 'waiting', 'session_token'),
        state(1_500, 'session_token', 'websocket_connect'),
        state(1_600, 'websocket_connect', 'websocket_runtime', 'conn-2'),
      ].map((entry, at) => ({ ...entry, seq: at + 1, life: 1 })),
    );
    expect(made).toMatchObject({ outages: 1, outageMs: 2_500, attempt: 0 });
    expect(made.outageSinceMs).toBeUndefined();
    expect(made.nextAtMs).toBeUndefined();
    expect(made.events.at(-1)).toMatchObject({ kind: 'recovered', durationMs: 2_500 });
  });

  it('have the remedy of a failure, from the error if it is known', () => {
    const made = new SessionFacts(0);
    made.remedyKnown('connectionClosed', 'lost', 'Look at the proxy.');
    made.takeAll([{ ...failure(5), seq: 1, life: 1 }]);
    expect(made.events).toMatchObject([{ kind: 'failure', remedy: 'Look at the proxy.' }]);
    expect(facts(failure(5)).events[0]?.remedy).toBeTypeOf('string');
  });

  it('use each entry once, and do not count a wait for room as a wait for a connection', () => {
    const made = facts(...CONNECTED, {
      kind: 'retry',
      atMs: 9,
      attempt: 2,
      delayMs: 70,
      source: 'memory',
      why: 'room',
    });
    expect(made.nextAtMs).toBeUndefined();
    const { length } = made.events;
    made.takeAll(CONNECTED.map((entry, at) => ({ ...entry, seq: at + 1, life: 1 })));
    expect(made.events).toHaveLength(length);
  });
});

/**
 * The table of legal transitions: which events are legal in which state, and the invariants of all sessions.
 */
import { describe, expect, it } from 'vitest';
import { SESSION_EVENTS, SESSION_STATES, transition } from '../../../src/core/session/session-life.js';
import type { SessionEvent, SessionState } from '../../../src/core/session/session-life.js';

const LEGAL: readonly (readonly [SessionState, SessionEvent, SessionState])[] = [
  ['idle', 'dialStarted', 'session_token'],
  ['idle', 'heldBack', 'waiting'],
  ['idle', 'endingStarted', 'closing'],
  ['session_token', 'tokenObtained', 'websocket_connect'],
  ['session_token', 'interrupted', 'waiting'],
  ['session_token', 'endingStarted', 'closing'],
  ['websocket_connect', 'confirmed', 'websocket_runtime'],
  ['websocket_connect', 'interrupted', 'waiting'],
  ['websocket_connect', 'endingStarted', 'closing'],
  ['websocket_runtime', 'interrupted', 'waiting'],
  ['websocket_runtime', 'endingStarted', 'closing'],
  ['waiting', 'dialStarted', 'session_token'],
  ['waiting', 'endingStarted', 'closing'],
  ['closing', 'ended', 'closed'],
  ['closed', 'restarted', 'idle'],
];

const pairs = SESSION_STATES.flatMap((state) => SESSION_EVENTS.map((event) => [state, event] as const));
const illegal = pairs.filter(([state, event]) => !LEGAL.some(([from, on]) => from === state && on === event));

function reachableFrom(start: SessionState): Set<SessionState> {
  const reached = new Set<SessionState>([start]);
  for (const state of reached) {
    for (const event of SESSION_EVENTS) {
      const next = transition(state, event);
      if (next !== undefined) reached.add(next);
    }
  }
  return reached;
}

describe('the transitions of a session', () => {
  it.each(LEGAL)('%s + %s → %s', (from, event, to) => {
    expect(transition(from, event)).toBe(to);
  });

  it.each(illegal)('in %s the event %s is illegal', (state, event) => {
    expect(transition(state, event)).toBeUndefined();
  });

  it('reach every state from idle', () => {
    expect([...reachableFrom('idle')].sort()).toEqual([...SESSION_STATES].sort());
  });

  it.each(SESSION_STATES)('lead from %s to closed', (state) => {
    expect(reachableFrom(state).has('closed')).toBe(true);
  });

  it('lead from closing only to closed, from closed only to idle by a restart, and to idle in no other way', () => {
    const into = (state: SessionState): unknown[] =>
      pairs.filter(([from, on]) => transition(from, on) === state);
    const outOf = (state: SessionState): unknown[] => LEGAL.filter(([from]) => from === state);
    expect(outOf('closing')).toEqual([['closing', 'ended', 'closed']]);
    expect(outOf('closed')).toEqual([['closed', 'restarted', 'idle']]);
    expect(into('idle')).toEqual([['closed', 'restarted']]);
  });

  it('pass the phases of a dial in one fixed order', () => {
    const dial = (['dialStarted', 'tokenObtained', 'confirmed'] as const).reduce<SessionState | undefined>(
      (state, event) => (state === undefined ? undefined : transition(state, event)),
      'idle',
    );
    expect(dial).toBe('websocket_runtime');
    expect(transition('session_token', 'confirmed')).toBeUndefined();
  });
});

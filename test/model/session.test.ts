/** Explores the states of a session: each state leads to the end, and only a restart leads out of it. */
import { describe, expect, it } from 'vitest';
import { SESSION_EVENTS, SESSION_STATES, transition } from '../../src/core/session/session-life.js';
import type { SessionEvent, SessionState } from '../../src/core/session/session-life.js';
import { confusedKey, explore, summary } from './breadth-first.js';
import type { Model } from './breadth-first.js';
import { sessionLives } from './session-world.js';

/** Ends the session in any state. The session has no other way to end. */
const WAY_OUT: readonly SessionEvent[] = ['endingStarted', 'ended'];

const sessions: Model<SessionState, SessionEvent> = {
  initial: () => 'idle',
  actions: () => SESSION_EVENTS,
  apply: (state, event) => transition(state, event) ?? state,
  check: (state) => {
    const after = WAY_OUT.reduce((at, event) => transition(at, event) ?? at, state);
    expect(after, `${state} must have a way to closed`).toBe('closed');
    const successors = SESSION_EVENTS.map((event) => transition(state, event));
    if (state === 'closed') expect(new Set(successors)).toEqual(new Set([undefined, 'idle']));
    if (state === 'closing') expect(new Set(successors)).toEqual(new Set([undefined, 'closed']));
    // A session that waits or dials was interrupted or has just started, so it does not return to idle. Only
    // a restart leads back to idle.
    expect(successors.includes('idle')).toBe(state === 'closed');
    expect(transition(state, 'restarted')).toBe(state === 'closed' ? 'idle' : undefined);
  },
  key: (state) => state,
};

describe('every session', () => {
  it('can reach its end, and leaves it only by a restart', () => {
    const exploration = explore(sessions);
    process.stdout.write(summary('session', exploration));
    expect(exploration.complete).toBe(true);
    expect([...exploration.reached].sort()).toEqual([...SESSION_STATES].sort());
  });
});

describe('the life of every session', () => {
  it('has one end, is stopped once, and finishes, for any events in any order', () => {
    const exploration = explore(sessionLives);
    process.stdout.write(summary('life of a session', exploration));
    expect(exploration.complete).toBe(true);
    expect(confusedKey(sessionLives, 5)).toBeUndefined();
    const stages = new Set(exploration.reached.map(({ life }) => life.stage));
    expect([...stages].sort()).toEqual(['draining', 'ending', 'idle', 'open', 'over', 'starting']);
  });
});

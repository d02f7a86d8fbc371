/** The states of a session, explored: only a restart leads out of the end, and everything leads to it. */
import { describe, expect, it } from 'vitest';
import { SESSION_EVENTS, SESSION_STATES, transition } from '../../src/core/session/session-life.js';
import type { SessionEvent, SessionState } from '../../src/core/session/session-life.js';
import { confusedKey, explore, summary } from './breadth-first.js';
import type { Model } from './breadth-first.js';
import { sessionLives } from './session-world.js';

/** Ends the session in any state; the shell has no other way to end it. */
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
    // A session that goes on waiting or dialling has been interrupted or has just begun: only a restart leads
    // back to idle.
    expect(successors.includes('idle')).toBe(state === 'closed');
    expect(transition(state, 'restarted')).toBe(state === 'closed' ? 'idle' : undefined);
  },
  key: (state) => state,
};

describe('every session', () => {
  it('can come to its end, and leaves it by a restart only', () => {
    const exploration = explore(sessions);
    process.stdout.write(summary('session', exploration));
    expect(exploration.complete).toBe(true);
    expect([...exploration.reached].sort()).toEqual([...SESSION_STATES].sort());
  });
});

describe('the life of every session', () => {
  it('has one end, is stopped once, and comes to rest, whatever happens in which order', () => {
    const exploration = explore(sessionLives);
    process.stdout.write(summary('life of a session', exploration));
    expect(exploration.complete).toBe(true);
    expect(confusedKey(sessionLives, 5)).toBeUndefined();
    const stages = new Set(exploration.reached.map(({ life }) => life.stage));
    expect([...stages].sort()).toEqual(['draining', 'ending', 'idle', 'open', 'over', 'starting']);
  });
});

/** The states of a session in which a scenario acts, and how a scenario reaches them. */
import { next } from './record.js';
import type { Fault } from '../../../src/emulator/index.js';
import type { SessionState } from '../../../src/index.js';
import type { Trial } from './trial.js';

export interface Moment {
  readonly name: string;
  readonly state: SessionState;
  readonly faults: readonly Fault[];
  /** Resolves when the session is in this state; `start` has been called. */
  readonly reached: (trial: Trial, started: Promise<string>) => Promise<unknown>;
}

const fault = (trial: Trial): Promise<void> => trial.faultFired();

/** Every step of a dial, a running session, and a wait. Each lasts until the test ends it. */
export const MOMENTS: readonly Moment[] = [
  {
    name: 'during the token request',
    state: 'session_token',
    faults: [{ kind: 'hang', phase: 'token' }],
    reached: fault,
  },
  {
    name: 'during the upgrade',
    state: 'websocket_connect',
    faults: [{ kind: 'hang', phase: 'upgrade' }],
    reached: fault,
  },
  {
    name: 'during the handshake',
    state: 'websocket_connect',
    faults: [{ kind: 'hang', phase: 'handshake' }],
    reached: fault,
  },
  {
    name: 'while waiting for a retry',
    state: 'waiting',
    faults: [{ kind: 'refuse', phase: 'token', status: 503, headers: { 'Retry-After': '60' } }],
    reached: (trial) => next(trial.session, 'retry'),
  },
];

/** States of a session that was confirmed before, so `start` has settled. */
export const LATER_MOMENTS: readonly Moment[] = [
  { name: 'at runtime', state: 'websocket_runtime', faults: [], reached: (_trial, started) => started },
  {
    name: 'while waiting for a reconnect',
    state: 'waiting',
    faults: [
      { kind: 'close', phase: 'runtime', nth: 1, code: 4503 },
      { kind: 'refuse', phase: 'token', nth: 2, status: 503, headers: { 'Retry-After': '60' } },
    ],
    reached: async ({ session }: Trial): Promise<void> => {
      while ((await next(session, 'retry')).source !== 'hint');
    },
  },
  {
    name: 'during the handshake of a reconnect',
    state: 'websocket_connect',
    faults: [
      { kind: 'close', phase: 'runtime', nth: 1, code: 4503 },
      { kind: 'hang', phase: 'handshake', nth: 2 },
    ],
    reached: (trial) => trial.faultFired(2),
  },
  {
    name: 'when the peer has fallen silent',
    state: 'websocket_runtime',
    faults: [{ kind: 'silence', phase: 'runtime' }],
    reached: fault,
  },
];

/**
 * The states of a session and the one table of legal transitions; the diagram in the README is drawn from it.
 *
 * A dial walks `session_token → websocket_connect → websocket_runtime`. Whatever fails on the way, and every
 * connection that is lost later, leads to `waiting` when the policy goes on, or out through `closed`.
 * `closing` is left only for `closed`, and `closed` is never left: a session is not reopened.
 */

export type SessionState =
  'idle' | 'session_token' | 'websocket_connect' | 'websocket_runtime' | 'waiting' | 'closing' | 'closed';
export const SESSION_STATES = [
  'idle',
  'session_token',
  'websocket_connect',
  'websocket_runtime',
  'waiting',
  'closing',
  'closed',
] as const satisfies readonly SessionState[];

/**
 * - `dialStarted`: an attempt begins; `tokenObtained`, `confirmed`: its phases are through
 * - `heldBack`: the first attempt has to wait at the connect gate
 * - `interrupted`: the attempt failed or the connection was lost, and the session goes on later
 * - `endingStarted`: no way back, a socket is still being closed; `ended`: nothing is left
 */
export const SESSION_EVENTS = [
  'dialStarted',
  'tokenObtained',
  'confirmed',
  'heldBack',
  'interrupted',
  'endingStarted',
  'ended',
] as const;
export type SessionEvent = (typeof SESSION_EVENTS)[number];

export const TRANSITIONS: Readonly<
  Record<SessionState, Readonly<Partial<Record<SessionEvent, SessionState>>>>
> = Object.freeze({
  idle: { dialStarted: 'session_token', heldBack: 'waiting', endingStarted: 'closing' },
  session_token: { tokenObtained: 'websocket_connect', interrupted: 'waiting', endingStarted: 'closing' },
  websocket_connect: { confirmed: 'websocket_runtime', interrupted: 'waiting', endingStarted: 'closing' },
  websocket_runtime: { interrupted: 'waiting', endingStarted: 'closing' },
  waiting: { dialStarted: 'session_token', endingStarted: 'closing' },
  closing: { ended: 'closed' },
  closed: {},
});

/** The state after `event`, or undefined when the event is not legal in `state`. */
export function transition(state: SessionState, event: SessionEvent): SessionState | undefined {
  return TRANSITIONS[state][event];
}

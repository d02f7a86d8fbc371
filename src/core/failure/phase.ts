/** Where a failure happened: the phase (the vendor's three words) and the step within it. */

/** The three phases of a session, in the order in which one attempt goes through them. */
export const PHASES = ['session_token', 'websocket_connect', 'websocket_runtime'] as const;
export type Phase = (typeof PHASES)[number];

/**
 * - `request`: the token request or the token provider (phase `session_token`)
 * - `upgrade`, `handshake`: HTTP upgrade, then configure → confirm (phase `websocket_connect`)
 * - `send`, `receive`, `heartbeat`, `close`: the confirmed session (phase `websocket_runtime`);
 *   `close` also names a close frame that answered the handshake
 */
export const STEPS = ['request', 'upgrade', 'handshake', 'send', 'receive', 'heartbeat', 'close'] as const;
export type Step = (typeof STEPS)[number];

/** The step of a failure of this side that belongs to no other, by the phase that the session is in. */
export const LOCAL_STEPS: Readonly<Record<Phase, Step>> = {
  session_token: 'request',
  websocket_connect: 'handshake',
  websocket_runtime: 'send',
};

/** Where a failure happened: the phase (the vendor's three words) and the step within it; and where it comes from. */

/** The three phases of a session, in the order in which one attempt goes through them. */
export type Phase = 'session_token' | 'websocket_connect' | 'websocket_runtime';
export const PHASES = [
  'session_token',
  'websocket_connect',
  'websocket_runtime',
] as const satisfies readonly Phase[];

/**
 * - `request`: the token request or the token provider (phase `session_token`)
 * - `upgrade`, `handshake`: HTTP upgrade, then configure → confirm (phase `websocket_connect`)
 * - `send`, `receive`, `heartbeat`, `close`: the confirmed session (phase `websocket_runtime`);
 *   `close` also names a close frame that answered the handshake
 */
export type Step = 'request' | 'upgrade' | 'handshake' | 'send' | 'receive' | 'heartbeat' | 'close';
export const STEPS = [
  'request',
  'upgrade',
  'handshake',
  'send',
  'receive',
  'heartbeat',
  'close',
] as const satisfies readonly Step[];

/** The step of a failure of this side that belongs to no other, by the phase that the session is in. */
export const LOCAL_STEPS: Readonly<Record<Phase, Step>> = {
  session_token: 'request',
  websocket_connect: 'handshake',
  websocket_runtime: 'send',
};

/**
 * - `service`: the service's own answer: an HTTP status with its error body, a close code, a ServerError, a breach of the protocol
 * - `gateway`: something in front of the service answered in its place: a proxy, a load balancer, a firewall, a portal
 * - `transport`: the network, TLS, a time-out, a silent peer
 * - `application`: a function that the application gave: `tokenProvider`, an egress function, an `httpPost` that throws by
 *   itself, a source of audio
 * - `local`: this package: misuse of a call or an option, a limit of its own, the end of the session
 */
export type FailureOrigin = 'service' | 'gateway' | 'transport' | 'application' | 'local';
export const FAILURE_ORIGINS = [
  'service',
  'gateway',
  'transport',
  'application',
  'local',
] as const satisfies readonly FailureOrigin[];

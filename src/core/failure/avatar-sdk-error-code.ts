/**
 * The vocabulary of a failure: its phase, its step and its origin (the vendor's three words for the phase); the 20 codes; and for each
 * code one sentence on what an operator should do, with a more specific one for some phases.
 */
import { ownMember } from '../option/plain-object.js';

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

/** The step of a local failure that fits no other step, by the phase of the session. */
export const LOCAL_STEPS: Readonly<Record<Phase, Step>> = {
  session_token: 'request',
  websocket_connect: 'handshake',
  websocket_runtime: 'send',
};

/**
 * - `service`: the service's own answer: an HTTP status with its error body, a close code, a ServerError, a breach of the protocol
 * - `gateway`: an intermediary answered in place of the service: a proxy, a load balancer, a firewall, a portal
 * - `transport`: the network, TLS, a time-out, a silent peer
 * - `application`: a function that the application gave: `tokenProvider`, an egress function, an `httpPost` that throws by itself
 * - `source`: an audio source of the application threw, gave no audio, or stalled
 * - `local`: this package: misuse of a call or an option, a limit of its own, the end of the session
 */
export type FailureOrigin = 'service' | 'gateway' | 'transport' | 'application' | 'source' | 'local';
export const FAILURE_ORIGINS = [
  'service',
  'gateway',
  'transport',
  'application',
  'source',
  'local',
] as const satisfies readonly FailureOrigin[];

/**
 * The closed vocabulary of failures: every failure of the three phases gets exactly one of these codes. The names are stable, so a
 * program may switch on them. The tables of this folder map facts to codes; `core/policy` decides what follows from a code.
 */
export const AvatarSDKErrorCode = {
  /** The session token has expired or is no longer authorized. */
  sessionTokenExpired: 'sessionTokenExpired',
  /** The session token (or the API key that should mint it) is invalid or empty. */
  sessionTokenInvalid: 'sessionTokenInvalid',
  /** The app id is not known to the service. */
  appIDUnrecognized: 'appIDUnrecognized',
  /** The session token belongs to another app. */
  appIDMismatch: 'appIDMismatch',
  /** The avatar does not exist. */
  avatarNotFound: 'avatarNotFound',
  /** Blocked by billing. */
  billingRequired: 'billingRequired',
  /** Out of credits. */
  creditsExhausted: 'creditsExhausted',
  /** The duration limit that billing enforces was reached. */
  sessionDurationExceeded: 'sessionDurationExceeded',
  /** Too many sessions for the plan, or rate limited. */
  concurrencyLimit: 'concurrencyLimit',
  /** The sample rate is not accepted. */
  unsupportedSampleRate: 'unsupportedSampleRate',
  /** The LiveKit or Agora configuration is invalid. */
  invalidEgressConfig: 'invalidEgressConfig',
  /** Egress is unavailable, or not configured at the service. */
  egressUnavailable: 'egressUnavailable',
  /** Closed because no input came. */
  idleTimeout: 'idleTimeout',
  /** An internal service behind the avatar service failed. */
  upstreamError: 'upstreamError',
  /** Invalid protobuf, or a message out of sequence. */
  protocolError: 'protocolError',
  /** The connection could not be set up at transport level. */
  connectionFailed: 'connectionFailed',
  /** The WebSocket closed unexpectedly. */
  connectionClosed: 'connectionClosed',
  /** A server error that fits no other code. */
  serverError: 'serverError',
  /** The request or its parameters are invalid. */
  invalidRequest: 'invalidRequest',
  /** Can't be classified. */
  unknown: 'unknown',
} as const;

export type AvatarSDKErrorCode = (typeof AvatarSDKErrorCode)[keyof typeof AvatarSDKErrorCode];

/** All 20 codes, in the order of the table above. */
export const AVATAR_SDK_ERROR_CODES: readonly AvatarSDKErrorCode[] = Object.freeze(
  Object.values(AvatarSDKErrorCode),
);

export interface Match {
  readonly code: AvatarSDKErrorCode;
  /** The row in one clause, for people: `close code 4503: a rolling deploy or a failed inner service`. */
  readonly matchedRow: string;
}

const REMEDIATIONS: Readonly<Record<AvatarSDKErrorCode, string>> = Object.freeze({
  sessionTokenExpired:
    'Mint a fresh session token for every connection and check that the clock of this host is right.',
  sessionTokenInvalid:
    'Check that the session token is fresh, unused and minted for this region by the console or your token provider.',
  appIDUnrecognized: 'Check appId, and that the region or the endpoint URLs are those of the app.',
  appIDMismatch: 'Use the appId of the app whose API key minted the session token.',
  avatarNotFound: 'Check avatarId, and that the avatar belongs to this app and region.',
  billingRequired: 'Check the billing state of the account in the console.',
  creditsExhausted: 'Top up the credits of the account in the console.',
  sessionDurationExceeded:
    "Call restart(), or set retry.rules.sessionDurationExceeded to 'retry' to go on after the plan's duration limit.",
  concurrencyLimit:
    'Close sessions that are no longer needed, open them more slowly, or raise the concurrency of the plan.',
  unsupportedSampleRate:
    'Set sampleRate to 8000, 16000, 22050, 24000, 32000, 44100 or 48000 and resample the audio to it.',
  invalidEgressConfig:
    'Check the LiveKit or Agora URL, room and credentials, and that the room token has not expired.',
  egressUnavailable:
    'Check that the room service is reachable from the internet and that egress is enabled for this app.',
  idleTimeout: 'Send audio regularly, or close the session while there is nothing to say.',
  upstreamError:
    "Wait for the service to recover; if it lasts, send the request and connection ids to the service's support.",
  protocolError:
    'Check that the endpoint URLs lead to an AvatarKit service and that this package is up to date.',
  connectionFailed:
    'Check the endpoint URLs, DNS, firewall, proxy and TLS certificates between this host and the service.',
  connectionClosed:
    'Check the network between this host and the service; if the service closed it, see the close reason.',
  serverError: "Send the request and connection ids to the service's support together with the server code.",
  invalidRequest: 'Correct the option, or the audio, that the server detail is about.',
  unknown: 'Report the whole error as JSON together with the version of this package.',
});

const PHASE_REMEDIATIONS: Readonly<Partial<Record<AvatarSDKErrorCode, Partial<Record<Phase, string>>>>> =
  Object.freeze({
    sessionTokenInvalid: Object.freeze({
      session_token:
        'Check the API key, and that it belongs to the region or the endpoint URL of the console.',
    }),
    connectionFailed: Object.freeze({
      session_token:
        'Check consoleEndpointUrl or the token provider, and DNS, firewall, proxy and TLS certificates on the way.',
      websocket_connect:
        'Check ingressEndpointUrl, DNS, firewall, proxy (WebSocket upgrades allowed) and TLS certificates.',
    }),
    invalidRequest: Object.freeze({
      session_token: 'Check consoleEndpointUrl and expireAt: it must lie in the future, within 24 hours.',
    }),
  });

/** Never empty; depends only on its arguments. */
export function remediationFor(code: AvatarSDKErrorCode, phase: Phase): string {
  const ofPhases = ownMember(PHASE_REMEDIATIONS, code);
  return (ofPhases && ownMember(ofPhases, phase)) ?? REMEDIATIONS[code];
}

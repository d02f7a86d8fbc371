/** What an operator should do about each code: one sentence, refined where the phase tells more. */
import type { AvatarSDKErrorCode } from './avatar-sdk-error-code.js';
import type { Phase } from './phase.js';

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
    "Start a new session, or set retry.rules.sessionDurationExceeded to 'retry' to go on after the plan's duration limit.",
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
  invalidRequest: 'Correct the option that the server detail names.',
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

/** Never empty; depends on nothing but its arguments. */
export function remediationFor(code: AvatarSDKErrorCode, phase: Phase): string {
  return PHASE_REMEDIATIONS[code]?.[phase] ?? REMEDIATIONS[code];
}

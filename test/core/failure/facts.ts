/** Makes facts with defaults, so that a test states only the relevant members. */
import type {
  HttpRefused,
  ServerErrorReceived,
  SocketClosed,
  TokenMissing,
  TransportFailed,
} from '../../../src/core/failure/failure-facts.js';

/** 1994-11-06T08:49:37Z, the date of RFC 9110's examples. */
export const NOW_EPOCH_MS = 784_111_777_000;

export function tokenRefused(httpStatus: number, given: Partial<HttpRefused> = {}): HttpRefused {
  const where = { phase: 'session_token', step: 'request', usesEgress: false } as const;
  return { kind: 'httpRefused', ...where, httpStatus, headers: {}, body: '', ...given };
}

export function upgradeRefused(httpStatus: number, given: Partial<HttpRefused> = {}): HttpRefused {
  return tokenRefused(httpStatus, { phase: 'websocket_connect', step: 'upgrade', ...given });
}

export function tokenMissing(body: string, given: Partial<TokenMissing> = {}): TokenMissing {
  return { ...tokenRefused(200), kind: 'tokenMissing', body, ...given };
}

export function socketClosed(closeCode: number, given: Partial<SocketClosed> = {}): SocketClosed {
  return {
    kind: 'socketClosed',
    phase: 'websocket_runtime',
    step: 'close',
    usesEgress: false,
    closeCode,
    closeReason: '',
    confirmed: true,
    unfinishedRequests: 1,
    ...given,
  };
}

export function serverError(
  serverCode: number,
  message: string,
  given: Partial<ServerErrorReceived> = {},
): ServerErrorReceived {
  return {
    kind: 'serverErrorReceived',
    phase: 'websocket_connect',
    step: 'handshake',
    usesEgress: false,
    serverCode,
    message,
    confirmed: false,
    ...given,
  };
}

export function transportFailed(errno: string, given: Partial<TransportFailed> = {}): TransportFailed {
  return {
    kind: 'transportFailed',
    phase: 'websocket_connect',
    step: 'upgrade',
    usesEgress: false,
    errno,
    message: `connect ${errno}`,
    ...given,
  };
}

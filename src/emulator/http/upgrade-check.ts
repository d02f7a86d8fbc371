/**
 * Decides whether an upgrade request may become a connection, and with which answer it is refused otherwise.
 * Reads only what it is given; consumes no token.
 */
import type { TokenState } from '../context/accounts.js';
import type { AuthMode } from '../context/emulator-log.js';
import type { EmulatedApp } from '../context/emulator-options.js';

export interface UpgradeCredentials {
  readonly authMode: AuthMode;
  readonly appId: string;
  readonly token: string;
  readonly avatarId: string;
}

export interface UpgradeRefusal {
  readonly status: number;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The plan has no room. */
  readonly isLimit?: true;
}

export interface UpgradeSituation {
  readonly apps: readonly Pick<EmulatedApp, 'appId' | 'maxSessions'>[];
  readonly avatars: readonly string[];
  readonly token: TokenState;
  readonly creditsExhausted: boolean;
  /** Of the whole service, and of the requesting app. */
  readonly sessions: number;
  readonly appSessions: number;
  readonly maxSessions: number;
  readonly retryAfterSeconds: number | undefined;
}

/** Headers win over the query, as long as both of a pair are there. */
export function upgradeCredentials(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  query: URLSearchParams,
): UpgradeCredentials {
  const fromHeaders = { appId: one(headers['x-app-id']), token: one(headers['x-session-key']) };
  const fromQuery = { appId: query.get('appId') ?? '', token: query.get('sessionKey') ?? '' };
  const inHeaders = fromHeaders.appId !== '' || fromHeaders.token !== '';
  const inQuery = fromQuery.appId !== '' || fromQuery.token !== '';
  const authMode = inHeaders && inQuery ? 'both' : inHeaders ? 'header' : inQuery ? 'query' : 'none';
  return { authMode, ...(inHeaders ? fromHeaders : fromQuery), avatarId: query.get('id') ?? '' };
}

/** Undefined when the connection may open. */
export function checkUpgrade(
  credentials: UpgradeCredentials,
  situation: UpgradeSituation,
): UpgradeRefusal | undefined {
  const { token } = situation;
  if (token.state !== 'valid') return TOKEN_REFUSALS[token.state];
  const app = situation.apps.find(({ appId }) => appId === credentials.appId);
  if (app === undefined) {
    return refusal(404, `appIDUnrecognized: ${credentials.appId}`);
  }
  if (token.appId !== credentials.appId) return refusal(403, 'app id mismatch');
  if (!situation.avatars.includes(credentials.avatarId)) {
    return refusal(404, `Avatar not found: ${credentials.avatarId}`);
  }
  if (situation.creditsExhausted) return refusal(402, 'session denied: credits exhausted');
  const isFull = situation.sessions >= situation.maxSessions;
  if (isFull || situation.appSessions >= (app.maxSessions ?? Infinity)) {
    const { retryAfterSeconds } = situation;
    const headers = retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) };
    return { status: 429, message: 'maximum concurrent sessions reached', headers, isLimit: true };
  }
  return undefined;
}

const TOKEN_REFUSALS: Readonly<Record<Exclude<TokenState['state'], 'valid'>, UpgradeRefusal>> = {
  unknown: refusal(400, 'Invalid session token'),
  expired: refusal(401, 'session token expired'),
  used: refusal(401, 'session token expired: already used'),
};

function refusal(status: number, message: string): UpgradeRefusal {
  return { status, message, headers: {} };
}

function one(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? '';
}

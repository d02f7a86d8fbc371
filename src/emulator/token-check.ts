/** Decides whether the token endpoint grants a token: method, key, body, expiry. The time is an argument; does no I/O. */
import type { EmulatedApp } from './emulator-options.js';

export type TokenVerdict =
  | { readonly granted: true; readonly appId: string; readonly expireAt: number }
  | { readonly granted: false; readonly status: number; readonly code: string; readonly detail: string };

/** The service grants less than a day. */
const MAX_LIFETIME_S = 24 * 60 * 60;

export function checkTokenRequest(
  request: { readonly method: string; readonly apiKey: string | undefined; readonly body: string },
  apps: readonly EmulatedApp[],
  nowEpochMs: number,
): TokenVerdict {
  if (request.method !== 'POST') return refused(405, 'method_not_allowed', 'use POST');
  const app = apps.find(({ apiKey }) => apiKey === request.apiKey);
  if (app === undefined) return refused(401, 'unauthorized', 'invalid API key');
  const expireAt = expireAtIn(request.body);
  if (expireAt === 'notJson') return refused(400, 'invalid_json', 'request body is not a JSON object');
  if (expireAt === undefined) return refused(400, 'invalid_expire_at', 'expire_at must be unix seconds');
  if (expireAt * 1000 <= nowEpochMs)
    return refused(400, 'invalid_expire_at', 'expire_at must be in the future');
  if (expireAt * 1000 >= nowEpochMs + MAX_LIFETIME_S * 1000) {
    return refused(400, 'invalid_expire_at', 'expire_at must be within 24 hours');
  }
  return { granted: true, appId: app.appId, expireAt };
}

function expireAtIn(body: string): number | 'notJson' | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return 'notJson'; // The caller turns it into the 400 that it is.
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return 'notJson';
  const expireAt: unknown = 'expireAt' in parsed ? parsed.expireAt : undefined;
  return typeof expireAt === 'number' && Number.isInteger(expireAt) ? expireAt : undefined;
}

function refused(status: number, code: string, detail: string): TokenVerdict {
  return { granted: false, status, code, detail };
}

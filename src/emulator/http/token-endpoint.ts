/**
 * The console's token endpoint: faults first, then the checks of method, key, body and expiry, then a token
 * or an error body. Logs neither keys nor tokens, and is independent of how request and answer are
 * transported.
 */
import type { EmulatorContext } from '../context/emulator-context.js';
import type { EmulatedApp } from '../context/emulator-options.js';
import type { RequestTarget } from '../fault/fault-row.js';
import { answerWithFaults, strikeRequest } from '../fault/fault-plan.js';

/** One request at the endpoint, and the ways in which it can end; at most one of them is called, once. */
export interface TokenCall {
  readonly method: string;
  readonly apiKey: string | undefined;
  /** Undefined if it was too large. */
  readonly body: string | undefined;
  answer(status: number, headers: Readonly<Record<string, string>>, body: string): void;
  /** TCP reset. */
  reset(): void;
}

export function serveToken(context: EmulatorContext, call: TokenCall): void {
  const { log, plan, timers } = context;
  log.add({ event: 'tokenRequested' });
  const target: RequestTarget = {
    answer: (status, headers, body) => {
      log.add({ event: 'tokenRefused', status, detail: 'fault' });
      call.answer(status, headers, body);
    },
    hang: () => undefined,
    reset: () => call.reset(),
  };
  answerWithFaults('token', { plan, timers, log: (event) => log.add(event) }, (faults) => {
    if (!strikeRequest(faults, target)) judge(context, call);
  });
}

function judge({ log, options, tokens, clock, newId }: EmulatorContext, call: TokenCall): void {
  const { method, apiKey, body } = call;
  const nowEpochMs = clock.epochMs();
  const verdict =
    body === undefined
      ? ({ granted: false, status: 413, code: 'too_large', detail: 'request body is too large' } as const)
      : checkTokenRequest({ method, apiKey, body }, options.apps, nowEpochMs);
  if (!verdict.granted) {
    const { status, code, detail } = verdict;
    log.add({ event: 'tokenRefused', status, detail });
    const error = tokenErrorBody(options.tokenErrorShape, status, code, detail, newId());
    call.answer(status, error.headers, error.body);
    return;
  }
  const { appId, expireAt } = verdict;
  const token = tokens.issue(appId, Math.min(expireAt * 1000, nowEpochMs + options.tokenLifetimeMs));
  log.add({ event: 'tokenIssued', expireAt });
  const fields = { [options.tokenField]: token };
  const json = JSON.stringify(options.tokenInData ? { data: fields } : fields);
  call.answer(200, { 'Content-Type': 'application/json' }, json);
}

type TokenVerdict =
  | { readonly granted: true; readonly appId: string; readonly expireAt: number }
  | { readonly granted: false; readonly status: number; readonly code: string; readonly detail: string };

/** The real service grants less than a day. */
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
    return 'notJson'; // The caller answers with 400.
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return 'notJson';
  const expireAt: unknown = 'expireAt' in parsed ? parsed.expireAt : undefined;
  return typeof expireAt === 'number' && Number.isInteger(expireAt) ? expireAt : undefined;
}

function refused(status: number, code: string, detail: string): TokenVerdict {
  return { granted: false, status, code, detail };
}

/** A refusal as JSON, with a line end, as the real service writes it. */
export function refusalBody(json: object): string {
  return `${JSON.stringify(json)}\n`;
}

interface TokenErrorAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function tokenErrorBody(
  shape: 'A' | 'B' | 'C' | 'D',
  status: number,
  code: string,
  detail: string,
  id: string,
): TokenErrorAnswer {
  const json = { 'Content-Type': 'application/json' };
  const title = code.replaceAll('_', ' ');
  switch (shape) {
    case 'A':
      return {
        headers: json,
        body: refusalBody({ errors: [{ id, status, code, title, detail, message: detail }] }),
      };
    case 'B':
      return { headers: json, body: refusalBody({ message: detail }) };
    case 'C':
      return {
        headers: { ...json, 'X-Request-ID': id },
        body: refusalBody({ error: { code, message: detail, request_id: id } }),
      };
    case 'D':
      return {
        headers: { 'Content-Type': 'text/html' },
        body: `<html><head><title>${status}</title></head><body><h1>${title}</h1><p>${detail}</p></body></html>\n`,
      };
  }
}

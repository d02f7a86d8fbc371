/**
 * The console's token endpoint over HTTP: faults first, then the verdict of token-check.ts. Reads at most 64 KiB of a
 * request, and tells the log neither keys nor tokens.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EmulatorContext } from './emulator-context.js';
import type { FaultIn } from './fault.js';
import { checkTokenRequest } from './token-check.js';
import { tokenErrorBody } from './token-error-body.js';
import { resetTcp } from './service-socket.js';

const MAX_BODY_BYTES = 65_536;

export const TOKEN_PATH = '/v1/console/session-tokens';

/** Answers one HTTP request; every path but the token endpoint's is a 404. Never throws. */
export function serveHttp(
  context: EmulatorContext,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  request.on('error', () => undefined); // The client went away; there is nobody left to answer.
  response.on('error', () => undefined);
  const [path] = (request.url ?? '/').split('?');
  if (path !== TOKEN_PATH) {
    request.resume();
    answer(response, 404, { 'Content-Type': 'application/json' }, '{"message":"not found"}');
    return;
  }
  let body = '';
  let bytes = 0;
  request.setEncoding('utf8');
  request.on('data', (piece: string) => {
    bytes += Buffer.byteLength(piece);
    if (bytes <= MAX_BODY_BYTES) body += piece;
  });
  request.on('end', () => serveToken(context, request, response, bytes <= MAX_BODY_BYTES ? body : undefined));
}

function serveToken(
  context: EmulatorContext,
  request: IncomingMessage,
  response: ServerResponse,
  body: string | undefined,
): void {
  const { log, plan, timers } = context;
  log.add({ event: 'tokenRequested' });
  const faults = plan.take('token');
  for (const { kind, phase } of faults) log.add({ event: 'faultFired', kind, phase });
  const delayMs = faults.reduce((sum, fault) => sum + (fault.kind === 'delay' ? fault.delayMs : 0), 0);
  const proceed = (): void => {
    if (!faults.some((fault) => strike(context, fault, request, response))) {
      judge(context, request, response, body);
    }
  };
  if (delayMs === 0) proceed();
  else timers.after(delayMs, proceed);
}

/** True when nothing more is to be answered. */
function strike(
  { log }: EmulatorContext,
  fault: FaultIn<'token'>,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  switch (fault.kind) {
    case 'delay': // Has passed already.
      return false;
    case 'hang':
      return true;
    case 'reset':
      resetTcp(request.socket);
      return true;
    case 'refuse': {
      const { status, headers = {}, body = '' } = fault;
      log.add({ event: 'tokenRefused', status, detail: 'fault' });
      answer(response, status, headers, body);
      return true;
    }
  }
}

function judge(
  { log, options, tokens }: EmulatorContext,
  request: IncomingMessage,
  response: ServerResponse,
  body: string | undefined,
): void {
  const apiKey = request.headers['x-api-key'];
  const nowEpochMs = Date.now();
  const verdict =
    body === undefined
      ? ({ granted: false, status: 413, code: 'too_large', detail: 'request body is too large' } as const)
      : checkTokenRequest(
          { method: request.method ?? '', apiKey: typeof apiKey === 'string' ? apiKey : undefined, body },
          options.apps,
          nowEpochMs,
        );
  if (!verdict.granted) {
    const { status, code, detail } = verdict;
    log.add({ event: 'tokenRefused', status, detail });
    const error = tokenErrorBody(options.tokenErrorShape, status, code, detail);
    answer(response, status, error.headers, error.body);
    return;
  }
  const { appId, expireAt } = verdict;
  const token = tokens.issue(appId, Math.min(expireAt * 1000, nowEpochMs + options.tokenLifetimeMs));
  log.add({ event: 'tokenIssued', expireAt });
  const fields = { [options.tokenField]: token };
  const json = JSON.stringify(options.tokenInData ? { data: fields } : fields);
  answer(response, 200, { 'Content-Type': 'application/json' }, json);
}

function answer(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
): void {
  // A console answer is never kept alive: a client's pool would otherwise reuse a connection of a stopped service.
  response.writeHead(status, { ...headers, Connection: 'close' });
  response.end(body);
}

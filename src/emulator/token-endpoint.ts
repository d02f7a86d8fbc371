/**
 * The console's token endpoint: faults first, then the verdict of token-check.ts. Tells the log neither keys nor tokens, and
 * knows nothing of what carries request and answer.
 */
import type { EmulatorContext } from './emulator-context.js';
import type { FaultIn } from './fault.js';
import { gatewayPage } from './gateway-page.js';
import { checkTokenRequest } from './token-check.js';
import { tokenErrorBody } from './token-error-body.js';

/** One request at the endpoint, and the ways in which it may end; at most one of them is called, once. */
export interface TokenCall {
  readonly method: string;
  readonly apiKey: string | undefined;
  /** Undefined when it was too large. */
  readonly body: string | undefined;
  answer(status: number, headers: Readonly<Record<string, string>>, body: string): void;
  /** TCP reset. */
  reset(): void;
}

export function serveToken(context: EmulatorContext, call: TokenCall): void {
  const { log, plan, timers } = context;
  log.add({ event: 'tokenRequested' });
  const faults = plan.take('token');
  for (const { kind, phase } of faults) log.add({ event: 'faultFired', kind, phase });
  const delayMs = faults.reduce((sum, fault) => sum + (fault.kind === 'delay' ? fault.delayMs : 0), 0);
  const proceed = (): void => {
    if (!faults.some((fault) => strike(context, fault, call))) judge(context, call);
  };
  if (delayMs === 0) proceed();
  else timers.after(delayMs, proceed);
}

/** True when nothing more is to be answered. */
function strike({ log }: EmulatorContext, fault: FaultIn<'token'>, call: TokenCall): boolean {
  switch (fault.kind) {
    case 'delay': // Has passed already.
      return false;
    case 'hang':
      return true;
    case 'reset':
      call.reset();
      return true;
    case 'refuse': {
      const { status, headers = {}, body = '' } = fault;
      log.add({ event: 'tokenRefused', status, detail: 'fault' });
      call.answer(status, headers, body);
      return true;
    }
    case 'gatewayPage': {
      const { status, headers, body } = gatewayPage(fault.status, fault.title, fault.headers);
      log.add({ event: 'tokenRefused', status, detail: 'fault' });
      call.answer(status, headers, body);
      return true;
    }
  }
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

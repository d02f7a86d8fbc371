/**
 * `init()`: a session token before there is a dial. The request waits at the gate of the console as those of dials do, and what comes
 * of it is evidence there. One try.
 */
import { recordVerdict } from '../../core/failure/avatar-sdk-error.js';
import { toDecidableFailure } from '../../core/policy/to-decidable-failure.js';
import type { SessionEnd } from '../../core/session/session-life.js';
import type { EndSignal, LazySignal } from '../../ports/end-signal.js';
import type { SessionToken, TokenSource } from '../../ports/token-source.js';
import type { Lifecycle } from '../events/lifecycle.js';
import type { SessionErrors } from '../events/session-errors.js';
import type { DialPermit } from '../gate/dial-permit.js';
import { waitForAdmission } from '../gate/wait-for-admission.js';
import type { SessionGates } from '../gate/session-gates.js';
import type { SessionContext } from '../options/session-context.js';
import { AWAKE_PARTS, withDeadline } from '../waiting/deadline.js';
import { isEvidence, toDialFailure } from './dial-failure.js';
import { requestStep } from './dial.js';
import type { TokenStore } from './token-store.js';

export interface AheadHost {
  readonly context: SessionContext;
  readonly tokens: TokenStore;
  readonly errors: SessionErrors;
  readonly lifecycle: Lifecycle;
  /** Aborted when the session ends. */
  readonly signal: EndSignal;
  /** How the session ends; undefined while it goes on. */
  readonly end: SessionEnd | undefined;
  /** Whether `start` has been called. */
  readonly started: boolean;
  gates(): SessionGates;
}

/** Rejects with an AvatarSDKError. The request and the wait for it take 2 × `timeoutMs` at most. */
export async function fetchAhead(host: AheadHost): Promise<void> {
  const { tokens, context, lifecycle, errors } = host;
  try {
    await tokens.fetchAhead((source) => request(host, source));
  } catch (error) {
    const failure = toDialFailure(error, requestStep(context.options), errors);
    // A dial that has waited for the same token reports its failure, and the decision about that is this one's verdict.
    if (tokens.joinedDialWaits && lifecycle.state === 'session_token') await lifecycle.nextState;
    const { end, started } = host;
    const reason = end?.error.reason;
    const willRetry = started && end === undefined;
    recordVerdict(failure, reason === undefined ? { willRetry } : { willRetry, reason });
    if (!tokens.aheadJoined && end === undefined) lifecycle.failed(failure);
    throw failure;
  }
}

async function request(host: AheadHost, source: TokenSource): Promise<SessionToken> {
  const gates = host.gates();
  const { console } = gates;
  if (console === undefined) return ask(host, source);
  console.register();
  const pass = console.enter(gates.requestEntry(host.context.options.timeoutMs));
  try {
    const admitted = admission(host, pass);
    if (admitted !== undefined) await admitted;
    const token = await ask(host, source);
    pass.confirmed();
    return token;
  } catch (error) {
    report(host, pass, error);
    throw error;
  } finally {
    pass.left();
    console.unregister();
  }
}

function ask({ context, signal }: AheadHost, source: TokenSource): Promise<SessionToken> {
  const { clock, timeoutMs } = context.options;
  const fetch = (stepSignal: LazySignal): Promise<SessionToken> =>
    source.fetchToken({ reason: 'start', signal: stepSignal });
  return withDeadline(clock, timeoutMs, signal, fetch, AWAKE_PARTS);
}

function admission({ context, lifecycle, signal }: AheadHost, pass: DialPermit): Promise<void> | undefined {
  const { clock, timeoutMs } = context.options;
  const held = (why: string, leastMs: number): void =>
    lifecycle.delayed({ attempt: 1, delayMs: leastMs, source: 'gate', why });
  return waitForAdmission(pass, { clock, signal, leftMs: timeoutMs, onGateWait: held });
}

/** What the failure is evidence of; nothing where the session has ended, or where a function of the application took too long. */
function report({ context, errors, signal }: AheadHost, pass: DialPermit, error: unknown): void {
  const step = requestStep(context.options);
  if (signal.aborted || !isEvidence(error, step)) return;
  const failure = toDecidableFailure(toDialFailure(error, step, errors));
  pass.failed(failure);
  pass.decided(failure, undefined);
}

/**
 * `init()`: a session token before there is a dial. The request waits at the gate of the console as those of dials do, and what comes
 * of it is evidence there. One try.
 */
import { recordVerdict } from '../../core/failure/avatar-sdk-error.js';
import type { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import { toDecidableFailure } from '../../core/policy/to-decidable-failure.js';
import type { EndSignal, LazySignal } from '../../ports/end-signal.js';
import type { SessionToken, TokenSource } from '../../ports/token-source.js';
import type { Lifecycle } from '../events/lifecycle.js';
import type { DialPermit } from '../gate/dial-permit.js';
import { waitForAdmission } from '../gate/wait-for-admission.js';
import type { SessionGates } from '../gate/session-gates.js';
import type { ResolvedSessionOptions } from '../options/resolve-session-options.js';
import { AWAKE_PARTS, withDeadline } from '../waiting/deadline.js';
import { isEvidence, toDialFailure } from './dial-failure.js';
import { requestStep } from './dial.js';
import type { FailureInterpreter } from './failure-interpreter.js';
import type { TokenStore } from './token-store.js';

export interface AheadParts {
  readonly options: ResolvedSessionOptions;
  readonly tokens: TokenStore;
  readonly interpreter: FailureInterpreter;
  readonly lifecycle: Lifecycle;
  /** Aborted when the session ends. */
  readonly signal: EndSignal;
  /** What has ended the session; undefined while it goes on. */
  readonly endedBy: AvatarSDKError | undefined;
  readonly over: boolean;
  readonly driver: { readonly started: boolean };
  gates(): SessionGates;
}

/** Rejects with an AvatarSDKError. The request and the wait for it take 2 × `timeoutMs` at most. */
export async function fetchAhead(parts: AheadParts): Promise<void> {
  const { tokens, options, lifecycle, interpreter, driver } = parts;
  try {
    await tokens.fetchAhead((source) => request(parts, source));
  } catch (error) {
    const failure = toDialFailure(error, requestStep(options), interpreter);
    // A dial that has waited for the same token reports its failure, and the decision about that is this one's verdict.
    if (tokens.joinedDialWaits && lifecycle.state === 'session_token') await lifecycle.nextState;
    const reason = parts.endedBy?.reason;
    const willRetry = driver.started && !parts.over;
    recordVerdict(failure, reason === undefined ? { willRetry } : { willRetry, reason });
    if (!tokens.aheadJoined && !parts.over) lifecycle.failed(failure);
    throw failure;
  }
}

async function request(parts: AheadParts, source: TokenSource): Promise<SessionToken> {
  const gates = parts.gates();
  const { console } = gates;
  if (console === undefined) return ask(parts, source);
  console.register();
  const pass = console.enter(gates.requestEntry(parts.options.timeoutMs));
  try {
    const admitted = admission(parts, pass);
    if (admitted !== undefined) await admitted;
    const token = await ask(parts, source);
    pass.confirmed();
    return token;
  } catch (error) {
    report(parts, pass, error);
    throw error;
  } finally {
    pass.left();
    console.unregister();
  }
}

function ask(
  { options: { clock, timeoutMs }, signal }: AheadParts,
  source: TokenSource,
): Promise<SessionToken> {
  const fetch = (stepSignal: LazySignal): Promise<SessionToken> =>
    source.fetchToken({ reason: 'start', signal: stepSignal });
  return withDeadline(clock, timeoutMs, signal, fetch, AWAKE_PARTS);
}

function admission({ options, lifecycle, signal }: AheadParts, pass: DialPermit): Promise<void> | undefined {
  const { clock, timeoutMs } = options;
  const held = (why: string, leastMs: number): void =>
    lifecycle.delayed({ attempt: 1, delayMs: leastMs, source: 'gate', why });
  return waitForAdmission(pass, { clock, signal, leftMs: timeoutMs, onGateWait: held });
}

/** What the failure is evidence of; nothing where the session has ended, or where a function of the application took too long. */
function report({ options, interpreter, signal }: AheadParts, pass: DialPermit, error: unknown): void {
  const step = requestStep(options);
  if (signal.aborted || !isEvidence(error, step)) return;
  const failure = toDecidableFailure(toDialFailure(error, step, interpreter));
  pass.failed(failure);
  pass.decided(failure, undefined);
}

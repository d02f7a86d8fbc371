/**
 * Turns the rejection of a dial's step into one AvatarSDKError, depending on the type of the rejection, and decides whether it is
 * evidence about the endpoint. Does not decide what happens next.
 */
import { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import type { AvatarSDKErrorCode } from '../../core/failure/avatar-sdk-error-code.js';
import type { FailureFacts, HttpRefused, RefusedLocally } from '../../core/failure/failure-facts.js';
import type { LocalProblem } from '../../core/failure/local-problem.js';
import { OTHER_TRANSPORT, matchTransport } from '../../core/failure/transport-rules.js';
import { answerMember, bareObject, isBare, ownMember } from '../../core/option/plain-object.js';
import { UnusableHttpAnswer } from '../../ports/http-post.js';
import { TokenProviderError, TokenRefused, UnusableToken } from '../../ports/token-source.js';
import { UpgradeMalformed, UpgradeRefused } from '../../ports/transport.js';
import { HandshakeFailed } from '../connection/server-message.js';
import type { SessionErrors } from '../events/session-errors.js';
import { DeadlinePassed } from '../../ports/end-signal.js';
import { readableThrown, thrownMessage } from '../waiting/deferred.js';
import { EgressFunctionError } from './dial-request.js';

export interface DialStep extends Pick<FailureFacts, 'phase' | 'step'> {
  /**
   * Set if the step runs a function of the application: `whole` if nothing else runs in it, so that a time-out of the step is one of the
   * function; `part` if the step also uses the network.
   */
  readonly application?: 'whole' | 'part';
  /** Whether the step dials with a transport of the application. */
  readonly customTransport?: boolean;
  /** Whether the step's time limit was the rest of the outage's time, and not a limit of its own. */
  readonly cut?: boolean;
}

/** The AvatarSDKError for a rejected step, whatever it rejected with. */
export function toDialFailure(thrown: unknown, at: DialStep, errors: SessionErrors): AvatarSDKError {
  const error = readableThrown(thrown);
  // An object of that class without a code was not made by this package.
  if (error instanceof AvatarSDKError && AvatarSDKError.is(error)) return error;
  const { phase, step } = at;
  return errors.failure(dialFacts(error, { phase, step, usesEgress: errors.usesEgress }, at));
}

/**
 * Whether the failure is evidence about the endpoint. It is none if the outage left too little time, if a function of the application
 * that also uses the network took too long, or if a transport of the application failed without an error of the network. Functions that
 * are `whole` are classified as the application's own, which is no evidence either.
 */
export function isEvidence(thrown: unknown, step: DialStep): boolean {
  const error = readableThrown(thrown);
  if (error instanceof DeadlinePassed)
    return ownMember(step, 'cut') !== true && ownMember(step, 'application') === undefined;
  if (ownMember(step, 'customTransport') !== true || error instanceof AvatarSDKError) return true;
  const answered = error instanceof UpgradeRefused || error instanceof UpgradeMalformed;
  return answered || systemCode(error) !== undefined;
}

/** The facts of a rejected step, by the type of what it rejected with. */
function dialFacts(
  error: unknown,
  where: Pick<FailureFacts, 'phase' | 'step' | 'usesEgress'>,
  { application, cut = false }: DialStep,
): FailureFacts {
  if (error instanceof HandshakeFailed) return error.facts;
  if (error instanceof DeadlinePassed) {
    const { timeoutMs } = error;
    return { ...where, kind: 'stepTimedOut', timeoutMs, cut, ofApplication: application === 'whole' };
  }
  if (error instanceof UpgradeRefused) {
    return upgradeRefused(error, where);
  }
  if (error instanceof TokenRefused) {
    const { httpStatus, headers, body } = error;
    return { ...where, kind: error.tokenMissing ? 'tokenMissing' : 'httpRefused', httpStatus, headers, body };
  }
  const message = thrownMessage(error);
  if (error instanceof UnusableToken) return unusable(where, 'consoleToken', 'sessionTokenInvalid', message);
  if (error instanceof UnusableHttpAnswer) {
    const facts = unusable(where, 'httpPostAnswer', 'sessionTokenInvalid', message);
    return { ...facts, cause: ownMember(error, 'cause') };
  }
  if (error instanceof UpgradeMalformed) return { ...where, kind: 'protocolViolated', message, cause: error };
  if (error instanceof EgressFunctionError || error instanceof TokenProviderError) {
    return functionFacts(error, where, message);
  }
  const errno = systemCode(error);
  // An error code of the system is a failure of the network, whichever function reports it.
  const ofApplication = application !== undefined && matchTransport(errno) === OTHER_TRANSPORT;
  return {
    ...where,
    kind: 'transportFailed',
    message,
    cause: error,
    ofApplication,
    ...(errno === undefined ? {} : { errno }),
  };
}

/** The result already inherits nothing; the facts of most failures are copied for that. */
function upgradeRefused(
  { httpStatus, headers, body }: UpgradeRefused,
  { phase, step, usesEgress }: Pick<FailureFacts, 'phase' | 'step' | 'usesEgress'>,
): HttpRefused {
  const facts = bareObject() as { -readonly [Name in keyof HttpRefused]: HttpRefused[Name] };
  facts.kind = 'httpRefused';
  facts.phase = phase;
  facts.step = step;
  facts.usesEgress = usesEgress;
  facts.httpStatus = httpStatus;
  // An UpgradeRefused from a transport of the application may have bytes here.
  facts.headers = textsOf(headers);
  facts.body = textOf(body);
  return facts;
}

function unusable(
  where: Pick<FailureFacts, 'phase' | 'step' | 'usesEgress'>,
  problem: LocalProblem,
  code: AvatarSDKErrorCode,
  message: string,
): RefusedLocally {
  return { ...where, kind: 'refusedLocally', code, problem, message };
}

/** A function of the application threw, which may be temporary, or returned a value that can't be used. */
function functionFacts(
  error: EgressFunctionError | TokenProviderError,
  where: Pick<FailureFacts, 'phase' | 'step' | 'usesEgress'>,
  message: string,
): FailureFacts {
  const cause = ownMember(error, 'cause');
  // The classification has a sentence for that; the function's own message is not added to it.
  if (!error.unusable) return { ...where, kind: 'tokenProviderFailed', message: thrownMessage(cause), cause };
  const ofEgress = error instanceof EgressFunctionError;
  return {
    ...where,
    kind: 'refusedLocally',
    code: ofEgress ? 'invalidEgressConfig' : 'sessionTokenInvalid',
    problem: ofEgress ? 'egressAnswer' : 'tokenProviderAnswer',
    origin: 'application',
    message,
    cause,
  };
}

/** The system's code of the error, or of its cause: `fetch` has it one level down. */
function systemCode(error: unknown): string | undefined {
  try {
    return codeOf(error) ?? codeOf(answerMember(error, 'cause'));
  } catch {
    return undefined; // A getter, or a Proxy, that throws.
  }
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error ? answerMember(error, 'code') : undefined;
  return typeof code === 'string' ? code : undefined;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Headers of the package's own transport are used as they are. */
function textsOf(headers: unknown): Readonly<Record<string, string>> {
  if (isBare(headers)) return headers as Readonly<Record<string, string>>;
  const texts = bareObject() as Record<string, string>;
  if (typeof headers !== 'object' || headers === null) return texts;
  for (const name of Object.keys(headers)) {
    const value: unknown = (headers as Readonly<Record<string, unknown>>)[name];
    if (typeof value === 'string') texts[name] = value;
  }
  return texts;
}

/**
 * What a step of a dial that rejected means: one AvatarSDKError, by the type of what it rejected with, and whether that is evidence about
 * the endpoint. Must not know what follows from it.
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
import { DeadlinePassed } from '../waiting/deadline.js';
import { readableThrown, thrownMessage } from '../waiting/deferred.js';
import { EgressFunctionError } from './dial-request.js';

export interface DialStep extends Pick<FailureFacts, 'phase' | 'step'> {
  /**
   * A function of the application runs in it: `whole`, when nothing else does, so that its time-out is the function's too;
   * `part`, when the network is behind it.
   */
  readonly application?: 'whole' | 'part';
  /** A transport of the application dials in it. */
  readonly customTransport?: boolean;
  /** Its time was what was left of the outage, and not a limit of its own. */
  readonly cut?: boolean;
}

/** What a rejected step means: one AvatarSDKError, whatever it rejected with. */
export function toDialFailure(thrown: unknown, at: DialStep, errors: SessionErrors): AvatarSDKError {
  const error = readableThrown(thrown);
  // An object of that class without a code is none of ours.
  if (error instanceof AvatarSDKError && AvatarSDKError.is(error)) return error;
  const { phase, step } = at;
  return errors.failure(dialFacts(error, { phase, step, usesEgress: errors.usesEgress }, at));
}

/**
 * Whether the failure is evidence about the endpoint. It is none where the outage left too little time, where a function of the
 * application took too long that the network is behind, and where a transport of the application failed without an error of the
 * network. Functions that are `whole` are classified as the application's own, which is none either.
 */
export function isEvidence(thrown: unknown, step: DialStep): boolean {
  const error = readableThrown(thrown);
  if (error instanceof DeadlinePassed)
    return ownMember(step, 'cut') !== true && ownMember(step, 'application') === undefined;
  if (ownMember(step, 'customTransport') !== true || error instanceof AvatarSDKError) return true;
  const answered = error instanceof UpgradeRefused || error instanceof UpgradeMalformed;
  return answered || systemCode(error) !== undefined;
}

/** What a rejected step says about the failure, by the type of what it rejected with. */
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

/** It inherits nothing already: the facts of most failures are copied for that. */
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
  // One of the application's own transport may hold bytes.
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

/** A function of the application threw, which may heal, or returned what can't be used. */
function functionFacts(
  error: EgressFunctionError | TokenProviderError,
  where: Pick<FailureFacts, 'phase' | 'step' | 'usesEgress'>,
  message: string,
): FailureFacts {
  const cause = ownMember(error, 'cause');
  // The sentence about it is the classification's; what the function threw is not said twice.
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

/** The code of the error, or of what caused it: `fetch` has the system's one level down. */
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

/** Those of the package's own transport are taken as they are. */
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

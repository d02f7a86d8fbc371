/**
 * One attempt: token → upgrade → handshake, each step within its time. It ends with a confirmed connection, or with one AvatarSDKError and
 * no socket. Reads what a failed step rejected with by its type, and leaves the meaning to classification. Must not know whether another
 * attempt follows.
 */
import { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import { abortSignalOf } from '../../ports/end-signal.js';
import type { EndSignal, LazySignal } from '../../ports/end-signal.js';
import type { TokenReason } from '../../ports/token-source.js';
import type { TransportConnection, TransportSink } from '../../ports/transport.js';
import { LiveConnection } from '../connection/live-connection.js';
import type { SessionErrors } from '../events/session-errors.js';
import type { DialPermits } from '../gate/dial-permits.js';
import {
  mustUseQueryAuth,
  upgradeRequest,
  encodedWithEgress,
  encodedWithoutEgress,
  EgressFunctionError,
} from './dial-request.js';
import type { SessionContext } from '../options/session-context.js';
import { AWAKE_PARTS, Deadlines, DeadlinePassed } from '../waiting/deadline.js';
import type { AvatarSDKErrorCode } from '../../core/failure/avatar-sdk-error-code.js';
import type { FailureFacts, RefusedLocally } from '../../core/failure/failure-facts.js';
import type { LocalProblem } from '../../core/failure/local-problem.js';
import { OTHER_TRANSPORT, matchTransport } from '../../core/failure/transport-rules.js';
import { answerMember, ownMember, withoutPrototype } from '../../core/option/plain-object.js';
import { UnusableHttpAnswer } from '../../ports/http-post.js';
import { TokenProviderError, TokenRefused, UnusableToken } from '../../ports/token-source.js';
import { UpgradeMalformed, UpgradeRefused } from '../../ports/transport.js';
import { HandshakeFailed } from '../connection/server-message.js';
import { readableThrown, thrownMessage } from '../waiting/deferred.js';

/** Where a dial gets its token. */
export interface DialTokens {
  /** Whether `take` begins with a request to the console. */
  readonly needsRequest: boolean;
  take(reason: TokenReason, signal: LazySignal): Promise<{ readonly token: string; readonly stale: boolean }>;
}

/** What a dial needs from the session. */
export interface DialHost {
  readonly context: SessionContext;
  readonly tokens: DialTokens;
  readonly errors: SessionErrors;
}

export interface DialPlan {
  readonly reason: TokenReason;
  /** Admitted to the token request; the dial reports its progress to them. */
  readonly permits: DialPermits;
  readonly limits: DialLimits;
  /** Aborted with an AvatarSDKError when the session ends. */
  readonly signal: EndSignal;
  /** The phase `session_token` is through. */
  tokenObtained(stale: boolean): void;
}

/** Rejects with an AvatarSDKError, nothing else; the signal's reason is one. */
export async function dial(host: DialHost, plan: DialPlan): Promise<LiveConnection> {
  const { errors, tokens } = host;
  const { options } = host.context;
  const { reason, permits, signal } = plan;
  const { stepLimitMs, endsAtMs } = plan.limits;
  const { clock, timeoutMs } = options;
  let evidence = true as boolean;
  const deadlines = new Deadlines(clock, signal);
  const during = <T>(at: DialStep, step: (signal: LazySignal) => Promise<T>): Promise<T> => {
    const leftMs = Math.max(Math.ceil(endsAtMs - clock.nowMs()), 1);
    const limitMs = Math.min(stepLimitMs, leftMs);
    // With its ordinary time it was not cut: that it took longer is evidence.
    const limited = limitMs < timeoutMs ? { ...at, cut: true } : at;
    return deadlines.run(limitMs, step, AWAKE_PARTS, (error) => {
      evidence = isEvidence(error, limited);
      return toDialFailure(error, limited, errors);
    });
  };
  const connection = new LiveConnection(clock, errors.usesEgress);
  try {
    const { token, stale } = await during(requestStep(host.context), (stepSignal) =>
      tokens.take(reason, stepSignal),
    );
    permits.requested();
    errors.protect(token);
    plan.tokenObtained(stale);
    // Without egress there is nothing to wait for, and so nothing to bound.
    const configure = errors.usesEgress
      ? await during(CONFIGURE, (stepSignal) => configureEgress(host, reason, stepSignal))
      : encodedWithoutEgress(options);
    await permits.permit();
    await during(host.context.customTransport ? CUSTOM_UPGRADE : UPGRADE, (stepSignal) =>
      // A transport may be deaf to the signal: its late socket meets a connection that is over, and is terminated.
      upgrade(host.context, token, stepSignal, connection).then((socket) =>
        connection.opened(socket, configure),
      ),
    );
    await during(HANDSHAKE, () => connection.confirmed);
    connection.connectionId = errors.shownId(connection.connectionId);
    permits.confirmed();
    return connection;
  } catch (error) {
    // Before the socket is closed, which may take its time: others wait for the permit.
    if (error instanceof AvatarSDKError && !signal.aborted && evidence) permits.failed(error);
    else permits.left();
    // A failed attempt closes with a handshake. At the end of the session or of the outage's time nothing waits for the peer.
    const atOnce = signal.aborted || clock.nowMs() >= endsAtMs;
    await (atOnce ? connection.destroy() : connection.close());
    throw error;
  } finally {
    deadlines.end();
  }
}

function configureEgress(
  { context, errors }: DialHost,
  reason: TokenReason,
  signal: LazySignal,
): Promise<Uint8Array> {
  return encodedWithEgress(context.options, { reason, signal: abortSignalOf(signal) }, (secrets) =>
    errors.protect(secrets),
  );
}

function upgrade(
  { options, dial: dialTransport }: SessionContext,
  token: string,
  signal: LazySignal,
  sink: TransportSink,
): Promise<TransportConnection> {
  const { maxMessageBytes, transport, ingressEndpointUrl, appId, avatarId } = options;
  const useQueryAuth = options.useQueryAuth || mustUseQueryAuth(transport);
  const userAgent = transport.sendsHeaders ? options.userAgent : undefined;
  const { url, headers } = upgradeRequest({
    ingressEndpointUrl,
    appId,
    avatarId,
    token,
    useQueryAuth,
    userAgent,
  });
  return dialTransport({ url, headers, maxMessageBytes, signal }, sink);
}

const UPGRADE: DialStep = { phase: 'websocket_connect', step: 'upgrade' };
const CUSTOM_UPGRADE: DialStep = { ...UPGRADE, customTransport: true };
const HANDSHAKE: DialStep = { phase: 'websocket_connect', step: 'handshake' };
const CONFIGURE: DialStep = { ...HANDSHAKE, application: 'whole' };

/** How long a dial may take, milliseconds. */
export interface DialLimits {
  /** Each of its steps; at least the session's `timeoutMs`. */
  readonly stepLimitMs: number;
  /** When the time of the outage is over, by the session's clock: no step goes on beyond it. */
  readonly endsAtMs: number;
}

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
  const { application, customTransport, cut } = withoutPrototype(step);
  const error = readableThrown(thrown);
  if (error instanceof DeadlinePassed) return cut !== true && application === undefined;
  if (customTransport !== true || error instanceof AvatarSDKError) return true;
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
    const { httpStatus, headers, body } = error;
    // One of the application's own transport may hold bytes.
    return { ...where, kind: 'httpRefused', httpStatus, headers: textsOf(headers), body: textOf(body) };
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

function textsOf(headers: unknown): Readonly<Record<string, string>> {
  const given = typeof headers === 'object' && headers !== null ? Object.entries(headers) : [];
  const texts = Object.create(null) as Record<string, string>;
  for (const [name, value] of given) if (typeof value === 'string') texts[name] = value;
  return texts;
}

const REQUEST: DialStep = { phase: 'session_token', step: 'request' };
const ASK_PROVIDER: DialStep = { ...REQUEST, application: 'whole' };
const POST_BY_APPLICATION: DialStep = { ...REQUEST, application: 'part' };

/** The step in which a session token is fetched. */
export function requestStep({ options, customPost }: SessionContext): DialStep {
  if (options.tokenProvider !== undefined) return ASK_PROVIDER;
  return customPost ? POST_BY_APPLICATION : REQUEST;
}

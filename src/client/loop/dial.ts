/**
 * One attempt: token → upgrade → handshake, each step within its time. It ends with a confirmed connection, or with one
 * AvatarSDKError and no socket. Whether another attempt follows is not known here.
 */
import { nodeHttpPost } from '../../adapters/node-http-post.js';
import { dialWs } from '../../adapters/ws-transport.js';
import { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import type { FailureFacts } from '../../core/failure/failure-facts.js';
import { OTHER_TRANSPORT, matchTransport } from '../../core/failure/transport-rules.js';
import { abortSignalOf } from '../../ports/end-signal.js';
import type { EndSignal, LazySignal } from '../../ports/end-signal.js';
import type { TokenReason } from '../../ports/token-source.js';
import { TokenProviderError, TokenRefused } from '../../ports/token-source.js';
import { UpgradeMalformed, UpgradeRefused } from '../../ports/transport.js';
import type { TransportConnection, TransportSink } from '../../ports/transport.js';
import { HandshakeFailed } from '../connection/handshake.js';
import { LiveConnection } from '../connection/live-connection.js';
import { mustUseQueryAuth, upgradeRequest } from '../options/endpoints.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import { AWAKE_PARTS, DeadlinePassed, Deadlines } from '../waiting/deadline.js';
import { thrownMessage } from '../waiting/thrown-text.js';
import type { DialPasses } from './dial-passes.js';
import { EgressFunctionError, encodedWithEgress, encodedWithoutEgress } from './egress.js';
import type { FailureInterpreter } from './failure-interpreter.js';
import type { TokenStore } from './token-store.js';

export interface DialPlan {
  readonly options: ResolvedSessionOptions;
  readonly tokens: TokenStore;
  readonly interpreter: FailureInterpreter;
  readonly reason: TokenReason;
  /** Admitted to the token; here they get to know how far the dial came. */
  readonly passes: DialPasses;
  /** Aborted with an AvatarSDKError when the session ends. */
  readonly signal: EndSignal;
  /** The phase `session_token` is through. */
  tokenObtained(stale: boolean): void;
}

interface DialStep extends Pick<FailureFacts, 'phase' | 'step'> {
  /**
   * A function of the application runs in it: `whole`, when nothing else does, so that its time-out is the function's too;
   * `part`, when the network is behind it.
   */
  readonly application?: 'whole' | 'part';
}

/** Rejects with an AvatarSDKError, nothing else; the signal's reason is one. */
export async function dial(plan: DialPlan): Promise<LiveConnection> {
  const { options, interpreter, tokens, reason, passes, signal } = plan;
  const { clock, timeoutMs } = options;
  /** Whether the failure may be the application's own doing, though it does not look like it. */
  let doubtful = false as boolean;
  const deadlines = new Deadlines(clock, signal);
  const during = <T>(at: DialStep, step: (signal: LazySignal) => Promise<T>): Promise<T> =>
    deadlines.run(timeoutMs, step, AWAKE_PARTS, (error) => {
      doubtful = at.application !== undefined && error instanceof DeadlinePassed;
      return toDialFailure(error, at, interpreter);
    });
  const connection = new LiveConnection(clock, interpreter.usesEgress);
  try {
    const { token, stale } = await during(requestStep(options), (stepSignal) =>
      tokens.take(reason, stepSignal),
    );
    passes.requested();
    interpreter.protect(token);
    plan.tokenObtained(stale);
    // Without egress there is nothing to wait for, and so nothing to bound.
    const configure = interpreter.usesEgress
      ? await during(CONFIGURE, (stepSignal) => configureEgress(plan, stepSignal))
      : encodedWithoutEgress(options);
    await passes.permit();
    await during(UPGRADE, (stepSignal) =>
      // A transport may be deaf to the signal: its late socket meets a connection that is over, and is terminated.
      upgrade(options, token, stepSignal, connection).then((socket) => connection.opened(socket, configure)),
    );
    await during(HANDSHAKE, () => connection.confirmed);
    passes.confirmed();
    return connection;
  } catch (error) {
    // Before the socket is closed, which may take its time: others wait for the permit.
    if (error instanceof AvatarSDKError && !signal.aborted && !doubtful) passes.failed(error);
    else passes.left();
    // Whoever ends the session does not wait for a peer that may never answer; a failed attempt says goodbye.
    await (signal.aborted ? connection.destroy() : connection.close());
    throw error;
  } finally {
    deadlines.end();
  }
}

function configureEgress(plan: DialPlan, signal: LazySignal): Promise<Uint8Array> {
  const { options, interpreter, reason } = plan;
  return encodedWithEgress(options, { reason, signal: abortSignalOf(signal) }, (secret) =>
    interpreter.protect(secret),
  );
}

function upgrade(
  options: ResolvedSessionOptions,
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
  return transport.dial === dialWs
    ? dialWs({ url, headers, maxMessageBytes, signal }, sink)
    : transport.dial({ url, headers, maxMessageBytes, signal: abortSignalOf(signal) }, sink);
}

const REQUEST: DialStep = { phase: 'session_token', step: 'request' };
const ASK_PROVIDER: DialStep = { ...REQUEST, application: 'whole' };
const POST_BY_APPLICATION: DialStep = { ...REQUEST, application: 'part' };

/** The step in which a session token is fetched. */
export function requestStep({
  tokenProvider,
  httpPost,
}: Pick<ResolvedSessionOptions, 'tokenProvider' | 'httpPost'>): DialStep {
  if (tokenProvider !== undefined) return ASK_PROVIDER;
  return httpPost === nodeHttpPost ? REQUEST : POST_BY_APPLICATION;
}

const UPGRADE: DialStep = { phase: 'websocket_connect', step: 'upgrade' };
const HANDSHAKE: DialStep = { phase: 'websocket_connect', step: 'handshake' };
const CONFIGURE: DialStep = { ...HANDSHAKE, application: 'whole' };

/** What a rejected step means: one AvatarSDKError, whatever it rejected with. */
export function toDialFailure(error: unknown, at: DialStep, interpreter: FailureInterpreter): AvatarSDKError {
  if (error instanceof AvatarSDKError) return error;
  const { phase, step, application } = at;
  return interpreter.failure(
    dialFacts(error, { phase, step, usesEgress: interpreter.usesEgress }, application),
  );
}

/** What a rejected step says about the failure, by the type of what it rejected with. */
function dialFacts(
  error: unknown,
  where: Pick<FailureFacts, 'phase' | 'step' | 'usesEgress'>,
  application: DialStep['application'],
): FailureFacts {
  if (error instanceof HandshakeFailed) return error.facts;
  if (error instanceof DeadlinePassed) {
    const { timeoutMs } = error;
    return { ...where, kind: 'stepTimedOut', timeoutMs, ofApplication: application === 'whole' };
  }
  if (error instanceof UpgradeRefused) {
    const { httpStatus, headers, body } = error;
    return { ...where, kind: 'httpRefused', httpStatus, headers, body };
  }
  if (error instanceof TokenRefused) {
    const { httpStatus, headers, body } = error;
    return { ...where, kind: error.tokenMissing ? 'tokenMissing' : 'httpRefused', httpStatus, headers, body };
  }
  const message = thrownMessage(error);
  if (error instanceof UpgradeMalformed) return { ...where, kind: 'protocolViolated', message, cause: error };
  if (error instanceof EgressFunctionError || error instanceof TokenProviderError) {
    return functionFacts(error, where, message);
  }
  const errno = systemCode(error);
  // What the system calls by its name is trouble on the way, whoever asked it.
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

/** A function of the application threw, which may heal, or returned what can't be used. */
function functionFacts(
  error: EgressFunctionError | TokenProviderError,
  where: Pick<FailureFacts, 'phase' | 'step' | 'usesEgress'>,
  message: string,
): FailureFacts {
  const { cause } = error;
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
  return codeOf(error) ?? (error instanceof Error ? codeOf(error.cause) : undefined);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

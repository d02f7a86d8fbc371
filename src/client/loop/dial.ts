/**
 * One attempt: token → upgrade → handshake, each step within its time. It ends with a confirmed connection, or with one
 * AvatarSDKError and no socket. Whether another attempt follows is not known here.
 */
import { dialWs } from '../../adapters/ws-transport.js';
import { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import type { FailureFacts } from '../../core/failure/failure-facts.js';
import { abortSignalOf } from '../../ports/end-signal.js';
import type { EndSignal, LazySignal } from '../../ports/end-signal.js';
import type { TokenReason } from '../../ports/token-source.js';
import { TokenProviderError, TokenRefused } from '../../ports/token-source.js';
import { UpgradeMalformed, UpgradeRefused } from '../../ports/transport.js';
import type { TransportConnection, TransportSink } from '../../ports/transport.js';
import { encodeClientMessage } from '../../wire/encode.js';
import type { ClientConfigureSession } from '../../wire/message.js';
import { HandshakeFailed } from '../connection/handshake.js';
import { LiveConnection } from '../connection/live-connection.js';
import { mustUseQueryAuth, upgradeRequest } from '../options/endpoints.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import { AWAKE_PARTS, DeadlinePassed, Deadlines } from '../waiting/deadline.js';
import { thrownMessage } from '../waiting/thrown-text.js';
import { EgressFunctionError, encodedWithoutEgress, resolveEgress } from './egress.js';
import type { FailureInterpreter } from './failure-interpreter.js';
import type { TokenStore } from './token-store.js';

export interface DialPlan {
  readonly options: ResolvedSessionOptions;
  readonly tokens: TokenStore;
  readonly interpreter: FailureInterpreter;
  readonly reason: TokenReason;
  /** Aborted with an AvatarSDKError when the session ends. */
  readonly signal: EndSignal;
  /** The phase `session_token` is through. */
  tokenObtained(stale: boolean): void;
}

type DialStep = Pick<FailureFacts, 'phase' | 'step'>;

/** Rejects with an AvatarSDKError, nothing else; the signal's reason is one. */
export async function dial(plan: DialPlan): Promise<LiveConnection> {
  const { options, interpreter, tokens, reason, signal } = plan;
  const { clock, timeoutMs } = options;
  const deadlines = new Deadlines(clock, signal);
  const during = <T>(at: DialStep, step: (signal: LazySignal) => Promise<T>): Promise<T> =>
    deadlines.run(timeoutMs, step, AWAKE_PARTS, (error) => toDialFailure(error, at, interpreter));
  const connection = new LiveConnection(clock, interpreter.usesEgress);
  try {
    const { token, stale } = await during(REQUEST, (stepSignal) => tokens.take(reason, stepSignal));
    interpreter.protect(token);
    plan.tokenObtained(stale);
    // Without egress there is nothing to wait for, and so nothing to bound.
    const configure = interpreter.usesEgress
      ? encodeClientMessage(await during(HANDSHAKE, (stepSignal) => configureEgress(plan, stepSignal)))
      : encodedWithoutEgress(options);
    await during(UPGRADE, (stepSignal) =>
      // A transport may be deaf to the signal: its late socket meets a connection that is over, and is terminated.
      upgrade(options, token, stepSignal, connection).then((socket) => connection.opened(socket, configure)),
    );
    await during(HANDSHAKE, () => connection.confirmed);
    return connection;
  } catch (error) {
    // Whoever ends the session does not wait for a peer that may never answer; a failed attempt says goodbye.
    await (signal.aborted ? connection.destroy() : connection.close());
    throw error;
  } finally {
    deadlines.end();
  }
}

async function configureEgress(plan: DialPlan, signal: LazySignal): Promise<ClientConfigureSession> {
  const { options, interpreter, reason } = plan;
  const egress = await resolveEgress(options, { reason, signal: abortSignalOf(signal) });
  for (const secret of egress.secrets) interpreter.protect(secret);
  return egress.configure;
}

function upgrade(
  options: ResolvedSessionOptions,
  token: string,
  signal: LazySignal,
  sink: TransportSink,
): Promise<TransportConnection> {
  const { maxMessageBytes, transport, ingressEndpointUrl, appId, avatarId } = options;
  const useQueryAuth = options.useQueryAuth || mustUseQueryAuth(transport);
  const { url, headers } = upgradeRequest({ ingressEndpointUrl, appId, avatarId, token, useQueryAuth });
  return transport.dial === dialWs
    ? dialWs({ url, headers, maxMessageBytes, signal }, sink)
    : transport.dial({ url, headers, maxMessageBytes, signal: abortSignalOf(signal) }, sink);
}

export const REQUEST: DialStep = { phase: 'session_token', step: 'request' };
const UPGRADE: DialStep = { phase: 'websocket_connect', step: 'upgrade' };
const HANDSHAKE: DialStep = { phase: 'websocket_connect', step: 'handshake' };

/** What a rejected step means: one AvatarSDKError, whatever it rejected with. */
export function toDialFailure(error: unknown, at: DialStep, interpreter: FailureInterpreter): AvatarSDKError {
  if (error instanceof AvatarSDKError) return error;
  return interpreter.failure(dialFacts(error, { ...at, usesEgress: interpreter.usesEgress }));
}

/** What a rejected step says about the failure, by the type of what it rejected with. */
function dialFacts(error: unknown, where: DialStep & { usesEgress: boolean }): FailureFacts {
  if (error instanceof HandshakeFailed) return error.facts;
  if (error instanceof DeadlinePassed) return { ...where, kind: 'stepTimedOut', timeoutMs: error.timeoutMs };
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
  if (error instanceof EgressFunctionError) {
    return error.unusable
      ? { ...where, kind: 'refusedLocally', code: 'invalidEgressConfig', message, cause: error }
      : { ...where, kind: 'tokenProviderFailed', message, cause: error.cause };
  }
  if (error instanceof TokenProviderError) {
    return error.unusable
      ? { ...where, kind: 'refusedLocally', code: 'sessionTokenInvalid', message, cause: error }
      : { ...where, kind: 'tokenProviderFailed', message, cause: error.cause };
  }
  const errno = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  return {
    ...where,
    kind: 'transportFailed',
    message,
    cause: error,
    ...(errno === undefined ? {} : { errno }),
  };
}

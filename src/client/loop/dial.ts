/**
 * One attempt: token → upgrade → handshake, each step within its time. It ends with a confirmed connection, or with one
 * AvatarSDKError and no socket. Whether another attempt follows is not known here.
 */
import { nodeHttpPost } from '../../adapters/node/node-http-post.js';
import { isOwnTransport } from '../../adapters/own-transports.js';
import { dialWs } from '../../adapters/ws/ws-transport.js';
import { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import { abortSignalOf } from '../../ports/end-signal.js';
import type { EndSignal, LazySignal } from '../../ports/end-signal.js';
import type { TokenReason } from '../../ports/token-source.js';
import type { TransportConnection, TransportSink } from '../../ports/transport.js';
import { guardedDial } from '../connection/guarded-connection.js';
import { LiveConnection } from '../connection/live-connection.js';
import type { SessionErrors } from '../events/session-errors.js';
import { mustUseQueryAuth, upgradeRequest } from '../options/endpoints.js';
import type { ResolvedSessionOptions } from '../options/resolve-session-options.js';
import type { SessionContext } from '../options/session-context.js';
import { AWAKE_PARTS, Deadlines } from '../waiting/deadline.js';
import { isEvidence, toDialFailure } from './dial-failure.js';
import type { DialStep } from './dial-failure.js';
import type { DialLimits, DialPermits } from './dial-permits.js';
import { encodedWithEgress, encodedWithoutEgress } from './egress.js';
import type { TokenStore } from './token-store.js';

/** What a dial needs from the session. */
export interface DialHost {
  readonly context: SessionContext;
  readonly tokens: TokenStore;
  readonly errors: SessionErrors;
}

export interface DialPlan {
  readonly reason: TokenReason;
  /** Admitted to the token; here they get to know how far the dial came. */
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
    const { token, stale } = await during(requestStep(options), (stepSignal) =>
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
    await during(isOwnTransport(options.transport) ? UPGRADE : CUSTOM_UPGRADE, (stepSignal) =>
      // A transport may be deaf to the signal: its late socket meets a connection that is over, and is terminated.
      upgrade(options, token, stepSignal, connection).then((socket) => connection.opened(socket, configure)),
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
  if (transport.dial === dialWs) return dialWs({ url, headers, maxMessageBytes, signal }, sink);
  const request = { url, headers, maxMessageBytes, signal: abortSignalOf(signal) };
  return isOwnTransport(transport)
    ? transport.dial(request, sink)
    : guardedDial((guarded) => transport.dial(request, guarded), sink);
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
const CUSTOM_UPGRADE: DialStep = { ...UPGRADE, customTransport: true };
const HANDSHAKE: DialStep = { phase: 'websocket_connect', step: 'handshake' };
const CONFIGURE: DialStep = { ...HANDSHAKE, application: 'whole' };

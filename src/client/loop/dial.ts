/**
 * One attempt: token → upgrade → handshake, each step within its time. It ends with a confirmed connection, or with one AvatarSDKError and
 * no socket. Must not know whether another attempt follows.
 */
import { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import type { FailureFacts } from '../../core/failure/failure-facts.js';
import type { Clock } from '../../ports/clock.js';
import { abortSignalOf } from '../../ports/end-signal.js';
import type { EndSignal, LazySignal } from '../../ports/end-signal.js';
import type { TokenReason } from '../../ports/token-source.js';
import type { TransportConnection, TransportSink } from '../../ports/transport.js';
import { LiveConnection } from '../connection/live-connection.js';
import { WireTaps } from '../connection/wire-tap.js';
import type { TappedDial } from '../connection/wire-tap.js';
import type { SessionErrors } from '../events/session-errors.js';
import type { DialPermits } from '../gate/dial-permits.js';
import { mustUseQueryAuth, upgradeRequest, encodedWithEgress, encodedWithoutEgress } from './dial-request.js';
import { isEvidence, toDialFailure } from './dial-failure.js';
import type { DialStep } from './dial-failure.js';
import type { DialMessage, TokenMessage } from '../events/channels.js';
import type { Lifecycle } from '../events/lifecycle.js';
import type { Told } from '../events/telemetry.js';
import { loadDial } from '../options/session-context.js';
import type { SessionContext } from '../options/session-context.js';
import { AWAKE_PARTS, Deadlines } from '../waiting/deadline.js';

/** The reasons for which a dial asks for its token and for that of its room. */
export interface DialReasons {
  readonly token: TokenReason;
  readonly room: TokenReason;
}

/** The source of a dial's token. */
export interface DialTokens {
  /** Whether `take` begins with a request to the console. */
  readonly needsRequest: boolean;
  take(reason: TokenReason, signal: LazySignal): Promise<{ readonly token: string; readonly stale: boolean }>;
  /** @param reason the one for each of them that was not refused */
  reasons(reason: TokenReason): DialReasons;
  /** Called with each failure, whatever is decided about it. */
  failed(error: AvatarSDKError): void;
  /** The application has given a configuration of the room. */
  roomConfigured(): void;
}

/** The parts of a session that a dial needs. */
export interface DialHost {
  readonly context: SessionContext;
  readonly tokens: DialTokens;
  readonly errors: SessionErrors;
  readonly lifecycle: Lifecycle;
}

export interface DialPlan {
  readonly course: Pick<DialMessage, 'attempt' | 'reason'>;
  /** The reason for which the configuration of a room is requested. */
  readonly roomReason: TokenReason;
  /** Permits that were granted before the token request; the dial reports its progress to them. */
  readonly permits: DialPermits;
  readonly limits: DialLimits;
  /** Aborted with an AvatarSDKError when the session ends. */
  readonly signal: EndSignal;
  /** Called when the dial has its token. @param stale if the token was not fetched for this dial: a refusal may be retried once with a fresh one */
  tokenObtained(stale: boolean): void;
}

/** Rejects only with an AvatarSDKError; the signal's reason is one too. */
export function dial(host: DialHost, plan: DialPlan): Promise<LiveConnection> {
  const { telemetry } = host.lifecycle;
  const message = telemetry.begin('dial', () => dialCourse(plan.course));
  const run = (): Promise<LiveConnection> => dialled(host, plan, message);
  return telemetry.run('dial', message, run, ({ connectionId }) => connectionId);
}

async function dialled(
  host: DialHost,
  plan: DialPlan,
  message: DialMessage | undefined,
): Promise<LiveConnection> {
  const { errors, tokens } = host;
  const { telemetry } = host.lifecycle;
  const { options } = host.context;
  const { permits, signal, roomReason } = plan;
  const { reason } = plan.course;
  const { stepLimitMs, endsAtMs } = plan.limits;
  const { clock, timeoutMs } = options;
  let evidence = true as boolean;
  const deadlines = new Deadlines(clock, signal);
  const during = <T>(at: DialStep, step: (signal: LazySignal) => Promise<T>): Promise<T> => {
    const leftMs = Math.max(Math.ceil(endsAtMs - clock.nowMs()), 1);
    const limitMs = Math.min(stepLimitMs, leftMs);
    // A step with its ordinary time was not cut: that it took longer is evidence.
    const limited = limitMs < timeoutMs ? { ...at, cut: true } : at;
    return deadlines.run(limitMs, step, AWAKE_PARTS, (error) => {
      evidence = isEvidence(error, limited);
      return toDialFailure(error, limited, errors);
    });
  };
  const connection = new LiveConnection(clock, errors.usesEgress);
  const times = new StepTimes(clock, message);
  try {
    const loading = loadDial(options);
    if (loading !== undefined) {
      await during(LOAD, () => loading);
      times.begin();
    }
    const { token, stale } = await telemetry.run(
      'token',
      telemetry.begin('token', () => tokenCourse(reason)),
      () => during(requestStep(host.context), (stepSignal) => tokens.take(reason, stepSignal)),
      withoutToken,
    );
    times.passed('tokenMs');
    permits.requested();
    plan.tokenObtained(stale);
    // Without egress there is nothing to wait for, and so nothing to bound.
    const configure = errors.usesEgress
      ? await during(CONFIGURE, (stepSignal) => configureEgress(host, roomReason, stepSignal))
      : encodedWithoutEgress(options);
    const permitted = permits.permit();
    if (permitted !== undefined) await permitted;
    times.begin();
    const tap = WIRE_TAPS.between(connection, () => tappedDial(host, message));
    await during(host.context.customTransport ? CUSTOM_UPGRADE : UPGRADE, (stepSignal) =>
      // A transport may ignore the signal and still return a socket. The connection is already over then, and terminates that socket.
      upgrade(host.context, token, stepSignal, tap?.sink ?? connection).then((socket) =>
        connection.opened(tap?.opened(socket) ?? socket, configure),
      ),
    );
    times.passed('upgradeMs');
    await during(HANDSHAKE, () => connection.confirmed);
    times.passed('handshakeMs');
    connection.connectionId = errors.shownId(connection.connectionId);
    permits.confirmed();
    deadlines.end();
    return connection;
  } catch (error) {
    // Here and above, without a `finally`: an error that leaves one is thrown once more.
    deadlines.end();
    // Reported before the socket is closed, which may take a while: other dials wait for the permit.
    if (error instanceof AvatarSDKError && !signal.aborted && evidence) permits.failed(error);
    else permits.left();
    // A failed attempt closes with a closing handshake. At the end of the session or of the outage's time the
    // socket is terminated without one.
    const atOnce = signal.aborted || clock.nowMs() >= endsAtMs;
    await (atOnce ? connection.destroy() : connection.close());
    throw error;
  }
}

function configureEgress(
  { context, errors, tokens }: DialHost,
  reason: TokenReason,
  signal: LazySignal,
): Promise<Uint8Array> {
  return encodedWithEgress(context.options, { reason, signal: abortSignalOf(signal) }, (secrets) =>
    errors.protect(secrets),
  ).then((configure) => {
    tokens.roomConfigured();
    return configure;
  });
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

/** In the first dial of a process: it is not in the time of the request. */
const LOAD: DialStep = { phase: 'session_token', step: 'request' };
const UPGRADE: DialStep = { phase: 'websocket_connect', step: 'upgrade' };
const CUSTOM_UPGRADE: DialStep = { ...UPGRADE, customTransport: true };
const HANDSHAKE: DialStep = { phase: 'websocket_connect', step: 'handshake' };
const CONFIGURE: DialStep = { ...HANDSHAKE, application: 'whole' };

/** The time limits of a dial, milliseconds. */
export interface DialLimits {
  /** The limit of each step; at least the session's `timeoutMs`. */
  readonly stepLimitMs: number;
  /** When the time of the outage is over, by the session's clock: no step runs longer. */
  readonly endsAtMs: number;
}

const REQUEST: DialStep = { phase: 'session_token', step: 'request' };
const ASK_PROVIDER: DialStep = { ...REQUEST, application: 'whole' };
const POST_BY_APPLICATION: DialStep = { ...REQUEST, application: 'part' };

/** The step in which a session token is fetched. */
export function requestStep({ options, customPost }: SessionContext): DialStep {
  if (options.tokenProvider !== undefined) return ASK_PROVIDER;
  return customPost ? POST_BY_APPLICATION : REQUEST;
}

/** For code of the process that observes connections. */
export const WIRE_TAPS = new WireTaps<OptionsTappedDial>();

interface OptionsTappedDial extends TappedDial {
  /** Identifies the session: the same object for all its dials, also after a restart. */
  readonly identity: object;
  /** The options with their credentials. */
  readonly options: SessionContext['options'];
}

function tappedDial(
  { context, errors, lifecycle }: DialHost,
  course: DialMessage | undefined,
): OptionsTappedDial {
  const { options } = context;
  const { sessionId } = lifecycle.telemetry;
  return { course, sessionId, options, identity: lifecycle, shown: (text) => errors.shownLate(text) };
}

/** The durations of a dial's steps, for its message. */
class StepTimes {
  readonly #clock: Clock;
  readonly #message: DialMessage | undefined;
  #sinceMs = 0;

  constructor(clock: Clock, message: DialMessage | undefined) {
    this.#clock = clock;
    this.#message = message;
    this.begin();
  }

  /** Called when a step begins after time that counts for no step. */
  begin(): void {
    if (this.#message !== undefined) this.#sinceMs = this.#clock.nowMs();
  }

  /** Called when a step is over and the next one begins. */
  passed(step: 'tokenMs' | 'upgradeMs' | 'handshakeMs'): void {
    if (this.#message === undefined) return;
    const sinceMs = this.#sinceMs;
    this.begin();
    this.#message[step] = this.#sinceMs - sinceMs;
  }
}

/** The message that subscribers get for a dial that begins. */
function dialCourse(course: DialPlan['course']): Told<DialMessage> {
  return {
    ...course,
    tokenMs: undefined,
    upgradeMs: undefined,
    handshakeMs: undefined,
    durationMs: undefined,
    httpStatus: undefined,
    result: undefined,
    error: undefined,
  };
}

/** The message that subscribers get for a token that is fetched. */
export function tokenCourse(reason: TokenReason, ahead = false): Told<TokenMessage> {
  return {
    reason,
    ahead,
    durationMs: undefined,
    httpStatus: undefined,
    result: undefined,
    error: undefined,
  };
}

/** Published in place of a result: a token is a secret. */
export const withoutToken = (): undefined => undefined;

const NORMAL_CLOSURE = 1000;

/** Publishes that a confirmed connection is over. @param facts why it ended; undefined if the session closed it */
export function publishClosed(
  { lifecycle }: Pick<DialHost, 'lifecycle'>,
  { connectionId, confirmedAtMs }: LiveConnection,
  facts: FailureFacts | undefined,
): void {
  const { telemetry, clock } = lifecycle;
  telemetry.publish('connectionClosed', () => ({
    connectionId,
    closeCode:
      facts === undefined ? NORMAL_CLOSURE : facts.kind === 'socketClosed' ? facts.closeCode : undefined,
    liveMs: clock.nowMs() - confirmedAtMs,
  }));
}

/**
 * Provides the session token of a dial. A dial normally gets a token minted for it. A token is marked as stale if it was fetched ahead,
 * is shared, is about to expire, or was returned twice by a provider: if the service refuses a stale token, one dial with a fresh token
 * follows.
 */
import { ownMember } from '../../core/option/plain-object.js';
import { createHttpTokenSource } from '../../adapters/token/http-token-source.js';
import { createProviderTokenSource } from '../../adapters/token/provider-token-source.js';
import { recordVerdict } from '../../core/failure/avatar-sdk-error.js';
import type { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import { isRoomTokenRefusal } from '../../core/failure/server-error-rules.js';
import { mayRefuseToken, toDecidableFailure } from '../../core/policy/decidable-failure.js';
import type { SessionEnd } from '../../core/session/session-life.js';
import type { Clock } from '../../ports/clock.js';
import type { EndSignal, LazySignal } from '../../ports/end-signal.js';
import { outlivesDial } from '../../ports/token-source.js';
import type { SessionToken, TokenReason, TokenRequest, TokenSource } from '../../ports/token-source.js';
import type { Lifecycle } from '../events/lifecycle.js';
import type { SessionErrors } from '../events/session-errors.js';
import type { DialPermit } from '../../ports/connect-gate.js';
import type { SessionGates } from '../gate/shared-gate.js';
import { waitForAdmission } from '../gate/dial-permits.js';
import type { WaitCourse } from '../gate/dial-permits.js';
import { TOKEN_PATHS } from '../options/endpoint-fields.js';
import type { ResolvedSessionOptions } from '../options/resolve-session-options.js';
import type { SessionContext } from '../options/session-context.js';
import { AWAKE_PARTS, withDeadline } from '../waiting/deadline.js';
import { requestStep, tokenCourse, withoutToken } from './dial.js';
import type { DialReasons } from './dial.js';
import { isEvidence, toDialFailure } from './dial-failure.js';

export interface DialToken {
  readonly token: string;
  /** Whether the token was probably not minted for this dial. */
  readonly stale: boolean;
}

/** The application's own function, or the console with the API key. */
export function tokenSourceOf(options: ResolvedSessionOptions): TokenSource {
  const { tokenProvider, clock } = options;
  if (tokenProvider !== undefined) return createProviderTokenSource(tokenProvider, clock);
  return createHttpTokenSource(options, TOKEN_PATHS[options.environment]);
}

const NO_SOURCE: TokenSource = {
  name: 'none',
  fetchToken: () => Promise.reject(new Error('the session is over')),
  refused: () => undefined,
  wasRefused: () => false,
};

export class TokenStore {
  #source: TokenSource;
  readonly #clock: Clock;
  readonly #errors: Pick<SessionErrors, 'protect'>;
  #ahead: Promise<SessionToken> | undefined;
  /** The token that was fetched ahead, once the fetch is over. */
  #aheadToken: SessionToken | undefined;
  #lastToken: string | undefined;
  /** Whether the latest token was refused, or had expired, and no other has come since. */
  #tokenRefused: boolean;
  /** Whether the latest token of a room was refused, and the application has not been asked for another one since. */
  #roomTokenRefused: boolean;
  /**
   * Whether a dial waits for the token that is being fetched ahead: a failure of that fetch is also one of
   * the dial.
   */
  aheadJoined = false;
  /** The signal of the dial that waits for the fetch. */
  #joinedBy: TokenRequest['signal'] | undefined;

  /**
   * @param errors gets each fetched token, which must not be shown, also if it is not used
   * @param before the tokens of the same session before a restart: what they know of refusals holds
   */
  constructor(
    source: TokenSource,
    clock: Clock,
    errors: Pick<SessionErrors, 'protect'>,
    before?: TokenStore,
  ) {
    this.#source = source;
    this.#clock = clock;
    this.#errors = errors;
    this.#tokenRefused = before !== undefined && before.#tokenRefused;
    this.#roomTokenRefused = before !== undefined && before.#roomTokenRefused;
  }

  /** Called with each failure, whatever is decided about it. */
  failed(error: AvatarSDKError): void {
    if (mayRefuseToken(error)) {
      this.#tokenRefused = true;
      if (this.#lastToken !== undefined) this.#source.refused(this.#lastToken);
    }
    if (isRoomTokenRefusal(error)) this.#roomTokenRefused = true;
  }

  /** @param reason the one for each of them that was not refused */
  reasons(reason: TokenReason): DialReasons {
    const token = this.#tokenRefused ? 'refused' : reason;
    return { token, room: this.#roomTokenRefused ? 'refused' : token };
  }

  /** The application has given a configuration of the room. */
  roomConfigured(): void {
    this.#roomTokenRefused = false;
  }

  /**
   * Fetches a token before it is needed; a second call joins the first. A failure has no later effect, except in a dial that waits for
   * the token.
   */
  async fetchAhead(fetch: (source: TokenSource) => Promise<SessionToken>): Promise<void> {
    const ahead = (this.#ahead ??= fetch(this.#source));
    try {
      const token = await ahead;
      if (this.#ahead === ahead) this.#aheadToken = token;
    } catch (error) {
      if (this.#ahead === ahead) this.#ahead = undefined;
      throw error;
    }
  }

  /** Whether that dial still waits for the token, or has just failed with it. */
  get joinedDialWaits(): boolean {
    return this.#joinedBy?.aborted === false;
  }

  /** Called when the session is over: neither a token nor its source is kept. */
  forget(): void {
    this.#source = NO_SOURCE;
    this.#ahead = undefined;
    this.#aheadToken = undefined;
    this.#lastToken = undefined;
  }

  /** Whether `take` begins with a request: no token was fetched ahead, and none is being fetched. */
  get needsRequest(): boolean {
    if (this.#ahead === undefined) return true;
    return this.#aheadToken !== undefined && !this.#isUsable(this.#aheadToken);
  }

  /**
   * The token for a dial that begins now. A token fetched ahead is used once, if it is still valid for long enough. If one is still being
   * fetched, the dial waits for it, and fails with it: the policy decides about that failure, and an attempt is one request.
   */
  take(reason: TokenReason, signal: TokenRequest['signal']): Promise<DialToken> {
    const ahead = this.#ahead;
    if (ahead === undefined) return this.#fetch(reason, signal);
    this.#ahead = undefined;
    this.#aheadToken = undefined;
    this.aheadJoined = true;
    this.#joinedBy = signal;
    return ahead.then((token) => {
      this.#joinedBy = undefined;
      if (this.#isUsable(token)) return this.#give(token, true);
      this.#tokenRefused ||= this.#source.wasRefused(token.token);
      return this.#fetch(this.reasons(reason).token, signal);
    });
  }

  async #fetch(reason: TokenReason, signal: TokenRequest['signal']): Promise<DialToken> {
    const fetched = await this.#source.fetchToken({ reason, signal });
    this.#errors.protect(fetched.token);
    // The provider's cache does not check dates: the provider is called once more, with the reason that says so.
    if (this.#hasExpired(fetched) && reason !== 'refused') {
      this.#lastToken = fetched.token;
      this.#tokenRefused = true;
      return this.#fetch('refused', signal);
    }
    this.#tokenRefused = false;
    const cached = ownMember(fetched, 'reused') === true || fetched.token === this.#lastToken;
    return this.#give(fetched, cached || !outlivesDial(fetched, this.#clock.epochMs()));
  }

  #give({ token }: SessionToken, stale: boolean): DialToken {
    this.#lastToken = token;
    return { token, stale };
  }

  #isUsable(token: SessionToken): boolean {
    return !this.#source.wasRefused(token.token) && outlivesDial(token, this.#clock.epochMs());
  }

  #hasExpired({ expiresAtMs }: SessionToken): boolean {
    return expiresAtMs !== undefined && expiresAtMs <= this.#clock.epochMs();
  }
}

export interface AheadHost {
  readonly context: SessionContext;
  readonly tokens: TokenStore;
  readonly errors: SessionErrors;
  readonly lifecycle: Lifecycle;
  /** Aborted when the session ends. */
  readonly signal: EndSignal;
  /** How the session ends; undefined while it runs. */
  readonly end: SessionEnd | undefined;
  /** Whether `start` has been called. */
  readonly started: boolean;
  gates(): SessionGates;
}

/**
 * Implements `init()`: fetches a session token before there is a dial. The request passes the gate of the console as those of dials do,
 * and its result is reported there. It makes one attempt. Rejects with an AvatarSDKError. The request and the wait for it take 2 ×
 * `timeoutMs` at most.
 */
export async function fetchAhead(host: AheadHost): Promise<void> {
  const { tokens, context, lifecycle, errors } = host;
  try {
    await tokens.fetchAhead((source) => request(host, source));
  } catch (error) {
    const failure = toDialFailure(error, requestStep(context), errors);
    // If a dial has waited for the same token, that dial reports the failure, and the decision about it is the verdict here too.
    if (tokens.joinedDialWaits && lifecycle.state === 'session_token') await lifecycle.nextState;
    const { end, started } = host;
    const reason = end?.error.reason;
    const willRetry = started && end === undefined;
    recordVerdict(failure, reason === undefined ? { willRetry } : { willRetry, reason });
    if (!tokens.aheadJoined && end === undefined) lifecycle.failed(failure);
    throw failure;
  }
}

function request(host: AheadHost, source: TokenSource): Promise<SessionToken> {
  const { telemetry } = host.lifecycle;
  return telemetry.run(
    'token',
    telemetry.begin('token', () => tokenCourse('start', true)),
    () => admittedRequest(host, source),
    withoutToken,
    (thrown) => toDialFailure(thrown, requestStep(host.context), host.errors),
  );
}

async function admittedRequest(host: AheadHost, source: TokenSource): Promise<SessionToken> {
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

async function ask({ context, signal, errors }: AheadHost, source: TokenSource): Promise<SessionToken> {
  const { clock, timeoutMs } = context.options;
  const fetch = (stepSignal: LazySignal): Promise<SessionToken> =>
    source.fetchToken({ reason: 'start', signal: stepSignal });
  const fetched = await withDeadline(clock, timeoutMs, signal, fetch, AWAKE_PARTS);
  errors.protect(fetched.token);
  return fetched;
}

function admission(
  { context, lifecycle, errors, signal }: AheadHost,
  pass: DialPermit,
): Promise<void> | undefined {
  const { clock, timeoutMs } = context.options;
  const onGateWait = (why: string, leastMs: number): void =>
    lifecycle.delayed({ attempt: 1, delayMs: leastMs, source: 'gate', why });
  const publish = (course: WaitCourse): void =>
    lifecycle.telemetry.publish('gateWait', () => ({
      ...course,
      reason: errors.shown(course.reason),
      gate: 'console' as const,
    }));
  return waitForAdmission(pass, { clock, signal, leftMs: timeoutMs, onGateWait, publish });
}

/** Reports the evidence of a failure; there is none if the session has ended, or if a function of the application took too long. */
function report({ context, errors, signal }: AheadHost, pass: DialPermit, error: unknown): void {
  const step = requestStep(context);
  if (signal.aborted || !isEvidence(error, step)) return;
  const failure = toDecidableFailure(toDialFailure(error, step, errors));
  pass.failed(failure);
  pass.decided(failure, undefined);
}

/**
 * WebSocket upgrades at /v2/driveningress/websocket: faults first, then the checks of the request, then a
 * connection. Counts the open sockets, which a service would bill. Independent of how bytes are transported.
 */
import { SessionCount } from '../context/emulator-context.js';
import type { CreditMeter, TokenState, EmulatorContext } from '../context/emulator-context.js';
import type { AuthMode, ConnectionEvent } from '../context/emulator-log.js';
import type { EmulatedApp } from '../context/emulator-options.js';
import type { FaultSlot } from '../fault/fault-plan.js';
import type { RequestTarget } from '../fault/fault-row.js';
import { answerWithFaults, strikeRequest } from '../fault/fault-plan.js';
import { EmulatedConnection } from '../session/emulated-connection.js';
import { refusalBody } from './token-endpoint.js';
import type { AcceptedSocket, AcceptedSocketSink } from '../socket/service-socket.js';
import { ServiceSocket, TimerSet } from '../socket/service-socket.js';

export const UPGRADE_PATH = '/v2/driveningress/websocket';

/** One upgrade request, and the ways in which it can end; at most one of them is called, once. */
export interface UpgradeCall {
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /**
   * `opened` is called with a function that makes the socket; not called if the request is no WebSocket
   * handshake.
   */
  accept(opened: (connect: (sink: AcceptedSocketSink) => AcceptedSocket) => void): void;
  refuse(status: number, headers: Readonly<Record<string, string>>, body: string): void;
  /** The request is never answered. */
  hang(): void;
  /** TCP reset. */
  reset(): void;
}

interface Upgrade {
  readonly number: number;
  readonly call: UpgradeCall;
  readonly credentials: UpgradeCredentials;
  readonly path: string;
}

interface Opening {
  readonly upgrade: Upgrade;
  readonly connect: (sink: AcceptedSocketSink) => AcceptedSocket;
  readonly tokenLastsMs: number;
  /** Why the connection is closed after its first message. */
  readonly refusal: UpgradeRefusal | undefined;
}

/** The close code that is logged for a connection which ended without a close frame. */
const LOST = 1006;

export class UpgradeEndpoint {
  readonly #context: EmulatorContext;
  readonly #sessions: SessionCount;
  readonly #connections = new Set<EmulatedConnection>();
  #onLastClosed = (): void => undefined;
  #upgradeCount = 0;
  #openCount = 0;
  #peakCount = 0;

  constructor(context: EmulatorContext) {
    this.#context = context;
    this.#sessions = new SessionCount(context.options.ghostMs, context.timers);
  }

  /** WebSockets whose TCP connection exists at this moment. */
  get openCount(): number {
    return this.#openCount;
  }

  get peakCount(): number {
    return this.#peakCount;
  }

  upgrade(call: UpgradeCall): void {
    const { log, plan, timers } = this.#context;
    // Only the path and the query are used; a text that is no URL counts as an unknown path.
    const address = `http://emulator${call.url}`;
    const url = new URL(URL.canParse(address) ? address : 'http://emulator/');
    const credentials = upgradeCredentials(call.headers, url.searchParams);
    const number = (this.#upgradeCount += 1);
    const upgrade: Upgrade = { number, call, credentials, path: url.pathname };
    const { authMode, avatarId } = credentials;
    const headerNames = Object.keys(call.headers);
    log.add({ event: 'upgradeRequested', connection: number, authMode, avatarId, headerNames });
    const target: RequestTarget = {
      answer: (status, headers, body) => this.#refuse(upgrade, status, 'fault', headers, body),
      hang: () => call.hang(),
      reset: () => call.reset(),
    };
    const logged = {
      plan,
      timers,
      log: (event: ConnectionEvent) => log.add({ connection: number, ...event }),
    };
    answerWithFaults('upgrade', logged, (faults) => {
      if (!strikeRequest(faults, target)) this.#judge(upgrade);
    });
  }

  inject(slot: FaultSlot): void {
    for (const connection of this.#connections) connection.inject(slot);
  }

  /** Resolves when the end of every connection is in the log. */
  async stop(): Promise<void> {
    if (this.#connections.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onLastClosed = resolve;
      for (const connection of this.#connections) connection.terminate();
    });
  }

  #judge(upgrade: Upgrade): void {
    const refusal = this.#check(upgrade);
    const isClosedInstead = refusal?.isLimit === true && this.#context.options.overLimit === 'close';
    if (refusal !== undefined && !isClosedInstead) {
      const { status, message, headers } = refusal;
      const json = { 'Content-Type': 'application/json', ...headers };
      this.#refuse(upgrade, status, message, json, refusalBody({ message }));
      return;
    }
    const { tokens, clock } = this.#context;
    const token = tokens.look(upgrade.credentials.token, clock.epochMs());
    const tokenLastsMs = token.state === 'valid' ? token.expiresAtMs - clock.epochMs() : 0;
    tokens.use(upgrade.credentials.token);
    upgrade.call.accept((connect) => this.#open({ upgrade, connect, tokenLastsMs, refusal }));
  }

  #check({ path, credentials }: Upgrade): UpgradeRefusal | undefined {
    if (path !== UPGRADE_PATH) return { status: 404, message: 'not found', headers: {} };
    const { options, tokens, credits, clock } = this.#context;
    return checkUpgrade(credentials, {
      apps: options.apps,
      avatars: options.avatars,
      token: tokens.look(credentials.token, clock.epochMs()),
      creditsExhausted: creditsOf(credits, credentials.appId).some(({ exhausted }) => exhausted),
      sessions: this.#sessions.total,
      appSessions: this.#sessions.of(credentials.appId),
      maxSessions: options.maxSessions,
      retryAfterSeconds: options.retryAfterSeconds,
    });
  }

  #refuse(
    { number, call }: Upgrade,
    status: number,
    message: string,
    headers: Readonly<Record<string, string>>,
    body: string,
  ): void {
    this.#context.log.add({ event: 'upgradeRefused', connection: number, status, message });
    call.refuse(status, headers, body);
  }

  #open({ upgrade, connect, tokenLastsMs, refusal }: Opening): void {
    const { number, credentials } = upgrade;
    const { avatarId, appId } = credentials;
    const counts = refusal === undefined;
    if (counts) this.#sessions.enter(appId);
    const timers = new TimerSet(this.#context.clock);
    this.#openCount += 1;
    this.#peakCount = Math.max(this.#peakCount, this.#openCount);
    this.#context.log.add({ event: 'opened', connection: number, openSockets: this.#openCount });
    const socket = new ServiceSocket(connect, timers, {
      message: (bytes) => connection.message(bytes),
      disconnected: () => (this.#openCount -= 1),
      closed: (by, code, reason) => {
        this.#connections.delete(connection);
        if (counts) this.#sessions.leave(appId, code === LOST);
        connection.closed(by, code, reason);
        if (this.#connections.size === 0) this.#onLastClosed();
      },
    });
    const credits = creditsOf(this.#context.credits, appId);
    const identity = { context: this.#context, number, avatarId, socket, timers, credits, tokenLastsMs };
    const connection = new EmulatedConnection(identity, refusal?.message);
    this.#connections.add(connection);
  }
}

/** The credit of the whole service, and that of the app if it has one. */
function creditsOf(meters: ReadonlyMap<string, CreditMeter>, appId: string): readonly CreditMeter[] {
  return [meters.get(''), meters.get(appId)].filter((meter) => meter !== undefined);
}

/**
 * Decides whether an upgrade request may become a connection, and with which answer it is refused otherwise.
 * Reads only its arguments; consumes no token.
 */
interface UpgradeCredentials {
  readonly authMode: AuthMode;
  readonly appId: string;
  readonly token: string;
  readonly avatarId: string;
}

interface UpgradeRefusal {
  readonly status: number;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The limit of the plan is reached. */
  readonly isLimit?: true;
}

interface UpgradeSituation {
  readonly apps: readonly Pick<EmulatedApp, 'appId' | 'maxSessions'>[];
  readonly avatars: readonly string[];
  readonly token: TokenState;
  readonly creditsExhausted: boolean;
  /** Open sessions of the whole service, and of the requesting app. */
  readonly sessions: number;
  readonly appSessions: number;
  readonly maxSessions: number;
  readonly retryAfterSeconds: number | undefined;
}

/** Headers have priority over the query, provided that both credentials are in the headers. */
function upgradeCredentials(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  query: URLSearchParams,
): UpgradeCredentials {
  const fromHeaders = { appId: one(headers['x-app-id']), token: one(headers['x-session-key']) };
  const fromQuery = { appId: query.get('appId') ?? '', token: query.get('sessionKey') ?? '' };
  const inHeaders = fromHeaders.appId !== '' || fromHeaders.token !== '';
  const inQuery = fromQuery.appId !== '' || fromQuery.token !== '';
  const authMode = inHeaders && inQuery ? 'both' : inHeaders ? 'header' : inQuery ? 'query' : 'none';
  return { authMode, ...(inHeaders ? fromHeaders : fromQuery), avatarId: query.get('id') ?? '' };
}

/** Undefined if the connection may open. */
function checkUpgrade(
  credentials: UpgradeCredentials,
  situation: UpgradeSituation,
): UpgradeRefusal | undefined {
  const { token } = situation;
  if (token.state !== 'valid') return TOKEN_REFUSALS[token.state];
  const app = situation.apps.find(({ appId }) => appId === credentials.appId);
  if (app === undefined) {
    return refusal(404, `appIDUnrecognized: ${credentials.appId}`);
  }
  if (token.appId !== credentials.appId) return refusal(403, 'app id mismatch');
  if (!situation.avatars.includes(credentials.avatarId)) {
    return refusal(404, `Avatar not found: ${credentials.avatarId}`);
  }
  if (situation.creditsExhausted) return refusal(402, 'session denied: credits exhausted');
  const isFull = situation.sessions >= situation.maxSessions;
  if (isFull || situation.appSessions >= (app.maxSessions ?? Infinity)) {
    const { retryAfterSeconds } = situation;
    const headers = retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) };
    return { status: 429, message: 'maximum concurrent sessions reached', headers, isLimit: true };
  }
  return undefined;
}

const TOKEN_REFUSALS: Readonly<Record<Exclude<TokenState['state'], 'valid'>, UpgradeRefusal>> = {
  unknown: refusal(400, 'Invalid session token'),
  expired: refusal(401, 'session token expired'),
  used: refusal(401, 'session token expired: already used'),
};

function refusal(status: number, message: string): UpgradeRefusal {
  return { status, message, headers: {} };
}

function one(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? '';
}

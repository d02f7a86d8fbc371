/**
 * The options of the embedded service: their meaning, defaults and bounds. Checks everything before any I/O;
 * does nothing with the values.
 */
import {
  MAX_TIMER_MS,
  refuseUnknownNames,
  requireBoolean,
  requireNumber,
  requireOneOf,
  requireOptions,
  requireSecret,
  requireString,
} from '../../core/option/option-check.js';
import { shownValue } from '../../core/option/shown-value.js';
import type { Amount, Fault } from '../fault/fault.js';
import { checkFaults } from '../fault/parse-faults.js';

/** An application and the API key of its account. */
export interface EmulatedApp {
  readonly appId: string;
  readonly apiKey: string;
  /** The account's plan: sessions above which it gets 429, whatever room others have. Default Infinity. */
  readonly maxSessions?: number;
  /** Session time that this account has left; then close 4001 and upgrades 402. Default Infinity. */
  readonly creditMs?: number;
}

export interface EmulatorOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** Loopback only. Default 127.0.0.1. */
  readonly host?: '127.0.0.1' | '::1' | 'localhost';
  /**
   * Host names, without port, that `Host` and `Origin` of a request may have besides those of loopback; any
   * other request gets 403. For a gateway in front with a name of its own. Default none.
   */
  readonly allowedHosts?: readonly string[];
  /** Every random choice of the service follows from it. Default 1. */
  readonly seed?: number;
  readonly faults?: readonly Fault[];
  /** Default one app. A token is bound to the first app with the API key of the request. */
  readonly apps?: readonly EmulatedApp[];
  /** Ids of the avatars that exist. Default one. */
  readonly avatars?: readonly string[];
  /**
   * Shape of error bodies of the token endpoint. A: `{ errors: [{ status, title, detail, … }] }`, B: `{
   * message }`, C: `{ error: { code, message, request_id } }`, D: HTML. Default A.
   */
  readonly tokenErrorShape?: 'A' | 'B' | 'C' | 'D';
  /** The field of a token answer with the token. Default `sessionToken`. */
  readonly tokenField?: 'sessionToken' | 'session_token' | 'sessionKey' | 'token';
  /** Whether that field is inside `data`. Default false. */
  readonly tokenInData?: boolean;
  /** Upper bound of a token's lifetime, also when a later expiry was requested. Default no bound. */
  readonly tokenLifetimeMs?: number;
  /** A token opens one connection. Default true. */
  readonly singleUseTokens?: boolean;
  /** Sent with the confirmation, and implemented. Default playback_control and playback_state. */
  readonly capabilities?: readonly string[];
  /** Keyframes per animation message; the last one of a request may have fewer. Default 1, at most 1000. */
  readonly keyframesPerMessage?: Amount;
  /** Speed of sending keyframes: as they are computed (default), 25 per second, or that times a factor. */
  readonly pace?: 'unpaced' | 'realtime' | number;
  /** Without audio input for this long the connection is closed. Default 60 000; Infinity for never. */
  readonly idleTimeoutMs?: number;
  /** Default 1008. */
  readonly idleCloseCode?: 1008 | 1011;
  /** Longest session; then close 4002. Default Infinity. */
  readonly maxSessionMs?: number;
  /**
   * Session time that the account has left, all sessions together; then close 4001 and upgrades 402. Default
   * Infinity.
   */
  readonly creditMs?: number;
  /** Open connections above which upgrades get 429. Default Infinity. */
  readonly maxSessions?: number;
  /** Retry-After of that 429, seconds. Default none. */
  readonly retryAfterSeconds?: number;
  /**
   * How a session above a limit is refused: 429 at the upgrade (default), or accepted and closed with 4003.
   */
  readonly overLimit?: 'refuse' | 'close';
  /**
   * How long a connection lost without a close frame still counts against the limits, milliseconds. Default
   * 0.
   */
  readonly ghostMs?: number;
  /** Whether the expiry of a token ends the session that it opened, with close 4010. Default false. */
  readonly tokenEndsSession?: boolean;
  /** Speed of the playout in egress mode, 1 is real time (default). */
  readonly playoutSpeed?: number;
  /** Period of PlaybackState `playing` during playout, real milliseconds. Default 1000; Infinity for none. */
  readonly playbackStateIntervalMs?: number;
  /** Whether a new request waits for the one that plays in egress mode, or ends it. Default `queue`. */
  readonly egressOverlap?: 'queue' | 'preempt';
  /** A pause longer than this interrupts the request. Default 30 000. */
  readonly pauseTimeoutMs?: number;
  /** Largest message accepted from a client; a larger one closes with 1009. Default 1 MiB. */
  readonly maxMessageBytes?: number;
  /** Log entries kept. Default 100 000. */
  readonly maxLogEntries?: number;
}

export interface ResolvedEmulatorOptions extends Required<
  Omit<EmulatorOptions, 'apps' | 'retryAfterSeconds' | 'pace'>
> {
  readonly apps: readonly Required<EmulatedApp>[];
  readonly retryAfterSeconds: number | undefined;
  /** Infinity when unpaced. */
  readonly pace: number;
}

const DEFAULT_APP: EmulatedApp = { appId: 'emulated-app', apiKey: 'emulated-api-key' };
const DEFAULT_CAPABILITIES = ['playback_control', 'playback_state'];
const DEFAULT_AVATAR = 'emulated-avatar';

const limit = (name: string, value: number): number =>
  requireNumber(name, value, { min: 1, max: MAX_TIMER_MS, infinite: true });
const positive = (name: string, value: number, max: number): number =>
  requireNumber(name, value, { min: Number.MIN_VALUE, max });
const wholeFrom = (name: string, value: number, min: number, max: number): number =>
  requireNumber(name, value, { min, max, integer: true });

export function resolveEmulatorOptions(options: EmulatorOptions): ResolvedEmulatorOptions {
  const given = requireOptions('', options) as EmulatorOptions;
  // Not taken apart with a rest: that object would inherit what is on Object.prototype.
  const { pace = 'unpaced', retryAfterSeconds } = given;
  const resolved = {
    port: wholeFrom('port', given.port ?? 0, 0, 65_535),
    host: requireOneOf('host', given.host ?? '127.0.0.1', ['127.0.0.1', '::1', 'localhost']),
    allowedHosts: requireList('allowedHosts', given.allowedHosts ?? [], requireHostName, 0),
    seed: wholeFrom('seed', given.seed ?? 1, 0, Number.MAX_SAFE_INTEGER),
    faults: checkFaults(given.faults ?? []),
    apps: requireList('apps', given.apps ?? [DEFAULT_APP], requireApp),
    avatars: requireList('avatars', given.avatars ?? [DEFAULT_AVATAR], requireString),
    tokenErrorShape: requireOneOf('tokenErrorShape', given.tokenErrorShape ?? 'A', ['A', 'B', 'C', 'D']),
    tokenField: requireOneOf('tokenField', given.tokenField ?? 'sessionToken', [
      'sessionToken',
      'session_token',
      'sessionKey',
      'token',
    ]),
    tokenInData: requireBoolean('tokenInData', given.tokenInData ?? false),
    tokenLifetimeMs: limit('tokenLifetimeMs', given.tokenLifetimeMs ?? Infinity),
    singleUseTokens: requireBoolean('singleUseTokens', given.singleUseTokens ?? true),
    capabilities: requireList('capabilities', given.capabilities ?? DEFAULT_CAPABILITIES, requireString, 0),
    keyframesPerMessage: requireKeyframesPerMessage(given.keyframesPerMessage ?? 1),
    pace: pace === 'unpaced' ? Infinity : pace === 'realtime' ? 1 : positive('pace', pace, 1_000),
    idleTimeoutMs: limit('idleTimeoutMs', given.idleTimeoutMs ?? 60_000),
    idleCloseCode: requireOneOf('idleCloseCode', given.idleCloseCode ?? 1008, [1008, 1011]),
    maxSessionMs: limit('maxSessionMs', given.maxSessionMs ?? Infinity),
    creditMs: requireNumber('creditMs', given.creditMs ?? Infinity, { min: 0, infinite: true }),
    maxSessions: requireNumber('maxSessions', given.maxSessions ?? Infinity, { min: 0, infinite: true }),
    overLimit: requireOneOf('overLimit', given.overLimit ?? 'refuse', ['refuse', 'close']),
    ghostMs: requireNumber('ghostMs', given.ghostMs ?? 0, { min: 0, max: MAX_TIMER_MS }),
    tokenEndsSession: requireBoolean('tokenEndsSession', given.tokenEndsSession ?? false),
    retryAfterSeconds:
      retryAfterSeconds === undefined
        ? undefined
        : wholeFrom('retryAfterSeconds', retryAfterSeconds, 0, MAX_TIMER_MS),
    playoutSpeed: positive('playoutSpeed', given.playoutSpeed ?? 1, 10_000),
    playbackStateIntervalMs: limit('playbackStateIntervalMs', given.playbackStateIntervalMs ?? 1_000),
    egressOverlap: requireOneOf('egressOverlap', given.egressOverlap ?? 'queue', ['queue', 'preempt']),
    pauseTimeoutMs: limit('pauseTimeoutMs', given.pauseTimeoutMs ?? 30_000),
    maxMessageBytes: wholeFrom('maxMessageBytes', given.maxMessageBytes ?? 1_048_576, 1, 1_073_741_824),
    maxLogEntries: wholeFrom('maxLogEntries', given.maxLogEntries ?? 100_000, 1, 10_000_000),
  };
  refuseUnknownNames('', given, Object.keys(resolved));
  return resolved;
}

function requireApp(name: string, value: EmulatedApp): Required<EmulatedApp> {
  const { appId, apiKey, maxSessions = Infinity, creditMs = Infinity } = requireOptions(name, value);
  const atLeastZero = { min: 0, infinite: true };
  return {
    appId: requireString(`${name}.appId`, appId),
    apiKey: requireSecret(`${name}.apiKey`, apiKey),
    maxSessions: requireNumber(`${name}.maxSessions`, maxSessions, atLeastZero),
    creditMs: requireNumber(`${name}.creditMs`, creditMs, atLeastZero),
  };
}

function requireHostName(name: string, value: string): string {
  const host = requireString(name, value).toLowerCase();
  const isName = URL.canParse(`http://${host}`) && new URL(`http://${host}`).hostname === host;
  if (!isName)
    throw new TypeError(`${name} must be the name of a host, without port, got ${shownValue(value)}`);
  return host;
}

function requireKeyframesPerMessage(value: Amount): Amount {
  const name = 'keyframesPerMessage';
  if (typeof value === 'number') return wholeFrom(name, value, 1, 1_000);
  if (!Array.isArray(value)) throw new TypeError(`${name} must be a number or [least, most]`);
  const [least, most] = value as readonly [number, number];
  return [wholeFrom(`${name}[0]`, least, 1, 1_000), wholeFrom(`${name}[1]`, most, least, 1_000)];
}

function requireList<T, R extends T>(
  name: string,
  value: readonly T[],
  check: (name: string, item: T) => R,
  least = 1,
): readonly R[] {
  if (!Array.isArray(value)) throw new TypeError(`${name} must be an array, got ${typeof value}`);
  if (value.length < least) throw new RangeError(`${name} must have at least 1 item, got 0`);
  return value.map((item: T, index) => check(`${name}[${index}]`, item));
}

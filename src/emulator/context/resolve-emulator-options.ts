/** Checks the options of the embedded service before any I/O, and fills in the defaults. Does not use the values. */
import {
  MAX_TIMER_MS,
  refuseUnknownNames,
  requireBoolean,
  requireFunction,
  requireNumber,
  requireObject,
  requireOneOf,
  requireOptions,
  requireSecret,
  requireString,
} from '../../core/option/option-check.js';
import { didYouMean, shownValue } from '../../core/option/shown-value.js';
import type { Clock } from '../../ports/clock.js';
import type { Amount } from '../fault/fault.js';
import { checkFaults } from '../fault/parse-faults.js';

import type { EmulatedApp, EmulatorOptions } from './emulator-options.js';

export interface ResolvedEmulatorOptions extends Required<
  Omit<EmulatorOptions, 'apps' | 'retryAfterSeconds' | 'pace' | 'clock' | 'createOpusDecoder'>
> {
  readonly apps: readonly Required<EmulatedApp>[];
  readonly retryAfterSeconds: number | undefined;
  readonly createOpusDecoder: EmulatorOptions['createOpusDecoder'];
  /** Undefined: real sockets, in real time. */
  readonly clock: Clock | undefined;
  /** Infinity when unpaced. */
  readonly pace: number;
}

export const DEFAULT_APP: EmulatedApp = { appId: 'emulated-app', apiKey: 'emulated-api-key' };
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
  // No rest pattern: its object would inherit from Object.prototype.
  const { retryAfterSeconds, createOpusDecoder } = given;
  if (createOpusDecoder !== undefined) requireFunction('createOpusDecoder', createOpusDecoder);
  const clock = given.clock === undefined ? undefined : requireClock(given);
  const { pace = clock === undefined ? 'unpaced' : 'realtime' } = given;
  const resolved = {
    port: wholeFrom('port', given.port ?? 0, 0, 65_535),
    host: requireOneOf('host', given.host ?? '127.0.0.1', HOSTS),
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
    keyframesPerMessage: requireKeyframesPerMessage('keyframesPerMessage', given.keyframesPerMessage ?? 1),
    pace: requirePace('pace', pace),
    overlap: requireOneOf('overlap', given.overlap ?? 'parallel', ['parallel', 'queue']),
    createOpusDecoder,
    idleTimeoutMs: limit('idleTimeoutMs', given.idleTimeoutMs ?? 60_000),
    idleCloseCode: requireOneOf('idleCloseCode', given.idleCloseCode ?? 1008, [1008, 1011]),
    maxSessionMs: limit('maxSessionMs', given.maxSessionMs ?? Infinity),
    creditMs: requireNumber('creditMs', given.creditMs ?? Infinity, { min: 0, infinite: true }),
    maxSessions: requireNumber('maxSessions', given.maxSessions ?? Infinity, { min: 0, infinite: true }),
    overLimit: requireOneOf('overLimit', given.overLimit ?? 'refuse', ['refuse', 'close']),
    ghostMs: requireNumber('ghostMs', given.ghostMs ?? 0, { min: 0, max: MAX_TIMER_MS }),
    roomTokens: requireOneOf('roomTokens', given.roomTokens ?? 'any', ['any', 'jwt']),
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
    maxHeardBytes: wholeFrom(
      'maxHeardBytes',
      given.maxHeardBytes ?? (clock === undefined ? 0 : 67_108_864),
      0,
      Number.MAX_SAFE_INTEGER,
    ),
    clock,
    latencyMs: requireNumber('latencyMs', given.latencyMs ?? 0, { min: 0, max: MAX_TIMER_MS }),
  };
  refuseUnknownNames('', given, Object.keys(resolved));
  // The API key is public, so only the host names keep out pages of a foreign origin.
  if (EVERY_INTERFACE.some((host) => host === resolved.host) && resolved.allowedHosts.length === 0) {
    throw new TypeError(
      `host ${resolved.host} is reached from outside: list the names that clients call it by in allowedHosts (--allowed-host NAME)`,
    );
  }
  return resolved;
}

/** Addresses that stand for every interface of the machine, for example in a container. */
const EVERY_INTERFACE = ['0.0.0.0', '::'] as const;
const HOSTS = ['127.0.0.1', '::1', 'localhost', ...EVERY_INTERFACE] as const;

const PACES = ['unpaced', 'realtime'] as const;

/** A multiple of real time; Infinity when unpaced. */
export function requirePace(name: string, pace: unknown): number {
  if (typeof pace === 'number') return positive(name, pace, 1_000);
  if (pace === 'unpaced') return Infinity;
  if (pace === 'realtime') return 1;
  const given = `${shownValue(pace, PACES)}${didYouMean(pace, PACES)}`;
  throw new TypeError(`${name} must be ${PACES.join(', ')} or a number, got ${given}`);
}

/** On a clock of the caller the emulator has no port. */
function requireClock(given: EmulatorOptions): Clock {
  for (const name of ['port', 'host', 'allowedHosts'] as const) {
    if (given[name] === undefined) continue;
    throw new TypeError(`${name} has no meaning with clock: there is no socket then; leave one of them out`);
  }
  const methods: unknown = given.clock;
  for (const method of ['nowMs', 'epochMs', 'schedule', 'afterPendingInput']) {
    requireFunction(`clock.${method}`, requireObject('clock', methods)[method]);
  }
  return methods as Clock;
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

export function requireKeyframesPerMessage(name: string, value: Amount): Amount {
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

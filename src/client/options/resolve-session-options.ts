/**
 * From what an application wrote to options with every default filled in. Everything is checked here, by name, bound and
 * value, before any I/O: TypeError for the wrong kind of value or an unknown name, RangeError for one out of bounds.
 */
import type { Agent } from 'node:http';
import { accountOfKey, accountOfProvider } from '../../adapters/account-name.js';
import { requireAgent } from '../../adapters/http-agent.js';
import { nodeHttpPost } from '../../adapters/node-http-post.js';
import { guardedRandom } from '../../adapters/guarded-random.js';
import { createSystemClock } from '../../adapters/system-clock.js';
import { createSystemRandom } from '../../adapters/system-random.js';
import { DEFAULT_USER_AGENT } from '../../adapters/user-agent.js';
import { createWsTransport } from '../../adapters/ws-transport.js';
import { keepLatest } from '../../core/memory/keep-latest.js';
import { shareLatest } from '../../core/memory/share-latest.js';
import {
  MAX_TIMER_MS,
  requireBoolean,
  requireFunction,
  requireNumber,
  requireObject,
  requireOneOf,
  requireOptions,
} from '../../core/option/option-check.js';
import { kindOf, shownName } from '../../core/option/shown-value.js';
import { RECOVERIES } from '../../core/utterance/recovery.js';
import { AudioFormat } from '../../wire/message.js';
import { resolveConnectGate } from '../gate/shared-gate.js';
import { resolveCloseOnExit } from './close-on-exit.js';
import { regionEndpoints } from './endpoints.js';
import { requireHeaderId, requireId, requireKey, requireUserAgent } from './header-text.js';
import { IDLE_CHOICES } from './idle-choice.js';
import { resolveCallbacks } from './resolve-callbacks.js';
import { resolveAgoraOption, resolveLiveKitOption } from './resolve-egress.js';
import { consoleEndpoint, ingressEndpoint, resolveRegion } from './resolve-endpoints.js';
import { resolveExpireAt } from './resolve-expire-at.js';
import { resolveHeartbeatOptions } from './resolve-heartbeat-options.js';
import { resolveReplayOptions } from './resolve-replay-options.js';
import type { AvatarSessionOptions, ResolvedSessionOptions } from './session-options.js';

const DEFAULT_SAMPLE_RATE_HZ = 16_000;
const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_SILENCE_TIMEOUT_MS = 30_000;
const DEFAULT_READER_TIMEOUT_MS = 30_000;
/** Shorter lives would be nothing but handshakes; tests of an application may want quick ones. */
const MIN_SESSION_MS = 100;
const DEFAULT_MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
const MIN_MESSAGE_BYTES = 1024;

// One of each for the whole process: sessions of one clock share their timers.
const SYSTEM_CLOCK = createSystemClock();
const SYSTEM_RANDOM = createSystemRandom();
const WS_TRANSPORT = createWsTransport();
// A quarter of a kilobyte for each session, most of which have the same options as the one before.
const shareOptions = shareLatest<ResolvedSessionOptions>();
const shareTexts = shareLatest<Readonly<Record<string, string>>>();
const NO_TEXTS: Readonly<Record<string, string>> = Object.freeze({});
type Given = Readonly<Record<string, unknown>>;

const OPTION_NAMES = Object.keys({
  apiKey: true,
  appId: true,
  avatarId: true,
  tokenProvider: true,
  region: true,
  consoleEndpointUrl: true,
  ingressEndpointUrl: true,
  expireAt: true,
  sampleRate: true,
  bitrate: true,
  audioFormat: true,
  useQueryAuth: true,
  extraParams: true,
  livekitEgress: true,
  agoraEgress: true,
  timeoutMs: true,
  silenceTimeoutMs: true,
  sourceTimeoutMs: true,
  readerTimeoutMs: true,
  recovery: true,
  replay: true,
  idle: true,
  maxSessionMs: true,
  closeOnExit: true,
  heartbeat: true,
  retry: true,
  connectGate: true,
  maxMessageBytes: true,
  onError: true,
  onRetry: true,
  onReconnect: true,
  onStateChange: true,
  onFrame: true,
  onPlayback: true,
  onClose: true,
  transportFrames: true,
  transport: true,
  agent: true,
  userAgent: true,
  httpPost: true,
  clock: true,
  random: true,
} satisfies Record<keyof AvatarSessionOptions, true>);

/** What the application wrote, and nothing that its object inherits. Throws TypeError for what is no object, and an unknown name. */
export function givenOptions(options: unknown): Given {
  return requireOptions('', options, OPTION_NAMES);
}

/** Checks everything but `retry`, which has a place of its own. */
export function resolveSessionOptions(options: AvatarSessionOptions): ResolvedSessionOptions {
  const given = givenOptions(options);
  const tokenProvider = callback(given, 'tokenProvider') as ResolvedSessionOptions['tokenProvider'];
  const apiKey = given['apiKey'] === undefined ? undefined : requireKey('apiKey', given['apiKey']);
  if (apiKey === undefined && tokenProvider === undefined) {
    throw new TypeError('apiKey must be a string, got undefined (or give a tokenProvider)');
  }
  if (given['livekitEgress'] !== undefined && given['agoraEgress'] !== undefined) {
    throw new TypeError('livekitEgress and agoraEgress exclude each other, got both');
  }
  const usesEgress = given['livekitEgress'] !== undefined || given['agoraEgress'] !== undefined;
  const regional = regionEndpoints(resolveRegion(given['region']));
  const appId = requireHeaderId('appId', given['appId']);
  const silenceTimeoutMs = whole(given, 'silenceTimeoutMs', DEFAULT_SILENCE_TIMEOUT_MS, 1, MAX_TIMER_MS);
  const agent = requireAgent('agent', given['agent']);
  const clock = port(given, 'clock', ['nowMs', 'epochMs', 'schedule', 'afterPendingInput'], SYSTEM_CLOCK);
  return shareOptions({
    apiKey,
    account: tokenProvider === undefined ? accountOfKey(appId, apiKey) : accountOfProvider(tokenProvider),
    tokenProvider,
    appId,
    avatarId: requireId('avatarId', given['avatarId']),
    consoleEndpointUrl: consoleEndpoint(given['consoleEndpointUrl']) ?? regional.consoleEndpointUrl,
    ingressEndpointUrl: ingressEndpoint(given['ingressEndpointUrl']) ?? regional.ingressEndpointUrl,
    expireAt: resolveExpireAt(given['expireAt'], clock),
    sampleRate: whole(given, 'sampleRate', DEFAULT_SAMPLE_RATE_HZ, 1, 1_000_000),
    bitrate: whole(given, 'bitrate', 0, 0, 2 ** 31 - 1),
    audioFormat:
      given['audioFormat'] === undefined
        ? AudioFormat.PCM_S16LE
        : requireOneOf('audioFormat', given['audioFormat'], Object.values(AudioFormat)),
    useQueryAuth: flag(given, 'useQueryAuth'),
    extraParams: texts('extraParams', given['extraParams']),
    livekitEgress: resolveLiveKitOption(given['livekitEgress']),
    agoraEgress: resolveAgoraOption(given['agoraEgress']),
    timeoutMs: whole(given, 'timeoutMs', DEFAULT_TIMEOUT_MS, 1, MAX_TIMER_MS),
    silenceTimeoutMs,
    sourceTimeoutMs: whole(given, 'sourceTimeoutMs', silenceTimeoutMs, 1, MAX_TIMER_MS),
    readerTimeoutMs: whole(given, 'readerTimeoutMs', DEFAULT_READER_TIMEOUT_MS, 1, MAX_TIMER_MS),
    recovery: choice(given, 'recovery', RECOVERIES, usesEgress ? 'tail' : 'replay'),
    replay: resolveReplayOptions(given['replay']),
    idle: choice(given, 'idle', IDLE_CHOICES, 'reconnect'),
    maxSessionMs:
      given['maxSessionMs'] === undefined
        ? undefined
        : whole(given, 'maxSessionMs', 0, MIN_SESSION_MS, MAX_TIMER_MS),
    closeOnExit: resolveCloseOnExit(given['closeOnExit']),
    heartbeat: resolveHeartbeatOptions(given['heartbeat']),
    connectGate: resolveConnectGate(given['connectGate']),
    maxMessageBytes: whole(
      given,
      'maxMessageBytes',
      DEFAULT_MAX_MESSAGE_BYTES,
      MIN_MESSAGE_BYTES,
      2 ** 31 - 1,
    ),
    callbacks: resolveCallbacks(given),
    transportFrames: callback(given, 'transportFrames') as ResolvedSessionOptions['transportFrames'],
    transport: port(given, 'transport', ['dial'], agent === undefined ? WS_TRANSPORT : wsTransportOf(agent)),
    agent,
    userAgent:
      given['userAgent'] === undefined
        ? DEFAULT_USER_AGENT
        : requireUserAgent('userAgent', given['userAgent']),
    httpPost: (callback(given, 'httpPost') ?? nodeHttpPost) as ResolvedSessionOptions['httpPost'],
    clock,
    random:
      given['random'] === undefined ? SYSTEM_RANDOM : guarded(port(given, 'random', ['next'], SYSTEM_RANDOM)),
  });
}

function whole(given: Given, name: string, fallback: number, min: number, max: number): number {
  return given[name] === undefined ? fallback : requireNumber(name, given[name], { min, max, integer: true });
}

function flag(given: Given, name: string): boolean {
  return given[name] === undefined ? false : requireBoolean(name, given[name]);
}

function choice<T extends string>(given: Given, name: string, allowed: readonly T[], fallback: T): T {
  return given[name] === undefined ? fallback : requireOneOf(name, given[name], allowed);
}

function callback(given: Given, name: string): unknown {
  return given[name] === undefined ? undefined : requireFunction(name, given[name]);
}

const guarded = keepLatest(guardedRandom);
// Sessions with the same agent have the same options, and share them.
const wsTransportOf = keepLatest((agent: Agent) => createWsTransport({ agent }));

function texts(name: string, value: unknown): Readonly<Record<string, string>> {
  if (value === undefined) return NO_TEXTS;
  const given = requireOptions(name, value);
  for (const [key, text] of Object.entries(given)) {
    if (typeof text !== 'string') {
      throw new TypeError(`${name}.${shownName(key)} must be a string, got ${kindOf(text)}`);
    }
  }
  return shareTexts(given as Record<string, string>);
}

/** An injected implementation; only its methods can be checked. */
function port<T>(given: Given, name: string, methods: readonly string[], fallback: T): T {
  if (given[name] === undefined) return fallback;
  const value = requireObject(name, given[name]);
  for (const method of methods) requireFunction(`${name}.${method}`, value[method]);
  return value as T;
}

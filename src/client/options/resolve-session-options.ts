/**
 * From the options that an application gives to options with every default filled in. Everything is checked here, by name, bound and
 * value, before any I/O: TypeError for the wrong kind of value or an unknown name, RangeError for one out of bounds. Each value is
 * checked by its row in session-fields.ts; this file has the rules for combinations.
 */
import type { Agent } from 'node:http';
import { accountOfKey, accountOfProvider } from '../../adapters/token/http-token-source.js';
import { guardedClock, createSystemClock } from '../../adapters/node/system-clock.js';
import { guardedRandom, createSystemRandom } from '../../adapters/node/runtime-sources.js';
import { nodeHttpPost } from '../../adapters/node/node-http-post.js';
import { createWsTransport } from '../../adapters/ws/ws-transport.js';
import { oneForEach, internLast, memoizeLastMembers } from '../../core/memory/collections.js';
import { refuseUnknownNames, requireOptions } from '../../core/option/option-check.js';
import { checkGroup, defaultsOf } from '../../core/option/option-field.js';
import type { NamedFields, OptionField } from '../../core/option/option-field.js';
import { kindOf } from '../../core/option/shown-value.js';
import type { Recovery } from '../../core/utterance/recovery.js';
import type { Clock } from '../../ports/clock.js';
import { AudioFormat } from '../../ports/message.js';
import type { WireAudioFormat } from '../../ports/message.js';
import type { ApplicationHttpPost } from '../../ports/http-post.js';
import type { Random } from '../../ports/random.js';
import type { Transport } from '../../ports/transport.js';
import type { HeartbeatOptions, HeartbeatTimes, SpeakingHeartbeatOptions } from '../connection/heartbeat.js';
import type { EventCallbacks } from '../events/notifier.js';
import { resolveConnectGate } from '../gate/shared-gate.js';
import type { ConnectGate } from '../../ports/connect-gate.js';
import type { ReplayOptions } from '../speech/replay-budget.js';
import type { Overlap } from '../speech/utterance-interfaces.js';
import { AUTO_REGION, SPATIALREAL_ENDPOINTS, regionEndpoints } from './endpoint-fields.js';
import type { Endpoints } from './endpoint-fields.js';
import { requireFuture } from './value-checks.js';
import {
  CLOSE_ON_EXIT_FIELDS,
  HEARTBEAT_FIELDS,
  OGG_OPUS_ENCODER_FIELDS,
  REPLAY_FIELDS,
  SPEAKING_HEARTBEAT_FIELDS,
  DEFAULT_RETRY,
} from './nested-fields.js';
import { profileOf, retryIn } from './profiles.js';
import type { ResolvedRetry, CloseOnExit, OggOpusEncoding } from './nested-fields.js';
import { SESSION_FIELDS } from './session-fields.js';
import type { AvatarSessionBaseOptions, AvatarSessionOptions } from './session-options.js';

type Fields = typeof SESSION_FIELDS;
type Name = keyof Fields;
/** The result of the check of a row. */
type CheckedValue<N extends Name> = Fields[N] extends { readonly check: (...args: never[]) => infer Made }
  ? Made
  : Exclude<AvatarSessionBaseOptions[N], undefined>;
type FilledValue<N extends Name> = Fields[N] extends
  | { readonly default: unknown }
  | { readonly required: true }
  ? CheckedValue<N>
  : CheckedValue<N> | undefined;
/** Every option, checked by its row, with the row's default. */
type FilledOptions = { readonly [N in Name]: FilledValue<N> };

/** Handlers of events become members of another option. */
type Absorbed = Exclude<Extract<Name, `on${string}`>, 'onEncodedAudio'>;

/** Options that also depend on others. */
interface CombinedOptions extends Endpoints {
  /** The region of the addresses; undefined if no address depends on it. */
  readonly region: string | undefined;
  /** The addresses that will be those of the nearest region, which is not known yet; undefined: none. */
  readonly autoRegion: 'both' | 'console' | 'ingress' | undefined;
  /** Equal for sessions with the same credentials; the credentials can't be derived from it. */
  readonly account: string;
  /** Unix seconds. */
  readonly expireAt: number | undefined;
  readonly extraParams: Readonly<Record<string, string>>;
  readonly sourceTimeoutMs: number;
  readonly recovery: Recovery;
  readonly overlap: Overlap;
  /** Where the avatar is published. Kept even when the session is over and the configuration of the room is dropped. */
  readonly egress: 'none' | 'livekit' | 'agora';
  readonly replay: ReplayOptions;
  readonly retry: ResolvedRetry;
  readonly closeOnExit: CloseOnExit | undefined;
  readonly audioFormat: WireAudioFormat;
  /** Undefined: audio is sent unchanged. */
  readonly oggOpusEncoder: OggOpusEncoding | undefined;
  readonly heartbeat: HeartbeatTimes | undefined;
  /** Undefined: the session uses no gate. */
  readonly connectGate: ConnectGate | undefined;
  readonly callbacks: EventCallbacks;
  readonly transport: Transport;
  readonly httpPost: ApplicationHttpPost;
  readonly clock: Clock;
  readonly random: Random;
}

/** Every option with its default filled in, checked. */
export type ResolvedSessionOptions = Readonly<
  Omit<FilledOptions, Absorbed | keyof CombinedOptions> & CombinedOptions
>;

// One for the whole process: sessions with the same clock share their timers.
const SYSTEM_CLOCK = createSystemClock();
const SYSTEM_RANDOM = createSystemRandom();
const WS_TRANSPORT = createWsTransport();
const NO_TEXTS: Readonly<Record<string, string>> = Object.freeze({});
const ROWS: NamedFields = { fields: SESSION_FIELDS };
const OPTION_NAMES = Object.keys(SESSION_FIELDS);
const DEFAULTS = defaultsOf(ROWS);

// Sessions with the same options share one object, which saves a quarter of a kilobyte for each session.
const shareOptions = internLast<ResolvedSessionOptions>();
const shareTexts = internLast<Readonly<Record<string, string>>>();
const shareCallbacks = internLast<EventCallbacks>();
// An agent may contain the credentials of a proxy, so the latest one is not kept.
const wsTransportOf = oneForEach((agent: Agent) => createWsTransport({ agent }));
const guarded = oneForEach(guardedRandom);
const guardedClockOf = oneForEach(guardedClock);
const filledReplay = groupFiller<ReplayOptions>(REPLAY_FIELDS);
const filledEncoding = groupFiller<OggOpusEncoding>(OGG_OPUS_ENCODER_FIELDS);
const filledCloseOnExit = groupFiller<CloseOnExit>(CLOSE_ON_EXIT_FIELDS);

export function resolveSessionOptions(options: AvatarSessionOptions): ResolvedSessionOptions {
  // Own properties only, each read once.
  const given = requireOptions('', options);
  // Not cached with `expireAt`, because a valid time becomes one in the past.
  return given['expireAt'] === undefined ? resolveLike(given) : resolveGiven(given);
}

/** Most sessions of a process have the same options, whose members are texts, numbers and functions. */
const resolveLike = memoizeLastMembers(resolveGiven);

function resolveGiven(given: Readonly<Record<string, unknown>>): ResolvedSessionOptions {
  refuseUnknownNames('', given, OPTION_NAMES);
  if (given['apiKey'] === undefined && given['tokenProvider'] === undefined) {
    throw new TypeError('apiKey must be a string, got undefined (or give a tokenProvider)');
  }
  if (given['livekitEgress'] !== undefined && given['agoraEgress'] !== undefined) {
    throw new TypeError('livekitEgress and agoraEgress exclude each other, got both');
  }
  const profile = profileOf(given);
  const written = profile === undefined ? given : { ...given, retry: retryIn(profile, given['retry']) };
  const checked = checkGroup('', written, ROWS);
  const filled = { ...DEFAULTS, ...profile?.times, ...checked } as unknown as FilledOptions;
  const { region, onError, onRetry, onReconnect, onStateChange, onFrame, onPlayback, onClose, ...rest } =
    filled;
  const { apiKey, appId, tokenProvider, agent, silenceTimeoutMs, closeOnExit, heartbeat, random } = rest;
  const audioFormat = wireFormatOf(rest.audioFormat);
  const oggOpusEncoder = encodingOf(rest, audioFormat);
  const egress = egressOf(rest);
  const regional = rest.environment === 'spatialreal' ? SPATIALREAL_ENDPOINTS : regionEndpoints(region);
  const clock = rest.clock === undefined ? SYSTEM_CLOCK : guardedClockOf(rest.clock);
  if (rest.expireAt !== undefined) requireFuture('expireAt', rest.expireAt, clock);
  return shareOptions({
    ...rest,
    account: tokenProvider === undefined ? accountOfKey(appId, apiKey) : accountOfProvider(tokenProvider),
    region: isRegional(rest) ? region : undefined,
    autoRegion: region === AUTO_REGION ? autoRegionOf(rest) : undefined,
    consoleEndpointUrl: rest.consoleEndpointUrl ?? regional.consoleEndpointUrl,
    ingressEndpointUrl: rest.ingressEndpointUrl ?? regional.ingressEndpointUrl,
    expireAt: rest.expireAt === undefined ? undefined : rest.expireAt / 1_000,
    extraParams: rest.extraParams === undefined ? NO_TEXTS : shareTexts(rest.extraParams),
    sourceTimeoutMs: rest.sourceTimeoutMs ?? silenceTimeoutMs,
    recovery: rest.recovery ?? (isCuttable({ audioFormat, oggOpusEncoder }) ? 'tail' : 'replay'),
    overlap: rest.overlap ?? (egress === 'none' ? 'queue' : 'parallel'),
    egress,
    audioFormat,
    oggOpusEncoder,
    replay: filledReplay(profile === undefined ? rest.replay : { ...profile.replay, ...rest.replay }),
    closeOnExit:
      closeOnExit === false ? undefined : filledCloseOnExit(closeOnExit === true ? undefined : closeOnExit),
    heartbeat: heartbeat === false ? undefined : resolveHeartbeat(heartbeat, profile?.heartbeat),
    retry: rest.retry ?? DEFAULT_RETRY,
    connectGate: resolveConnectGate(gateBeside(given['retry'], given['connectGate'])),
    callbacks: resolvedCallbacks({
      error: onError,
      retry: onRetry,
      reconnect: onReconnect,
      state: onStateChange,
      frame: onFrame,
      playback: onPlayback,
      close: onClose,
    }),
    transport: rest.transport ?? (agent === undefined ? WS_TRANSPORT : wsTransportOf(agent)),
    httpPost: rest.httpPost ?? nodeHttpPost,
    clock,
    random: random === undefined ? SYSTEM_RANDOM : guarded(random),
  });
}

type GivenEndpoints = Pick<FilledOptions, 'environment' | 'consoleEndpointUrl' | 'ingressEndpointUrl'>;

function isRegional({ environment, consoleEndpointUrl, ingressEndpointUrl }: GivenEndpoints): boolean {
  return environment === 'spatius' && (consoleEndpointUrl === undefined || ingressEndpointUrl === undefined);
}

function egressOf({
  livekitEgress,
  agoraEgress,
}: Pick<FilledOptions, 'livekitEgress' | 'agoraEgress'>): ResolvedSessionOptions['egress'] {
  if (livekitEgress !== undefined) return 'livekit';
  return agoraEgress === undefined ? 'none' : 'agora';
}

function autoRegionOf(given: GivenEndpoints): ResolvedSessionOptions['autoRegion'] {
  const { environment, consoleEndpointUrl, ingressEndpointUrl } = given;
  if (environment !== 'spatius') return undefined;
  if (consoleEndpointUrl === undefined) return ingressEndpointUrl === undefined ? 'both' : 'console';
  return ingressEndpointUrl === undefined ? 'ingress' : undefined;
}

function wireFormatOf(format: AudioFormat): WireAudioFormat {
  if (typeof format === 'number') return format;
  return format === 'pcm_s16le' ? AudioFormat.PCM_S16LE : AudioFormat.OGG_OPUS;
}

/** Whether the application gives PCM, which can be cut at a sample. */
export function isCuttable({
  audioFormat,
  oggOpusEncoder,
}: Pick<ResolvedSessionOptions, 'audioFormat' | 'oggOpusEncoder'>): boolean {
  return audioFormat === AudioFormat.PCM_S16LE || oggOpusEncoder !== undefined;
}

/** @throws RangeError for an encoder, or an `onEncodedAudio`, that would have no effect */
function encodingOf(
  {
    oggOpusEncoder,
    onEncodedAudio,
    bitrate,
  }: Pick<FilledOptions, 'oggOpusEncoder' | 'onEncodedAudio' | 'bitrate'>,
  audioFormat: WireAudioFormat,
): OggOpusEncoding | undefined {
  if (oggOpusEncoder === false) {
    if (onEncodedAudio === undefined) return undefined;
    throw new RangeError('onEncodedAudio needs oggOpusEncoder: without it nothing is encoded here');
  }
  if (audioFormat !== AudioFormat.OGG_OPUS) {
    throw new RangeError("oggOpusEncoder needs audioFormat 'ogg_opus', got PCM");
  }
  const given = oggOpusEncoder === true ? undefined : oggOpusEncoder;
  return filledEncoding({ ...given, bitrate: given?.bitrate ?? (bitrate === 0 ? undefined : bitrate) });
}

/** The preset `test` has no waits, so it uses no gate unless one is given. */
function gateBeside(retry: unknown, connectGate: unknown): unknown {
  const preset = kindOf(retry) === 'object' ? requireOptions('retry', retry)['preset'] : retry;
  return connectGate === undefined && preset === 'test' ? false : connectGate;
}

/** The callbacks that were given. */
function resolvedCallbacks(callbacks: Readonly<Record<string, unknown>>): EventCallbacks {
  // Without a prototype, because its keys are names of events.
  const made = Object.create(null) as Record<string, unknown>;
  for (const [event, callback] of Object.entries(callbacks)) {
    if (callback !== undefined) made[event] = callback;
  }
  return shareCallbacks(made);
}

const DEFAULT_HEARTBEAT: HeartbeatTimes = Object.freeze({
  intervalMs: HEARTBEAT_FIELDS.fields.intervalMs.default,
  timeoutMs: HEARTBEAT_FIELDS.fields.timeoutMs.default,
  speaking: defaultsOf(SPEAKING_HEARTBEAT_FIELDS) as unknown as SpeakingHeartbeatOptions,
});
const shareSpeaking = internLast<SpeakingHeartbeatOptions>();
const shareHeartbeat = internLast<HeartbeatTimes>();

/**
 * The default of `speaking` is never longer than the times without speech, and does not apply if those are longer than by default.
 * `base`: the times of the profile.
 */
function resolveHeartbeat(
  given: Partial<HeartbeatOptions> | undefined,
  base: HeartbeatTimes = DEFAULT_HEARTBEAT,
): HeartbeatTimes {
  if (given === undefined) return base;
  const { intervalMs, timeoutMs, speaking: defaults = base } = base;
  const times = { intervalMs: given.intervalMs ?? intervalMs, timeoutMs: given.timeoutMs ?? timeoutMs };
  const isPatient = times.intervalMs > intervalMs || times.timeoutMs > timeoutMs;
  if (given.speaking === false || (isPatient && given.speaking === undefined)) {
    return shareHeartbeat({ ...times, speaking: undefined });
  }
  const speaking = {
    intervalMs: given.speaking?.intervalMs ?? Math.min(defaults.intervalMs, times.intervalMs),
    timeoutMs: given.speaking?.timeoutMs ?? Math.min(defaults.timeoutMs, times.timeoutMs),
  };
  return shareHeartbeat({ ...times, speaking: shareSpeaking(speaking) });
}

/** Fills in the defaults of a group of rows; sessions with the same values share one object. */
function groupFiller<Group extends object>(rows: {
  readonly fields: Readonly<Record<keyof Group, OptionField>>;
}): (given: object | undefined) => Group {
  const defaults = defaultsOf(rows) as Group;
  const share = internLast<Group>();
  return (given) => (given === undefined ? defaults : share({ ...defaults, ...given }));
}

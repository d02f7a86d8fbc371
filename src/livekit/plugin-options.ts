/**
 * The options of the LiveKit plugin: their names, the environment variables that may replace them, and the session options that are
 * derived from them. The session checks their values.
 */
import type { AvatarSessionOptions as SessionOptions } from '../client/options/session-options.js';
import { requireNumber, requireObject, requireOptions } from '../core/option/option-check.js';
import { MAX_MS, optional, required, requireDrainTimeout } from './call-options.js';

/** Options of `AvatarSession`. For those of the account there are environment variables, which apply if an option is not given. */
export interface AvatarSessionOptions {
  /**
   * The API key of the account.
   *
   * @default SPATIUS_API_KEY; not needed with `session.tokenProvider`
   */
  readonly apiKey?: string | undefined;
  /**
   * The id of the application.
   *
   * @default SPATIUS_APP_ID
   */
  readonly appId?: string | undefined;
  /**
   * The avatar that speaks.
   *
   * @default SPATIUS_AVATAR_ID
   */
  readonly avatarId?: string | undefined;
  /**
   * The region of the service.
   *
   * @default SPATIUS_REGION, or that of the session
   */
  readonly region?: string | undefined;
  /**
   * The address of the console.
   *
   * @default SPATIUS_CONSOLE_ENDPOINT, or by region
   */
  readonly consoleEndpointUrl?: string | undefined;
  /**
   * The address of the ingress.
   *
   * @default SPATIUS_INGRESS_ENDPOINT, or by region
   */
  readonly ingressEndpointUrl?: string | undefined;
  /**
   * The identity of the avatar in the room.
   *
   * @default spatius-avatar-agent
   */
  readonly avatarParticipantIdentity?: string | undefined;
  /**
   * The name of the avatar that people in the room see.
   *
   * @default spatius-avatar-agent
   */
  readonly avatarParticipantName?: string | undefined;
  /**
   * How long the service keeps an idle room open, milliseconds, in whole seconds, 0 to 2³¹−1; 0 lets the service choose.
   *
   * @default 0
   */
  readonly idleTimeout?: number | undefined;
  /**
   * The sample rate of the audio that is sent, Hz. The agent resamples the voice if its rate differs.
   *
   * @default the rate of the agent's TTS where the service takes it, otherwise 24_000
   */
  readonly sampleRate?: number | undefined;
  /**
   * The format of the audio that is sent. The agent's PCM is encoded to `ogg_opus` on its way, which needs the package `@evan/opus`.
   *
   * @default SPATIUS_AUDIO_FORMAT, or pcm_s16le
   */
  readonly audioFormat?: 'pcm_s16le' | 'ogg_opus' | undefined;
  /**
   * Bits per second of Ogg Opus; 0 lets the encoder choose.
   *
   * @default 0
   */
  readonly bitrate?: number | undefined;
  /**
   * Audio in one packet of Ogg Opus, milliseconds.
   *
   * @default 20
   */
  readonly opusFrameDuration?: 10 | 20 | 40 | 60 | undefined;
  /**
   * The kind of audio to encode for: speech, any sound, or the shortest delay.
   *
   * @default audio
   */
  readonly opusApplication?: 'voip' | 'audio' | 'restricted_lowdelay' | undefined;
  /**
   * Further parameters, handed to the service unchanged.
   *
   * @default none
   */
  readonly extraParams?: Readonly<Record<string, string>> | undefined;
  /**
   * How long `aclose` waits for speech that the agent has given, milliseconds, 0 to 2³¹−1; 0 interrupts it. It also applies at the end of
   * the job and of the agent's session, so keep it below the time limit of the worker for the end of a job.
   *
   * @default 0
   */
  readonly drainTimeoutMs?: number | undefined;
  /**
   * Every other option of the session, such as `retry`, `profile`, `heartbeat`, `tokenProvider` or `onError`. The plugin sets those of
   * the room and of the audio.
   *
   * @default none
   */
  readonly session?: Partial<Omit<SessionOptions, OptionOfPlugin>> | undefined;
}

/** A session option that the plugin sets itself: it is given next to `session`, or derived by the plugin. */
export type OptionOfPlugin =
  | 'apiKey'
  | 'appId'
  | 'avatarId'
  | 'region'
  | 'consoleEndpointUrl'
  | 'ingressEndpointUrl'
  | 'sampleRate'
  | 'audioFormat'
  | 'bitrate'
  | 'extraParams'
  | 'oggOpusEncoder'
  | 'livekitEgress'
  | 'agoraEgress';

const OF_PLUGIN: Readonly<Record<OptionOfPlugin, 'given' | 'made'>> = {
  apiKey: 'given',
  appId: 'given',
  avatarId: 'given',
  region: 'given',
  consoleEndpointUrl: 'given',
  ingressEndpointUrl: 'given',
  sampleRate: 'given',
  audioFormat: 'given',
  bitrate: 'given',
  extraParams: 'given',
  oggOpusEncoder: 'made',
  livekitEgress: 'made',
  agoraEgress: 'made',
};

const OPTION_NAMES: readonly string[] = [
  ...Object.entries(OF_PLUGIN).flatMap(([name, how]) => (how === 'given' ? [name] : [])),
  'opusFrameDuration',
  'opusApplication',
  'avatarParticipantIdentity',
  'avatarParticipantName',
  'idleTimeout',
  'drainTimeoutMs',
  'session',
];

const PARTICIPANT = 'spatius-avatar-agent';

/** The options of the plugin, checked as far as the session does not check them. */
export interface PluginOptions {
  readonly participantIdentity: string;
  readonly participantName: string;
  readonly idleTimeoutMs: number;
  readonly drainTimeoutMs: number;
  readonly sampleRate: number | undefined;
  /** The options of the session, without the audio's rate and the room. */
  readonly session: Omit<SessionOptions, 'sampleRate' | 'livekitEgress'>;
}

/** @throws TypeError or RangeError that names the option, and the environment variable that may replace it */
export function checkPluginOptions(
  options: AvatarSessionOptions,
  environment: NodeJS.ProcessEnv,
): PluginOptions {
  const given = requireOptions('', options, OPTION_NAMES) as AvatarSessionOptions;
  const { avatarParticipantIdentity, avatarParticipantName, idleTimeout, sampleRate, extraParams } = given;
  const session = sessionOptions(given.session);
  const orVariable = (name: keyof AvatarSessionOptions, variable: string): string | undefined =>
    optional(name, given[name] ?? environment[variable]);
  const audioFormat = requireFormat(orVariable('audioFormat', 'SPATIUS_AUDIO_FORMAT') ?? 'pcm_s16le');
  const { bitrate, opusFrameDuration: frameDurationMs = 20, opusApplication: application = 'audio' } = given;
  const apiKey =
    session.tokenProvider === undefined
      ? required('apiKey', given.apiKey, 'SPATIUS_API_KEY', environment)
      : undefined;
  const made: Omit<SessionOptions, 'sampleRate' | 'livekitEgress'> = {
    ...session,
    apiKey,
    appId: required('appId', given.appId, 'SPATIUS_APP_ID', environment),
    avatarId: required('avatarId', given.avatarId, 'SPATIUS_AVATAR_ID', environment),
    region: orVariable('region', 'SPATIUS_REGION'),
    consoleEndpointUrl: orVariable('consoleEndpointUrl', 'SPATIUS_CONSOLE_ENDPOINT'),
    ingressEndpointUrl: orVariable('ingressEndpointUrl', 'SPATIUS_INGRESS_ENDPOINT'),
    audioFormat,
    bitrate,
    ...(audioFormat === 'ogg_opus' && { oggOpusEncoder: { frameDurationMs, application } }),
    extraParams,
  };
  return {
    participantIdentity: optional('avatarParticipantIdentity', avatarParticipantIdentity) ?? PARTICIPANT,
    participantName: optional('avatarParticipantName', avatarParticipantName) ?? PARTICIPANT,
    idleTimeoutMs: requireNumber('idleTimeout', idleTimeout ?? 0, { min: 0, max: MAX_MS }),
    drainTimeoutMs: requireDrainTimeout(given.drainTimeoutMs ?? 0),
    sampleRate,
    session: made,
  };
}

function sessionOptions(given: unknown): Partial<Omit<SessionOptions, OptionOfPlugin>> {
  if (given === undefined) return {};
  const session = requireObject('session', given);
  for (const name of Object.keys(OF_PLUGIN)) {
    if (session[name] === undefined) continue;
    throw new TypeError(`session.${name} is the plugin's: give it beside session, or leave it out`);
  }
  return session;
}

function requireFormat(format: string): 'pcm_s16le' | 'ogg_opus' {
  if (format === 'pcm_s16le' || format === 'ogg_opus') return format;
  throw new RangeError(
    `audioFormat must be one of pcm_s16le, ogg_opus, got ${JSON.stringify(format)}; SPATIUS_AUDIO_FORMAT counts where it is not given`,
  );
}

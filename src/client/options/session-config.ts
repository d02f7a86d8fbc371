/**
 * `session.config`: the options that a session uses, for logs and tests. Every option with its default filled in, as plain data. Options
 * that are secrets, functions or implementations are left out; a test compares the members with the rows of the options.
 */
import { deepFreeze } from '../../core/option/plain-object.js';
import type { RetryPolicy } from '../../core/policy/rule.js';
import type { OpusApplication } from '../../core/utterance/ogg-opus-stream.js';
import type { Recovery } from '../../core/utterance/recovery.js';
import type { AudioFormat } from '../../ports/message.js';
import type { SpeakingHeartbeatOptions } from '../connection/heartbeat.js';
import type { ReplayOptions } from '../speech/replay-budget.js';
import type { Overlap } from '../speech/utterance-interfaces.js';
import type { Environment } from './endpoint-fields.js';
import type { IdleChoice } from './nested-fields.js';
import type { ProfileName } from './profiles.js';
import { withoutCredentials } from './session-context.js';
import type { ResolvedSessionOptions } from './resolve-session-options.js';

/** How PCM is encoded to Ogg Opus in a session, with every default filled in. */
export interface SessionEncoderConfig {
  /** Audio in one packet, milliseconds. */
  readonly frameDurationMs: 10 | 20 | 40 | 60;
  /** The kind of audio. */
  readonly application: OpusApplication;
  /** Bits per second; undefined: the encoder chooses. */
  readonly bitrate: number | undefined;
  /** Whether the application makes the encoder (`createEncoder`); false: the package `@evan/opus` does. */
  readonly isOwn: boolean;
}

/** The heartbeat of a session, with every default filled in. */
export interface SessionHeartbeatConfig {
  /** Silence after which a ping is sent, milliseconds. */
  readonly intervalMs: number;
  /** Further silence after which the connection counts as lost, milliseconds. */
  readonly timeoutMs: number;
  /** The times while an utterance is unfinished; false: the same as without speech. */
  readonly speaking: Readonly<SpeakingHeartbeatOptions> | false;
}

/**
 * The options that a session uses, each with its default filled in. Frozen. It contains no secrets (API key, tokens, `extraParams`, the
 * configuration of a room), no functions and no implementations (transport, clock, logger and others).
 */
export interface SessionConfig {
  /** The id of the application. */
  readonly appId: string;
  /** The avatar that speaks. */
  readonly avatarId: string;
  /** The vendor of the service. */
  readonly environment: Environment;
  /**
   * The region of the addresses. `auto` until the region is known; undefined if no address depends on it: both are given, or
   * `environment` is `spatialreal`.
   */
  readonly region: string | undefined;
  /** The address of the console, without user info and query. With `region: 'auto'` that of `us-west` until the region is known. */
  readonly consoleEndpointUrl: string;
  /** The address of the ingress, likewise. */
  readonly ingressEndpointUrl: string;
  /** When session tokens expire, Unix seconds; undefined: one hour after each token request. */
  readonly expireAt: number | undefined;
  /** The sample rate of the audio that is sent, Hz. */
  readonly sampleRate: number;
  /** Bits per second of compressed audio; 0: the service chooses. */
  readonly bitrate: number;
  /** The format of the audio that is sent, as the number in `AudioFormat`. */
  readonly audioFormat: (typeof AudioFormat)[keyof typeof AudioFormat];
  /** How PCM is encoded; false: audio is sent as it is given. */
  readonly oggOpusEncoder: SessionEncoderConfig | false;
  /** Whether the credentials are sent as query parameters. */
  readonly useQueryAuth: boolean;
  /** Where the avatar is published; `none`: frames come to this process. */
  readonly egress: 'none' | 'livekit' | 'agora';
  /** The time limit of each step of a dial, milliseconds. */
  readonly timeoutMs: number;
  /** How long the service may be silent after the end of an utterance, milliseconds. */
  readonly silenceTimeoutMs: number;
  /** How long a source of audio may give nothing, milliseconds. */
  readonly sourceTimeoutMs: number;
  /** How long a loop over frames may leave waiting frames unread, milliseconds. */
  readonly readerTimeoutMs: number;
  /** What happens to an unfinished utterance when the connection is lost. */
  readonly recovery: Recovery;
  /** In which order the frames of overlapping utterances are delivered. */
  readonly overlap: Overlap;
  /** How much audio is kept to be sent again. */
  readonly replay: Readonly<ReplayOptions>;
  /** What happens when the service closes the connection because no audio was sent. */
  readonly idle: IdleChoice;
  /** How long the service lets one connection last, milliseconds; undefined: not known. */
  readonly maxSessionMs: number | undefined;
  /** How the session is closed when the process ends; false: it is not. */
  readonly closeOnExit: { readonly drain: boolean; readonly timeoutMs: number } | false;
  /** The profile that sets the options which were not given. */
  readonly profile: ProfileName;
  /** The heartbeat; false: none. */
  readonly heartbeat: SessionHeartbeatConfig | false;
  /** The retry policy, every row and every number. */
  readonly retry: RetryPolicy;
  /** The longest message that is accepted, bytes. */
  readonly maxMessageBytes: number;
  /** The header `User-Agent` of requests and upgrades; undefined: none is sent. */
  readonly userAgent: string | undefined;
}

export function configOf(options: ResolvedSessionOptions): SessionConfig {
  const config: SessionConfig = {
    appId: options.appId,
    avatarId: options.avatarId,
    environment: options.environment,
    region: options.region,
    consoleEndpointUrl: withoutCredentials(options.consoleEndpointUrl),
    ingressEndpointUrl: withoutCredentials(options.ingressEndpointUrl),
    expireAt: options.expireAt,
    sampleRate: options.sampleRate,
    bitrate: options.bitrate,
    audioFormat: options.audioFormat,
    oggOpusEncoder: encoderOf(options),
    useQueryAuth: options.useQueryAuth,
    egress: options.egress,
    timeoutMs: options.timeoutMs,
    silenceTimeoutMs: options.silenceTimeoutMs,
    sourceTimeoutMs: options.sourceTimeoutMs,
    readerTimeoutMs: options.readerTimeoutMs,
    recovery: options.recovery,
    overlap: options.overlap,
    replay: options.replay,
    idle: options.idle,
    maxSessionMs: options.maxSessionMs,
    closeOnExit: options.closeOnExit ?? false,
    profile: options.profile,
    heartbeat: heartbeatOf(options),
    retry: options.retry.policy,
    maxMessageBytes: options.maxMessageBytes,
    userAgent: options.userAgent,
  };
  return deepFreeze(structuredClone(config));
}

function encoderOf({ oggOpusEncoder }: ResolvedSessionOptions): SessionConfig['oggOpusEncoder'] {
  if (oggOpusEncoder === undefined) return false;
  const { frameDurationMs, application, bitrate, createEncoder } = oggOpusEncoder;
  return { frameDurationMs, application, bitrate, isOwn: createEncoder !== undefined };
}

function heartbeatOf({ heartbeat }: ResolvedSessionOptions): SessionConfig['heartbeat'] {
  if (heartbeat === undefined) return false;
  const { intervalMs, timeoutMs, speaking = false } = heartbeat;
  return { intervalMs, timeoutMs, speaking };
}

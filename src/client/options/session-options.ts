/**
 * What an application may configure: the public types. The members of `AvatarSessionBaseOptions` are made
 * from the rows of session-fields.ts: change those, then run `UPDATE_README=1 npx vitest run test/docs`.
 */
import type { TokenProvider } from '../../adapters/token/provider-token-source.js';
import type { RetryPresetName } from '../../core/policy/rule.js';
import type { Recovery } from '../../core/utterance/recovery.js';
import type { AgoraEgress, AudioFormat, LiveKitEgress } from '../../ports/message.js';
import type { HeartbeatOptions } from '../connection/heartbeat.js';
import type { ConnectGate } from '../../ports/connect-gate.js';
import type { ReplayOptions } from '../speech/replay-budget.js';
import type { Overlap } from '../speech/utterance-interfaces.js';
import type { Environment } from './endpoint-fields.js';
import type { ProfileName } from './profiles.js';
import type {
  CloseOnExitOptions,
  OggOpusEncoderOptions,
  IdleChoice,
  PerDial,
  SessionRetryOptions,
} from './nested-fields.js';
import type { SessionProgramOptions } from './program-fields.js';

/**
 * The options of a session. Invalid ones throw before any I/O: a TypeError for a wrong kind or an unknown name, a RangeError for a value
 * out of bounds. The compiler requires one of `apiKey` and `tokenProvider`; its value is checked when the session is made. `Omit` and
 * `Partial` of this union lose that requirement: apply them to `AvatarSessionBaseOptions`.
 */
export type AvatarSessionOptions = AvatarSessionBaseOptions &
  (
    | {
        /** Sent to the console as `X-Api-Key`. */
        readonly apiKey: string | undefined;
      }
    | {
        /** Mints session tokens instead of the console. */
        readonly tokenProvider: TokenProvider | undefined;
      }
  );

/**
 * The members of `AvatarSessionOptions` without the requirement of `apiKey` or `tokenProvider`: for options that several sessions share.
 */
export interface AvatarSessionBaseOptions extends SessionProgramOptions {
  /**
   * Sent to the console as `X-Api-Key`. Required unless `tokenProvider` is given.
   * @default required, or `tokenProvider`
   */
  readonly apiKey?: string | undefined;
  /** The id of the application. */
  readonly appId: string;
  /** The avatar that speaks. */
  readonly avatarId: string;
  /**
   * Mints session tokens instead of the console; this process then needs no API key, and `apiKey` is not
   * used.
   *
   * @default none
   */
  readonly tokenProvider?: TokenProvider | undefined;
  /**
   * The vendor of the service: sets the addresses and the path of token requests. `spatialreal` has one
   * region; explicit URLs have priority over it, too.
   *
   * @default spatius
   */
  readonly environment?: Environment | undefined;
  /**
   * `us-west`, `ap-northeast`, `cn-beijing`, a newer region, or `auto`: the nearest one. Explicit URLs have
   * priority over it. `auto` asks the vendor before the first dial, once in five minutes for all sessions of
   * a process; without an answer within 5 seconds the latest one counts, then `us-west`.
   *
   * @default us-west
   */
  readonly region?: string | undefined;
  /**
   * The address of the console, `http:` or `https:`; `/session-tokens` is appended.
   * @default by region
   */
  readonly consoleEndpointUrl?: string | undefined;
  /**
   * The address of the ingress, `ws:`, `wss:`, `http:` or `https:`; `/websocket` is appended.
   * @default by region
   */
  readonly ingressEndpointUrl?: string | undefined;
  /**
   * When session tokens expire: a Date, or Unix seconds, in the future.
   * @default one hour after each token request
   */
  readonly expireAt?: Date | number | undefined;
  /**
   * The sample rate of the audio that is sent, Hz, a whole number from 1 to 1_000_000. The service does not
   * resample.
   *
   * @default 16_000
   */
  readonly sampleRate?: number | undefined;
  /**
   * Bits per second of compressed audio, a whole number from 0 to 2³¹−1. 0 lets the service choose.
   * @default 0
   */
  readonly bitrate?: number | undefined;
  /**
   * The format of the audio that is sent. The names `'pcm_s16le'` and `'ogg_opus'` mean the same. Ogg Opus is
   * sent as it is given, unless `oggOpusEncoder` says otherwise.
   *
   * @default AudioFormat.PCM_S16LE
   */
  readonly audioFormat?: AudioFormat | undefined;
  /**
   * Encodes PCM that the application gives to Ogg Opus, after it was kept for a re-send; only with
   * `audioFormat` Ogg Opus. Needs the package `@evan/opus`, and a `sampleRate` that Opus has: 8000, 12000,
   * 16000, 24000 or 48000. `true` is an object without members.
   *
   * @default false
   */
  readonly oggOpusEncoder?: boolean | OggOpusEncoderOptions | undefined;
  /**
   * Sends the credentials as query parameters instead of headers. A transport without headers always does.
   * @default false
   */
  readonly useQueryAuth?: boolean | undefined;
  /**
   * Further parameters, handed to the service unchanged.
   * @default none
   */
  readonly extraParams?: Readonly<Record<string, string>> | undefined;
  /**
   * Publishes into a LiveKit room; excludes `agoraEgress`.
   * @default none
   */
  readonly livekitEgress?: PerDial<LiveKitEgress> | undefined;
  /**
   * Publishes into an Agora channel; excludes `livekitEgress`.
   * @default none
   */
  readonly agoraEgress?: PerDial<AgoraEgress> | undefined;
  /**
   * The time limit of each step of a dial (token, upgrade, handshake), milliseconds, a whole number from 1 to
   * 2³¹−1. From the third dial of an outage on `retry.patienceMs` counts where it is longer.
   *
   * @default 10_000
   */
  readonly timeoutMs?: number | undefined;
  /**
   * How long the service may be silent after the end of an utterance before the utterance fails,
   * milliseconds, a whole number from 1 to 2³¹−1.
   *
   * @default 30_000
   */
  readonly silenceTimeoutMs?: number | undefined;
  /**
   * How long a source of audio (`speak(source)`, `utterance.writable`) may give nothing before its utterance
   * fails, milliseconds, a whole number from 1 to 2³¹−1.
   *
   * @default the value of `silenceTimeoutMs`
   */
  readonly sourceTimeoutMs?: number | undefined;
  /**
   * How long a loop over frames may leave waiting frames unread before it ends with an error, milliseconds, a
   * whole number from 1 to 2³¹−1.
   *
   * @default 30_000
   */
  readonly readerTimeoutMs?: number | undefined;
  /**
   * What happens to an unfinished utterance when the connection is lost.
   * @default `tail`; for Ogg Opus of the application `replay`
   */
  readonly recovery?: Recovery | undefined;
  /**
   * Whether the frames of an utterance are delivered after those of earlier utterances, never in between, or
   * as the service sends them. In a room audio waits instead of frames. `speak` may choose for one utterance.
   *
   * @default `queue`; in a room `parallel`
   */
  readonly overlap?: Overlap | undefined;
  /**
   * How much audio is kept to be sent again, for how long, and what happens at the limit.
   * @default none
   */
  readonly replay?: Partial<ReplayOptions> | undefined;
  /**
   * What happens when the service closes the connection because no audio was sent.
   * @default reconnect
   */
  readonly idle?: IdleChoice | undefined;
  /**
   * How long the service lets one connection last, milliseconds, a whole number from 100 to 2³¹−1. The
   * session replaces the connection before that time.
   *
   * @default none
   */
  readonly maxSessionMs?: number | undefined;
  /**
   * Closes the session when the process gets SIGTERM or SIGINT, before the process ends. An object says
   * whether the open utterances are finished first, and how long that may take. `true` is `{ drain: false,
   * timeoutMs: 10_000 }`.
   *
   * @default false
   */
  readonly closeOnExit?: boolean | CloseOnExitOptions | undefined;
  /**
   * Sets policy, heartbeat, time limits and the age of speech that is sent again together. A given option has
   * priority over its profile.
   *
   * @default default
   */
  readonly profile?: ProfileName | undefined;
  /**
   * Pings over the WebSocket; `false` turns them off.
   * @default none
   */
  readonly heartbeat?: Partial<HeartbeatOptions> | false | undefined;
  /**
   * Which failures are retried, and how: the name of a preset, or an object that changes one. `false` is
   * `never`: one attempt and no reconnect.
   *
   * @default default
   */
  readonly retry?: RetryPresetName | SessionRetryOptions | false | undefined;
  /**
   * Which sessions take turns at an endpoint that has just failed. At most 2 of them dial at once, more as
   * dials succeed, one at a time while none does. Accounts take turns, and a limit of one account delays no
   * other. `createConnectGate()` makes a gate of its own; `false` uses none.
   *
   * @default all sessions of the process; `false` with the preset `test`
   */
  readonly connectGate?: ConnectGate | false | undefined;
  /**
   * The largest message that is accepted, bytes, a whole number from 1_024 to 2³¹−1. A larger one ends the
   * connection with 1009.
   *
   * @default 16_777_216
   */
  readonly maxMessageBytes?: number | undefined;
}

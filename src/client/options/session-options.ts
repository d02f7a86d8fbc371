/**
 * What an application may configure: the public types. The members of `AvatarSessionOptions` and `CloseOnExitOptions` are made
 * from the rows of session-fields.ts: change those, then run `UPDATE_README=1 npx vitest run test/docs`.
 */
import type { Agent } from 'node:http';
import type { TokenProvider } from '../../adapters/provider-token-source.js';
import type { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import type { RetryDecider } from '../../core/policy/application-decision.js';
import type { RetryOptions, RetryPresetName } from '../../core/policy/rule.js';
import type { Recovery } from '../../core/utterance/recovery.js';
import type { Clock } from '../../ports/clock.js';
import type { ApplicationHttpPost } from '../../ports/http-post.js';
import type { Random } from '../../ports/random.js';
import type { TokenReason } from '../../ports/token-source.js';
import type { Transport } from '../../ports/transport.js';
import type { AgoraEgress, AudioFormat, LiveKitEgress } from '../../wire/message.js';
import type { HeartbeatOptions } from '../connection/heartbeat.js';
import type { Frame } from '../events/frame.js';
import type {
  CloseInfo,
  PlaybackEvent,
  ReconnectInfo,
  RetryInfo,
  StateChange,
} from '../events/session-events.js';
import type { SharedGate } from '../gate/shared-gate.js';
import type { ReplayOptions } from '../speech/replay-budget.js';

/** What an egress function is called with: once for every dial, because room tokens expire. */
export interface EgressRequest {
  readonly reason: TokenReason;
  /** Aborted when the session is closed, or the step's time is over. */
  readonly signal: AbortSignal;
}

/** A configuration, or a function that makes one for each dial. */
export type PerDial<T> = T | ((request: EgressRequest) => T | Promise<T>);

/** A policy, and beside it what only a program can hold. */
export interface SessionRetryOptions extends RetryOptions {
  /** Asked about each failure after the policy: may keep what it proposes, or decide otherwise. Default none. */
  readonly decide?: RetryDecider | undefined;
}

/**
 * What a session does when the service closes its connection because no audio was sent:
 * - `reconnect` (default): reconnects, but after two such closes in a row waits for the next utterance
 * - `reconnectOnDemand`: waits for the next utterance at once
 * - `stay`: always reconnects
 */
export const IDLE_CHOICES = ['reconnect', 'reconnectOnDemand', 'stay'] as const;
export type IdleChoice = (typeof IDLE_CHOICES)[number];

export interface CloseOnExitOptions {
  readonly drain?: boolean | undefined;
  readonly timeoutMs?: number | undefined;
}

/** With every default filled in. */
export interface CloseOnExit {
  readonly drain: boolean;
  readonly timeoutMs: number;
}

export interface AvatarSessionOptions {
  /** Sent to the console as `X-Api-Key`. Required unless `tokenProvider` is given. */
  readonly apiKey?: string | undefined;
  readonly appId: string;
  readonly avatarId: string;
  /** Mints session tokens instead of the console; then no API key is needed in this process. */
  readonly tokenProvider?: TokenProvider | undefined;
  /** `us-west` (default), `ap-northeast`, `cn-beijing`, or a newer one; `auto` is not supported yet. Explicit URLs win over it. */
  readonly region?: string | undefined;
  /** `http:` or `https:`; `/session-tokens` is appended. */
  readonly consoleEndpointUrl?: string | undefined;
  /** `ws:`, `wss:`, `http:` or `https:`; `/websocket` is appended. */
  readonly ingressEndpointUrl?: string | undefined;
  /** When session tokens expire: a Date, or Unix seconds, in the future. Default: one hour after each token request. */
  readonly expireAt?: Date | number | undefined;
  /** Hz of the audio that will be sent; the service does not resample. Default 16 000. */
  readonly sampleRate?: number | undefined;
  /** Bits per second for compressed audio, 0 lets the service choose. Default 0. */
  readonly bitrate?: number | undefined;
  /** Default `AudioFormat.PCM_S16LE`. */
  readonly audioFormat?: AudioFormat | undefined;
  /** Credentials as query parameters instead of headers; implied by transports without headers. Default false. */
  readonly useQueryAuth?: boolean | undefined;
  /** Handed to the service as they are. Default none. */
  readonly extraParams?: Readonly<Record<string, string>> | undefined;
  /** Publish into a LiveKit room; excludes `agoraEgress`. */
  readonly livekitEgress?: PerDial<LiveKitEgress> | undefined;
  /** Publish into an Agora channel; excludes `livekitEgress`. */
  readonly agoraEgress?: PerDial<AgoraEgress> | undefined;
  /**
   * Time for each step of a dial (token, upgrade, handshake), milliseconds. Default 10 000.
   * From the third dial of an outage on `retry.patienceMs` counts where it is longer.
   */
  readonly timeoutMs?: number | undefined;
  /** How long the service may be silent after the end of an utterance before that fails, milliseconds. Default 30 000. */
  readonly silenceTimeoutMs?: number | undefined;
  /**
   * How long a source of audio (`speak(source)`, `utterance.writable`) may give nothing before its utterance fails, milliseconds.
   * Default: the value of `silenceTimeoutMs`.
   */
  readonly sourceTimeoutMs?: number | undefined;
  /** How long a loop over frames may take none of those that wait for it before it ends with an error, milliseconds. Default 30 000. */
  readonly readerTimeoutMs?: number | undefined;
  /** What happens to an unfinished utterance when the connection is lost. Default `tail` with egress, else `replay`. */
  readonly recovery?: Recovery | undefined;
  /** How much audio is kept for a re-send, for how long, and what happens at the limit. */
  readonly replay?: Partial<ReplayOptions> | undefined;
  /** What happens when the service closes for want of input. Default `reconnect`. */
  readonly idle?: IdleChoice | undefined;
  /** The service's known limit of one connection's life, milliseconds: it is replaced before. Default none. */
  readonly maxSessionMs?: number | undefined;
  /**
   * Close the session when the process gets SIGTERM or SIGINT, before it ends; an object says whether what is being said is finished
   * first, and how long that may take. `true` is `{ drain: false, timeoutMs: 10_000 }`. Default false.
   */
  readonly closeOnExit?: boolean | CloseOnExitOptions | undefined;
  /** Pings over the WebSocket; `false` turns them off. Default 5000 and 5000. */
  readonly heartbeat?: Partial<HeartbeatOptions> | false | undefined;
  /** What is retried and how: a preset, or what is laid over one; `false` is `never`: one attempt and no reconnect. */
  readonly retry?: RetryPresetName | SessionRetryOptions | false | undefined;
  /**
   * Who waits in one line for an endpoint that has just failed: at most 2 dials at once, more as they succeed, one probe at
   * a time while none does. Accounts take turns, and a limit of one of them delays no other. Default: all sessions of the
   * process; `createConnectGate()` makes a line of its own, `false` takes part in none.
   */
  readonly connectGate?: SharedGate | false | undefined;
  /** Largest message that is accepted, bytes; a larger one ends the connection with 1009. Default 16 MiB. */
  readonly maxMessageBytes?: number | undefined;

  /**
   * Every classified failure; `error.willRetry` says whether the session goes on. An error that leaves the connection open is emitted
   * when that is known, after at most 1 second.
   */
  readonly onError?: ((error: AvatarSDKError) => unknown) | undefined;
  /** Before each wait. */
  readonly onRetry?: ((info: RetryInfo) => unknown) | undefined;
  /** A lost connection was replaced; not called for the first one. */
  readonly onReconnect?: ((info: ReconnectInfo) => unknown) | undefined;
  readonly onStateChange?: ((change: StateChange) => unknown) | undefined;
  /** Every animation message, once and in order. */
  readonly onFrame?: ((frame: Frame) => unknown) | undefined;
  readonly onPlayback?: ((event: PlaybackEvent) => unknown) | undefined;
  /** Exactly once, when the session is over for good. */
  readonly onClose?: ((info: CloseInfo) => unknown) | undefined;
  /**
   * As the vendor's SDKs have it: the whole envelope as it came, raw bytes of the service, and whether it is the last of its request.
   * A request has one id and one end in them, also after a reconnect. No text in them is redacted or escaped.
   */
  readonly transportFrames?: ((envelope: Uint8Array, isLast: boolean) => unknown) | undefined;

  /** Default: the `ws` package. */
  readonly transport?: Transport | undefined;
  /**
   * Makes the sockets to the console and to the ingress: through a proxy, or with a certificate authority of your own. A
   * `http.Agent` or `https.Agent` that fits the schemes of both addresses. It must not reuse sockets. Not for a `transport` or a
   * `httpPost` of your own. Default: a socket of its own for each request and each dial, past all proxies.
   */
  readonly agent?: Agent | undefined;
  /** The header `User-Agent` of every request. Default `avatarkit-session/VERSION node/VERSION`. */
  readonly userAgent?: string | undefined;
  /**
   * How the console is asked for tokens; one of your own may go through a proxy, and may resolve with the `Response` of fetch.
   * Default: Node's HTTP client.
   */
  readonly httpPost?: ApplicationHttpPost | undefined;
  /** Default: the system's clock; another one runs the whole session in virtual time. */
  readonly clock?: Clock | undefined;
  /** Default: the system's; a seeded one reproduces every delay. */
  readonly random?: Random | undefined;
}

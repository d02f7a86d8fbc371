/// <reference types="node" preserve="true" />
/** The public surface of `avatarkit-session`. Everything else may change without notice. */
export { AvatarSession, newAvatarSession } from './client/avatar-session.js';
export { createConnectGate } from './client/gate/shared-gate.js';
export type {
  ConnectGate,
  DialGate,
  DialPermit,
  EndpointLoss,
  GateEndpoint,
  GateEntry,
  GateFailure,
  GateLoss,
} from './ports/connect-gate.js';
export type {
  CloseAllOptions,
  CloseOptions,
  SendAudioOptions,
  Session,
  SessionEventsLike,
  SpeakOptions,
  StartOptions,
  WhenPaused,
} from './client/session-interfaces.js';
export type { SessionHealth, SessionOutage } from './client/session-health.js';
export { isUtteranceError } from './client/speech/utterance-interfaces.js';
export type {
  InterruptedUtterance,
  Overlap,
  UtteranceError,
  UtteranceEvents,
  UtteranceEventsLike,
  UtteranceHandle,
  UtteranceResult,
} from './client/speech/utterance-interfaces.js';
export type { AudioEncoding, SourceFormat } from './audio/conversions.js';
export type { AudioChunk, AudioSource, FormattedSource, SpeakSource } from './client/speech/audio-chunk.js';
export type { ListenerMethods, TypedEmitter } from './client/events/typed-emitter.js';
export type { Frame, FrameLike } from './client/events/session-events.js';
export type { HeartbeatOptions, SpeakingHeartbeatOptions } from './client/connection/heartbeat.js';
export type { LimitChoice, ReplayOptions } from './client/speech/replay-budget.js';
export type { Handler, Handler as EventHandler } from './client/events/notifier.js';
export type {
  CloseInfo,
  PlaybackEvent,
  ReconnectInfo,
  RetryInfo,
  SessionEventName,
  SessionEvents,
  StateChange,
} from './client/events/session-events.js';
export { avatarErrorSerializer, consoleLogger } from './client/events/logger.js';
export type { ConsoleLoggerOptions, LogLevel, Logger } from './client/events/logger.js';
export { CHANNELS } from './client/events/channels.js';
export type {
  ChannelMessage,
  CloseMessage,
  ConnectionClosedMessage,
  DialMessage,
  ErrorMessage,
  FleetLeaseMessage,
  GateWaitMessage,
  IdleMessage,
  ReconnectMessage,
  RetryMessage,
  RolloverMessage,
  StateMessage,
  TokenMessage,
  UtteranceMessage,
  WaitMessage,
} from './client/events/channels.js';
export type { AvatarSessionBaseOptions, AvatarSessionOptions } from './client/options/session-options.js';
export type {
  SessionConfig,
  SessionEncoderConfig,
  SessionHeartbeatConfig,
} from './client/options/session-config.js';
export type { SessionProgramOptions } from './client/options/program-fields.js';
export type { ProfileName } from './client/options/profiles.js';
export type {
  CloseOnExitOptions,
  EgressRequest,
  IdleChoice,
  OggOpusEncoderOptions,
  PerDial,
  SessionRetryOptions,
} from './client/options/nested-fields.js';
export type { Utterance } from './client/speech/utterance.js';
export { AVATAR_SDK_ERROR_CODES, AvatarSDKErrorCode } from './core/failure/avatar-sdk-error-code.js';
export { AvatarSDKError, SessionTokenError } from './core/failure/avatar-sdk-error.js';
export type {
  AvatarSDKErrorFields,
  GiveUpReason,
  UtteranceOutcome,
} from './core/failure/avatar-sdk-error.js';
export { fromClientErrorCode, toClientErrorCode } from './core/failure/client-error-code.js';
export type { ClientErrorCodes, ClientPlatform } from './core/failure/client-error-code.js';
export type { FailureOrigin, Phase, Step } from './core/failure/avatar-sdk-error-code.js';
export { DEFAULT_RETRY_POLICY, DEFAULT_RULES, RETRY_PRESETS } from './core/policy/retry-presets.js';
export type { RetryAnswer, RetryContext, RetryDecider } from './core/policy/application-decision.js';
export type { Decision, DelaySource, GiveUpDecision, RetryDecision } from './core/policy/decide.js';
export type {
  Backoff,
  Jitter,
  RetryPolicy,
  RetryPresetName,
  Rule,
  RuleAction,
  RuleTable,
} from './core/policy/rule.js';
export type {
  BackoffOptions,
  RetryOptions,
  RuleOptions,
  RuleTableOptions,
} from './core/policy/retry-options.js';
export type { HistoryEntry, HistoryEvent, SessionState } from './core/session/session-life.js';
export { prewarm } from './client/locate-session.js';
export type { Environment } from './client/options/endpoint-fields.js';
export { KEYFRAMES_PER_SECOND } from './core/utterance/recovery.js';
export type { Recovery } from './core/utterance/recovery.js';
export type { OpusApplication, OpusEncoder, OpusEncoderSettings } from './core/utterance/ogg-opus-stream.js';
export type {
  ProvidedToken,
  TokenProvider,
  TokenProviderRequest,
} from './adapters/token/provider-token-source.js';
export { createWebSocketTransport } from './adapters/whatwg/websocket-transport.js';
export type {
  WebSocketTransportOptions,
  WebSocketConstructor,
  WebSocketLike,
  WebSocketListener,
} from './adapters/whatwg/websocket-transport.js';
export { createWsTransport } from './adapters/ws/ws-transport.js';
export type { WsTransportOptions } from './adapters/ws/ws-transport.js';
export { createSeededRandom } from './adapters/node/runtime-sources.js';
export type { Clock, Timer } from './ports/clock.js';
export type { EndSignal } from './ports/end-signal.js';
export { createMemoryCoordinator } from './fleet/memory-coordinator.js';
export type { MemoryCoordinator, MemoryCoordinatorOptions } from './fleet/memory-coordinator.js';
export type { FleetLimits } from './fleet/fleet-limits.js';
export type { FleetEndpoint, FleetLease, FleetSnapshot } from './ports/fleet-snapshot.js';
export type {
  FleetCoordinator,
  FleetMember,
  FleetNews,
  FleetRequest,
  FleetWait,
  Lease,
} from './ports/fleet-coordinator.js';
export type { ApplicationHttpPost, HttpAnswer, HttpPost, HttpPostRequest } from './ports/http-post.js';
export type { Random } from './ports/random.js';
export type { TokenReason } from './ports/token-source.js';
export type { DialRequest, Transport, TransportConnection, TransportSink } from './ports/transport.js';
export { UpgradeMalformed, UpgradeRefused } from './ports/transport.js';
export { AudioFormat } from './ports/message.js';
export type { AgoraEgress, Keyframe, LiveKitEgress, TraceContext, TypedKeyframe } from './ports/message.js';

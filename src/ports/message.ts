/**
 * The messages of the protocol as values, for all code that sends or receives them. Names follow proto/avatar.proto in
 * camelCase; `type` selects the variant. The codec (codec.ts) converts them to bytes.
 */

/** Field `type` of the envelope; 6 is internal to the service and not used here. */
export const MessageType = {
  clientConfigureSession: 1,
  serverConfirmSession: 2,
  clientAudioInput: 3,
  serverError: 4,
  serverResponseAnimation: 5,
  clientInterrupt: 7,
  clientPause: 8,
  clientResume: 9,
  serverPlaybackState: 10,
} as const;
export type MessageType = (typeof MessageType)[keyof typeof MessageType];

/** Wire values of `audio_format`. */
export const AudioFormat = {
  /** Mono, signed 16 bit, little endian, no header. */
  PCM_S16LE: 0,
  /** One continuous logical Ogg Opus stream per request. */
  OGG_OPUS: 1,
} as const;
export type WireAudioFormat = (typeof AudioFormat)[keyof typeof AudioFormat];

/** The names of the formats, in the order of their wire values. */
export const AUDIO_FORMAT_NAMES = ['pcm_s16le', 'ogg_opus'] as const satisfies readonly AudioFormat[];

/**
 * A format of audio: a member of the constant `AudioFormat`, or its name in the spelling of a newer SDK of the vendor.
 */
export type AudioFormat = (typeof AudioFormat)[keyof typeof AudioFormat] | 'pcm_s16le' | 'ogg_opus';

/** Wire values of `egress_type`. */
export const EgressType = { none: 0, liveKit: 1, agora: 2 } as const;
export type EgressType = (typeof EgressType)[keyof typeof EgressType];

/** A LiveKit room into which the service publishes the avatar. Give `apiToken`, or `apiKey` and `apiSecret`. */
export interface LiveKitEgress {
  /** The address of the LiveKit server: `wss://…`. */
  readonly url: string;
  /** The API key of the LiveKit project, with `apiSecret`. A secret: redacted everywhere. */
  readonly apiKey?: string;
  /** The secret that belongs to `apiKey`. Redacted everywhere. */
  readonly apiSecret?: string;
  /** The name of the room. */
  readonly roomName?: string;
  /** The identity under which the avatar joins the room. */
  readonly publisherId?: string;
  /** Attributes of the participant, as LiveKit shows them to others. */
  readonly extraAttributes?: Readonly<Record<string, string>>;
  /** How long the service stays in the room without audio, seconds. */
  readonly idleTimeout?: number;
  /** An access token, preferred to `apiKey` and `apiSecret`. It expires: give a function that makes one for each dial. */
  readonly apiToken?: string;
}

/** An Agora channel into which the service publishes the avatar. */
export interface AgoraEgress {
  /** The name of the channel. */
  readonly channelName: string;
  /** The token for the channel. It expires: give a function that makes one for each dial. */
  readonly token?: string;
  /** The user id of the avatar in the channel, a whole number from 0 to 2³²−1. */
  readonly uid?: number;
  /** The identity under which the avatar joins the channel. */
  readonly publisherId?: string;
}

/** A trace, by W3C Trace Context. */
export interface TraceContext {
  /** `00-` trace id `-` span id `-` flags, in hexadecimal digits. */
  readonly traceparent: string;
  /** Additional data of tracing vendors. */
  readonly tracestate?: string;
}

/** One animation frame: seven lists of floats. */
export interface Keyframe {
  /** Position of the head. */
  readonly translation: readonly number[];
  /** Rotation of the head. */
  readonly rotation: readonly number[];
  /** Pose of the neck. */
  readonly neckPose: readonly number[];
  /** Pose of the jaw. */
  readonly jawPose: readonly number[];
  /** Poses of the eyes. */
  readonly eyePose: readonly number[];
  /** How far the eyelids are closed. */
  readonly eyeLid: readonly number[];
  /** Weights of the facial expressions. */
  readonly expression: readonly number[];
}

/** A keyframe whose lists are typed arrays. */
export type TypedKeyframe = { readonly [Name in keyof Keyframe]: Float32Array };

export interface ClientConfigureSession {
  readonly type: typeof MessageType.clientConfigureSession;
  readonly sampleRate: number;
  readonly bitrate: number;
  readonly audioFormat: WireAudioFormat;
  /** 0: none, the only value today. */
  readonly transportCompression: number;
  readonly egressType: EgressType;
  readonly livekitEgress?: LiveKitEgress;
  readonly agoraEgress?: AgoraEgress;
  readonly extraParams: Readonly<Record<string, string>>;
}

export interface ServerConfirmSession {
  readonly type: typeof MessageType.serverConfirmSession;
  readonly connectionId: string;
  readonly capabilities: readonly string[];
}

export interface ClientAudioInput {
  readonly type: typeof MessageType.clientAudioInput;
  readonly reqId: string;
  readonly end: boolean;
  readonly audio: Uint8Array;
  readonly traceContext?: TraceContext;
}

export interface ServerError {
  readonly type: typeof MessageType.serverError;
  readonly connectionId: string;
  readonly reqId: string;
  readonly code: number;
  readonly message: string;
}

/** Keyframes stay encoded: `keyframeCount` is counted without decoding them; `decodeKeyframes(raw)` decodes them. */
export interface ServerResponseAnimation {
  readonly type: typeof MessageType.serverResponseAnimation;
  readonly connectionId: string;
  readonly reqId: string;
  readonly end: boolean;
  readonly avatarId: string;
  readonly keyframeCount: number;
}

/** The message as the emulator sends it, with its keyframes as values. */
export interface ServerResponseAnimationContent {
  readonly type: typeof MessageType.serverResponseAnimation;
  readonly connectionId: string;
  readonly reqId: string;
  readonly end: boolean;
  readonly avatarId: string;
  readonly keyframes: readonly Keyframe[];
  readonly traceContext?: TraceContext;
}

export interface ClientInterrupt {
  readonly type: typeof MessageType.clientInterrupt;
  readonly reqId: string;
}
export interface ClientPause {
  readonly type: typeof MessageType.clientPause;
  readonly reqId: string;
}
export interface ClientResume {
  readonly type: typeof MessageType.clientResume;
  readonly reqId: string;
}

/** Wire values of `state` in ServerPlaybackState. */
export const PlaybackStateValue = {
  unspecified: 0,
  playing: 1,
  paused: 2,
  ended: 3,
  interrupted: 4,
} as const;

export interface ServerPlaybackState {
  readonly type: typeof MessageType.serverPlaybackState;
  readonly connectionId: string;
  readonly reqId: string;
  /** PlaybackStateValue, or a newer service's number. */
  readonly state: number;
  /** i64 on the wire; a value beyond 2⁵³ is refused as undecodable. */
  readonly playedMs: number;
  /** `explicit`, `preempted`, `pause_timeout`, or a newer service's word. */
  readonly reason: string;
}

export type ClientMessage =
  | ClientConfigureSession
  | ClientAudioInput
  | ClientInterrupt
  | ClientPause
  | ClientResume;
/** Messages that a client decodes. */
export type ServerMessage =
  | ServerConfirmSession
  | ServerError
  | ServerResponseAnimation
  | ServerPlaybackState;
/** Messages that a service encodes. */
export type ServerMessageContent =
  | ServerConfirmSession
  | ServerError
  | ServerResponseAnimationContent
  | ServerPlaybackState;

/** An envelope with an unknown type, or with one that the other side never sends: it is ignored. */
export interface IgnoredMessage {
  readonly type: 'ignored';
  readonly messageType: number;
}

/** Bytes that are no envelope, or an envelope whose content contradicts its type. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

/** The messages of the .txtpb files in this folder, as values. All floats are exact in single precision. */
import { MessageType } from '../../../src/ports/message.js';
import type { ClientMessage, Keyframe, ServerMessageContent } from '../../../src/ports/message.js';

const reqId = '20250102030405_AbCdEfGhIj-_';
const connectionId = 'conn-1';
const configure = {
  type: MessageType.clientConfigureSession,
  sampleRate: 16_000,
  bitrate: 0,
  audioFormat: 0,
  transportCompression: 0,
  egressType: 0,
  extraParams: {},
} as const;
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const rest: Keyframe = {
  translation: [],
  rotation: [],
  neckPose: [],
  jawPose: [],
  eyePose: [],
  eyeLid: [],
  expression: [],
};
const fullSize: Keyframe = {
  translation: [1, 2, 3],
  rotation: [4, 5, 6],
  neckPose: [7, 8, 9],
  jawPose: [10, 11, 12],
  eyePose: [13, 14, 15, 16, 17, 18],
  eyeLid: [0.25, 0.5],
  expression: Array.from({ length: 100 }, (_, i) => (i - 50) / 64),
};

export const goldenClientMessages: Readonly<Record<string, ClientMessage>> = {
  'client-configure-minimal': configure,
  'client-configure-all-zero': { ...configure, sampleRate: 0 },
  'client-configure-opus': {
    ...configure,
    sampleRate: 48_000,
    bitrate: 32_000,
    audioFormat: 1,
    extraParams: { voice: 'änne' },
  },
  'client-configure-several-params': {
    ...configure,
    sampleRate: 24_000,
    extraParams: { mood: 'calm', empty: '', voice: 'low' },
  },
  'client-configure-livekit': {
    ...configure,
    egressType: 1,
    livekitEgress: {
      url: 'wss://rooms.example',
      apiKey: 'key-1',
      apiSecret: 'secret-1',
      roomName: 'lobby',
      publisherId: 'avatar',
      extraAttributes: { role: 'host' },
      idleTimeout: 90,
    },
  },
  'client-configure-livekit-token': {
    ...configure,
    egressType: 1,
    livekitEgress: { url: 'wss://rooms.example', apiToken: 'room-token-1' },
  },
  'client-configure-agora': {
    ...configure,
    sampleRate: 44_100,
    egressType: 2,
    agoraEgress: {
      channelName: 'stage',
      token: 'channel-token-1',
      uid: 4_294_967_295,
      publisherId: 'avatar',
    },
  },
  'client-configure-agora-minimal': {
    ...configure,
    sampleRate: 8_000,
    egressType: 2,
    agoraEgress: { channelName: 'stage' },
  },
  'client-audio-first': {
    type: MessageType.clientAudioInput,
    reqId,
    end: false,
    audio: Uint8Array.of(0x00, 0x01, 0x7f, 0x80, 0xff, 0xfe),
    traceContext: { traceparent, tracestate: 'vendor=value' },
  },
  'client-audio-traceparent-only': {
    type: MessageType.clientAudioInput,
    reqId,
    end: true,
    audio: Uint8Array.of(0x10, 0x20),
    traceContext: { traceparent: traceparent.replace(/1$/, '0') },
  },
  'client-audio-middle': {
    type: MessageType.clientAudioInput,
    reqId,
    end: false,
    audio: Uint8Array.of(1, 0, 2, 0),
  },
  'client-audio-end-empty': {
    type: MessageType.clientAudioInput,
    reqId,
    end: true,
    audio: new Uint8Array(0),
  },
  'client-interrupt': { type: MessageType.clientInterrupt, reqId },
  'client-pause': { type: MessageType.clientPause, reqId },
  'client-resume': { type: MessageType.clientResume, reqId },
};

export const goldenServerMessages: Readonly<Record<string, ServerMessageContent>> = {
  'server-confirm': { type: MessageType.serverConfirmSession, connectionId, capabilities: [] },
  'server-confirm-capabilities': {
    type: MessageType.serverConfirmSession,
    connectionId,
    capabilities: ['playback_control', 'playback_state'],
  },
  'server-error': {
    type: MessageType.serverError,
    connectionId,
    reqId,
    code: 4503,
    message: 'driven server request failed',
  },
  'server-error-negative-code': {
    type: MessageType.serverError,
    connectionId: '',
    reqId: '',
    code: -1,
    message: 'größer als erlaubt 🙂',
  },
  'server-animation': {
    type: MessageType.serverResponseAnimation,
    connectionId,
    reqId,
    end: false,
    avatarId: 'avatar-1',
    keyframes: [
      {
        translation: [0.5, -0.25, 0],
        rotation: [1, 2, 3],
        neckPose: [0.125],
        jawPose: [0.75, 0, 0],
        eyePose: [0.5, 0.5, 0.5, -0.5, -0.5, -0.5],
        eyeLid: [0, 1],
        expression: [1024.5, -3, 0.0625],
      },
      { ...rest, jawPose: [0.5] },
      rest,
    ],
  },
  'server-animation-full-size': {
    type: MessageType.serverResponseAnimation,
    connectionId,
    reqId,
    end: true,
    avatarId: 'avatar-1',
    keyframes: [fullSize, fullSize],
  },
  'server-animation-signal': {
    type: MessageType.serverResponseAnimation,
    connectionId,
    reqId,
    end: true,
    avatarId: '',
    keyframes: [],
  },
  'server-animation-traced': {
    type: MessageType.serverResponseAnimation,
    connectionId,
    reqId,
    end: false,
    avatarId: 'avatar-1',
    keyframes: [{ ...rest, jawPose: [0.5] }],
    traceContext: { traceparent, tracestate: 'vendor=value' },
  },
  'server-playback-playing': {
    type: MessageType.serverPlaybackState,
    connectionId,
    reqId,
    state: 1,
    playedMs: 0,
    reason: '',
  },
  'server-playback-interrupted': {
    type: MessageType.serverPlaybackState,
    connectionId,
    reqId,
    state: 4,
    playedMs: Number.MAX_SAFE_INTEGER,
    reason: 'pause_timeout',
  },
};

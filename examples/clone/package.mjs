// @ts-check
import './built.mjs';

export const {
  AVATAR_SDK_ERROR_CODES,
  AudioFormat,
  AvatarSDKError,
  AvatarSDKErrorCode,
  AvatarSession,
  CHANNELS,
  DEFAULT_RETRY_POLICY,
  DEFAULT_RULES,
  KEYFRAMES_PER_SECOND,
  RETRY_PRESETS,
  SessionTokenError,
  UpgradeMalformed,
  UpgradeRefused,
  createConnectGate,
  createMemoryCoordinator,
  createSeededRandom,
  createWebSocketTransport,
  createWsTransport,
  fromClientErrorCode,
  isUtteranceError,
  newAvatarSession,
  prewarm,
  toClientErrorCode,
} = await import('../../dist/index.js');

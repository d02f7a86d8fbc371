/** What a session works with, for logs and tests: every option with its default, and no secret, function or implementation. */
import { deepFreeze } from '../../core/option/plain-object.js';
import { withoutCredentials } from './session-context.js';
import type { ResolvedSessionOptions } from './resolve-session-options.js';

/** The members of the options that are shown as they are. */
const SHOWN = [
  ...['appId', 'avatarId', 'environment', 'sampleRate', 'bitrate', 'audioFormat', 'useQueryAuth'],
  ...['timeoutMs', 'silenceTimeoutMs', 'sourceTimeoutMs', 'readerTimeoutMs', 'recovery', 'overlap'],
  ...['idle', 'maxSessionMs', 'profile', 'maxMessageBytes', 'userAgent'],
] as const satisfies readonly (keyof ResolvedSessionOptions)[];

/** The options that a session works with. Frozen; no secrets. A member is undefined where nothing was given and there is no default. */
export type SessionConfig = Readonly<Record<string, unknown>> & {
  /** The address of the console, without user info and query. With `region: 'auto'` that of `us-west` until the region is known. */
  readonly consoleEndpointUrl: string;
  /** The address of the ingress, likewise. */
  readonly ingressEndpointUrl: string;
  /** Where the avatar is published; `none`: frames come to this process. */
  readonly egress: 'none' | 'livekit' | 'agora';
};

export function configOf(options: ResolvedSessionOptions): SessionConfig {
  const { livekitEgress, agoraEgress, oggOpusEncoder, replay, heartbeat, closeOnExit, retry } = options;
  const shown = Object.fromEntries(SHOWN.map((name) => [name, options[name]]));
  const { createEncoder, ...encoder } = oggOpusEncoder ?? { createEncoder: undefined };
  return deepFreeze(
    structuredClone({
      ...shown,
      consoleEndpointUrl: withoutCredentials(options.consoleEndpointUrl),
      ingressEndpointUrl: withoutCredentials(options.ingressEndpointUrl),
      egress: livekitEgress !== undefined ? 'livekit' : agoraEgress !== undefined ? 'agora' : 'none',
      oggOpusEncoder: oggOpusEncoder && { ...encoder, isOwn: createEncoder !== undefined },
      replay,
      heartbeat: heartbeat ?? false,
      closeOnExit: closeOnExit ?? false,
      retry: retry.policy,
    }),
  );
}

/**
 * State that sessions with equal options share: the checked options, and values derived from them alone. One frozen object for all these
 * sessions, so it needs no memory per session. Parts of a session read it from the session and keep no reference: a session that is over
 * replaces it by one without credentials.
 */
import { loadNodeHttp, nodeHttpPost } from '../../adapters/node/node-http-post.js';
import { REAL_TIME } from '../../adapters/node/runtime-sources.js';
import { OpusEncoders } from '../../adapters/opus/opus-encoders.js';
import { copiesSentBytes, isOwnTransport, lazyDialOf, loadTransport } from '../../adapters/own-transports.js';
import type { LazyDial } from '../../adapters/own-transports.js';
import { parameterSecrets, urlSecrets } from '../../core/redaction/parameter-secrets.js';
import { detached, mayHoldCredentials, oneForEach } from '../../core/memory/collections.js';
import type { RetryDecider } from '../../core/policy/application-decision.js';
import type { RetryPolicy } from '../../core/policy/rule.js';
import type { AudioMemory } from '../../core/utterance/audio-log.js';
import type { Clock } from '../../ports/clock.js';
import type { Random } from '../../ports/random.js';
import { ingressEndpoint } from '../gate/shared-gate.js';
import { createReusedAudioMemory, PLAIN_AUDIO_MEMORY } from '../speech/audio-memory.js';
import { roomSecrets } from './resolve-egress.js';
import { isCuttable } from './resolve-session-options.js';
import type { ResolvedSessionOptions } from './resolve-session-options.js';

export interface SessionContext {
  readonly options: ResolvedSessionOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly policy: RetryPolicy;
  /** The application's own function, called after the policy. */
  readonly decide: RetryDecider | undefined;
  readonly usesEgress: boolean;
  /** Egress is a function of the application, which is called for each dial. */
  readonly mintsRoomTokens: boolean;
  /** Whether the audio is PCM, whose samples can be counted, aligned and cut. */
  readonly wholeSamples: boolean;
  /** Encoders for that PCM; undefined if audio is sent unchanged. */
  readonly opusEncoders: OpusEncoders | undefined;
  /** The memory for audio that may be sent again. */
  readonly audioMemory: AudioMemory;
  /** Whether the transport keeps no reference to the sent bytes. */
  readonly sendsCopies: boolean;
  /** Equal for sessions with the same endpoint and the same credentials. */
  readonly replayAccount: string;
  /** Opens a WebSocket with the session's transport. */
  readonly dial: LazyDial;
  /** Whether the transport is the application's: then its failures may be its own, and not those of the network. */
  readonly customTransport: boolean;
  /** Like `customTransport`, for the function that posts to the console. */
  readonly customPost: boolean;
}

/** One for all sessions of the process. */
const REUSED_AUDIO_MEMORY = createReusedAudioMemory((call, delayMs) => {
  REAL_TIME.setTimeout(call, delayMs).unref();
});

/** The same context for the same options. */
export const contextOf: (options: ResolvedSessionOptions) => SessionContext = oneForEach((options) => {
  const { retry, livekitEgress, agoraEgress, transport, account, ingressEndpointUrl } = options;
  return Object.freeze({
    options,
    clock: options.clock,
    random: options.random,
    policy: retry.policy,
    decide: retry.decide,
    usesEgress: livekitEgress !== undefined || agoraEgress !== undefined,
    mintsRoomTokens: typeof (livekitEgress ?? agoraEgress) === 'function',
    wholeSamples: isCuttable(options),
    opusEncoders: opusEncodersOf(options),
    audioMemory: copiesSentBytes(transport) ? REUSED_AUDIO_MEMORY : PLAIN_AUDIO_MEMORY,
    sendsCopies: copiesSentBytes(transport),
    replayAccount: `${account} at ${ingressEndpoint(ingressEndpointUrl, undefined).name}`,
    dial: lazyDialOf(transport),
    customTransport: !isOwnTransport(transport),
    customPost: options.httpPost !== nodeHttpPost,
  });
});

/** Loads the modules of Node and the packages that dials need; undefined if they are loaded. Rejects as `LazyModule.load`. */
export function loadDial({
  transport,
  tokenProvider,
  httpPost,
}: ResolvedSessionOptions): Promise<unknown> | undefined {
  const dial = loadTransport(transport);
  const post = tokenProvider === undefined && httpPost === nodeHttpPost ? loadNodeHttp() : undefined;
  return dial === undefined && post === undefined ? undefined : Promise.all([dial, post]);
}

function opusEncodersOf({ sampleRate, oggOpusEncoder }: ResolvedSessionOptions): OpusEncoders | undefined {
  if (oggOpusEncoder === undefined) return undefined;
  const { createEncoder, ...settings } = oggOpusEncoder;
  return new OpusEncoders({ ...settings, sampleRateHz: sampleRate }, createEncoder);
}

/** The secrets that are known before the first dial. Session tokens and results of functions become known with each dial. */
export const secretsOf: (options: ResolvedSessionOptions) => readonly (string | undefined)[] = oneForEach(
  (options) => {
    const { apiKey, consoleEndpointUrl, ingressEndpointUrl, extraParams } = options;
    return [
      apiKey,
      ...urlSecrets(consoleEndpointUrl),
      ...urlSecrets(ingressEndpointUrl),
      ...parameterSecrets(extraParams),
      ...roomSecrets(options),
    ];
  },
);

const NOTHING = /^$/;

/** For a session that does not dial any more. */
const NO_TRANSPORT: ResolvedSessionOptions['transport'] = {
  name: 'none',
  sendsHeaders: true,
  dial: () => Promise.reject(new Error('the session is over')),
};

/**
 * The context of a session that is over: it does not dial any more, and its application may keep it for a long time. Made once for each
 * context: a copy for each session was a tenth of the time of its close.
 */
export const withoutSecrets: (context: SessionContext) => SessionContext = oneForEach(forgettingSecrets);

function forgettingSecrets({ options, ...derived }: SessionContext): SessionContext {
  const { consoleEndpointUrl, ingressEndpointUrl } = options;
  const kept: ResolvedSessionOptions = {
    ...options,
    apiKey: undefined,
    tokenProvider: undefined,
    extraParams: {},
    livekitEgress: undefined,
    agoraEgress: undefined,
    // Both may use a proxy and contain its credentials.
    agent: undefined,
    transport: NO_TRANSPORT,
    consoleEndpointUrl: withoutCredentials(consoleEndpointUrl),
    ingressEndpointUrl: withoutCredentials(ingressEndpointUrl),
  };
  // The engine keeps the text of the latest match of a regular expression, which may have been an address.
  NOTHING.test('');
  return Object.freeze({ ...derived, options: kept, dial: lazyDialOf(NO_TRANSPORT) });
}

/** Without user info and query. */
export function withoutCredentials(address: string): string {
  if (!mayHoldCredentials(address) || !URL.canParse(address)) return address;
  const { protocol, host, pathname } = new URL(address);
  return detached(`${protocol}//${host}${pathname}`);
}

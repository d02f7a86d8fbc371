/**
 * What sessions with equal options share: the checked options, and what follows from them alone. One frozen object for all of these
 * sessions, so it costs none of them memory. Parts of a session read it from the session and keep no reference: a session that is
 * over replaces it by one without credentials.
 */
import { loadingNodeHttp, nodeHttpPost } from '../../adapters/node/node-http-post.js';
import { REAL_TIME } from '../../adapters/node/runtime-sources.js';
import { OpusEncoders } from '../../adapters/opus/opus-encoders.js';
import {
  copiesSentBytes,
  isOwnTransport,
  lazyDialOf,
  loadingTransport,
} from '../../adapters/own-transports.js';
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
  /** The application's own function, asked after the policy. */
  readonly decide: RetryDecider | undefined;
  readonly usesEgress: boolean;
  /** Egress is a function of the application, which is called for each dial. */
  readonly mintsRoomTokens: boolean;
  /** PCM: samples can be counted, aligned and cut. */
  readonly wholeSamples: boolean;
  /** Make encoders for that PCM; undefined where audio is sent as it is. */
  readonly opusEncoders: OpusEncoders | undefined;
  /** Where audio is kept for a re-send. */
  readonly audioMemory: AudioMemory;
  /** Whether the transport keeps nothing of what it was given to send. */
  readonly sendsCopies: boolean;
  /** Sessions with the same one have the same endpoint and the same credentials. */
  readonly replayAccount: string;
  /** Opens a WebSocket, over the session's transport. */
  readonly dial: LazyDial;
  /** Whether the transport is the application's: what it fails with may be its own doing, and not the network's. */
  readonly customTransport: boolean;
  /** As `customTransport`, of the function that posts to the console. */
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

/** What dials need of Node and of packages and is still being loaded; undefined once it is there. Never rejects: the dial then does. */
export function loadingDial({
  transport,
  tokenProvider,
  httpPost,
}: ResolvedSessionOptions): Promise<unknown> | undefined {
  const dial = loadingTransport(transport);
  const post = tokenProvider === undefined && httpPost === nodeHttpPost ? loadingNodeHttp() : undefined;
  return dial === undefined && post === undefined ? undefined : Promise.allSettled([dial, post]);
}

function opusEncodersOf({ sampleRate, oggOpusEncoder }: ResolvedSessionOptions): OpusEncoders | undefined {
  if (oggOpusEncoder === undefined) return undefined;
  const { createEncoder, ...settings } = oggOpusEncoder;
  return new OpusEncoders({ ...settings, sampleRateHz: sampleRate }, createEncoder);
}

/** Those that are known before anything is dialled. Session tokens, and what functions answer, become known with each dial. */
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

/** Of a session that dials no more. */
const NO_TRANSPORT: ResolvedSessionOptions['transport'] = {
  name: 'none',
  sendsHeaders: true,
  dial: () => Promise.reject(new Error('the session is over')),
};

/**
 * For a session that is over: it dials no more, and its application may keep it for long. The same one for the same context, as that is
 * for the same options: to copy them for each session was a tenth of what its close takes.
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
    // Both may lead through a proxy, whose credentials they have.
    agent: undefined,
    transport: NO_TRANSPORT,
    consoleEndpointUrl: withoutCredentials(consoleEndpointUrl),
    ingressEndpointUrl: withoutCredentials(ingressEndpointUrl),
  };
  // The engine keeps the text of the latest match of a regular expression: it may have been an address.
  NOTHING.test('');
  return Object.freeze({ ...derived, options: kept, dial: lazyDialOf(NO_TRANSPORT) });
}

/** Without user info and query. */
export function withoutCredentials(address: string): string {
  if (!mayHoldCredentials(address) || !URL.canParse(address)) return address;
  const { protocol, host, pathname } = new URL(address);
  return detached(`${protocol}//${host}${pathname}`);
}

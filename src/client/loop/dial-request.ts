/**
 * The upgrade request and the configuration message of a dial, and the reason if none can be sent. Egress may be given as a function: it
 * is called for each dial, because room tokens expire. Its credentials are returned beside the message, so that they can be kept out of
 * every error. Must not know sockets and attempts.
 */
import { memoizeLast, memoizeLastAddress } from '../../core/memory/collections.js';
import type { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import { answerMember } from '../../core/option/plain-object.js';
import { OPUS_SAMPLE_RATES_HZ, PCM_SAMPLE_RATES_HZ } from '../../core/utterance/sample-aligner.js';
import { ONCE } from '../../ports/end-signal.js';
import { AVATAR_CODEC } from '../../adapters/codec/avatar-codec.js';
import { AudioFormat, EgressType, MessageType } from '../../ports/message.js';
import type { ClientConfigureSession } from '../../ports/message.js';
import type { Transport } from '../../ports/transport.js';
import { checkAgoraEgress, checkLiveKitEgress, roomSecrets } from '../options/resolve-egress.js';
import type { ResolvedSessionOptions } from '../options/resolve-session-options.js';
import type { SessionContext } from '../options/session-context.js';
import type { SessionErrors } from '../events/session-errors.js';
import type { EgressRequest, PerDial } from '../options/nested-fields.js';
import { thrownMessage } from '../waiting/deferred.js';

interface ResolvedEgress {
  readonly configure: ClientConfigureSession;
  readonly secrets: readonly string[];
}

/** The application's egress function threw or rejected (its error is the `cause`), or its configuration can't be used. */
export class EgressFunctionError extends Error {
  override readonly name = 'EgressFunctionError';
  /** Whether the function returned an invalid value: calling it again would not help. */
  readonly unusable: boolean;
  constructor(message: string, unusable: boolean, options?: ErrorOptions) {
    super(message, options);
    this.unusable = unusable;
  }
}

const CREDENTIAL_FIELDS = ['apiKey', 'apiSecret', 'apiToken', 'token'] as const;

/** The configuration without egress. */
type PlainConfiguration = Pick<
  ResolvedSessionOptions,
  'sampleRate' | 'bitrate' | 'audioFormat' | 'extraParams'
>;

function configureWithoutEgress(options: PlainConfiguration): ClientConfigureSession {
  const { sampleRate, bitrate, audioFormat, extraParams } = options;
  return {
    type: MessageType.clientConfigureSession,
    sampleRate,
    bitrate,
    audioFormat,
    transportCompression: 0,
    egressType: EgressType.none,
    extraParams,
  };
}

const encodedConfiguration = memoizeLast(
  (
    sampleRate: PlainConfiguration['sampleRate'],
    bitrate: PlainConfiguration['bitrate'],
    audioFormat: PlainConfiguration['audioFormat'],
  ) => AVATAR_CODEC.encode(configureWithoutEgress({ sampleRate, bitrate, audioFormat, extraParams: {} })),
);

/**
 * The configuration message of a session without egress; two consecutive sessions with the same configuration get the same bytes. A
 * message with extra parameters is not kept: they may be credentials, and would stay in memory after their session.
 */
export function encodedWithoutEgress(options: PlainConfiguration): Uint8Array {
  const { sampleRate, bitrate, audioFormat, extraParams } = options;
  if (Object.keys(extraParams).length > 0) return AVATAR_CODEC.encode(configureWithoutEgress(options));
  return encodedConfiguration(sampleRate, bitrate, audioFormat);
}

/** The encoded configuration message of a dial with egress. Rejects with EgressFunctionError, or with the signal's reason. */
export async function encodedWithEgress(
  options: ResolvedSessionOptions,
  request: EgressRequest,
  protect: (secrets: readonly string[]) => void,
): Promise<Uint8Array> {
  const { configure, secrets } = await resolveEgress(options, request, protect);
  protect(secrets);
  try {
    return AVATAR_CODEC.encode(configure);
  } catch (cause) {
    throw new EgressFunctionError('the egress configuration has a field of the wrong kind', true, { cause });
  }
}

async function resolveEgress(
  options: ResolvedSessionOptions,
  request: EgressRequest,
  protect: (secrets: readonly string[]) => void,
): Promise<ResolvedEgress> {
  const { livekitEgress, agoraEgress } = options;
  const checked =
    <T>(check: (answer: unknown) => T) =>
    (answer: unknown): T => {
      protect(numericCredentials(answer));
      return check(answer);
    };
  const common = configureWithoutEgress(options);
  if (livekitEgress !== undefined) {
    const livekit = await perDial(livekitEgress, checked(checkLiveKitEgress), request);
    return {
      configure: { ...common, egressType: EgressType.liveKit, livekitEgress: livekit },
      secrets: roomSecrets({ livekitEgress: livekit }),
    };
  }
  if (agoraEgress !== undefined) {
    const agora = await perDial(agoraEgress, checked(checkAgoraEgress), request);
    return {
      configure: { ...common, egressType: EgressType.agora, agoraEgress: agora },
      secrets: roomSecrets({ agoraEgress: agora }),
    };
  }
  return { configure: common, secrets: [] };
}

/**
 * The credentials that the function's answer has as numbers. Such an answer is refused, but the application's next error may contain
 * them.
 */
function numericCredentials(answer: unknown): readonly string[] {
  return CREDENTIAL_FIELDS.map((name) => answerMember(answer, name))
    .filter((value) => typeof value === 'number' || typeof value === 'bigint')
    .map(String);
}

/** @param check throws if the answer is no configuration; a configuration given as an option has been checked before */
function perDial<T extends object>(
  given: PerDial<T>,
  check: (answer: unknown) => T,
  request: EgressRequest,
): Promise<T> {
  if (typeof given !== 'function') return Promise.resolve(given);
  const { signal } = request;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, ONCE);
    // An answer that comes after the abort has no effect: the promise is settled.
    void askApplication(given, check, request)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', onAbort));
  });
}

async function askApplication<T>(
  configure: (request: EgressRequest) => T | Promise<T>,
  check: (answer: unknown) => T,
  request: EgressRequest,
): Promise<T> {
  let answer: unknown;
  try {
    answer = await configure(request);
  } catch (cause) {
    throw new EgressFunctionError('the egress function failed', false, { cause });
  }
  if (typeof answer !== 'object' || answer === null) {
    throw new EgressFunctionError('the egress function returned no configuration', true);
  }
  try {
    return check(answer);
  } catch (error) {
    throw new EgressFunctionError(
      `the egress function returned a configuration that can't be used: ${thrownMessage(error)}`,
      true,
    );
  }
}

export interface UpgradeRequest {
  readonly ingressEndpointUrl: string;
  readonly appId: string;
  readonly avatarId: string;
  readonly token: string;
  readonly useQueryAuth: boolean;
  /** Absent if the transport sends no headers. */
  readonly userAgent: string | undefined;
}

const WEBSOCKET_SCHEMES: Readonly<Record<string, string>> = { 'http:': 'ws:', 'https:': 'wss:' };

/**
 * The URL and the headers of the upgrade. A query string already on the ingress URL is kept; in header mode stray
 * credentials in it are taken out, in query mode no credential headers are made.
 */
export function upgradeRequest(request: UpgradeRequest): { url: string; headers: Record<string, string> } {
  const { ingressEndpointUrl, appId, avatarId, token, useQueryAuth, userAgent } = request;
  if (!useQueryAuth) {
    // Written as one literal, not as a copy with one more member: each such copy gets a hidden class of its own.
    const headers: Record<string, string> =
      userAgent === undefined
        ? { 'X-App-ID': appId, 'X-Session-Key': token }
        : { 'X-App-ID': appId, 'X-Session-Key': token, 'User-Agent': userAgent };
    return { url: addressWithoutAuth(ingressEndpointUrl, avatarId), headers };
  }
  const url = avatarAddress(ingressEndpointUrl, avatarId);
  url.searchParams.set('appId', appId);
  url.searchParams.set('sessionKey', token);
  return { url: url.href, headers: userAgent === undefined ? {} : { 'User-Agent': userAgent } };
}

const addressWithoutAuth = memoizeLastAddress((ingressEndpointUrl: string, avatarId: string): string => {
  const url = avatarAddress(ingressEndpointUrl, avatarId);
  url.searchParams.delete('appId');
  url.searchParams.delete('sessionKey');
  return url.href;
});

function avatarAddress(ingressEndpointUrl: string, avatarId: string): URL {
  const url = new URL(ingressEndpointUrl);
  url.protocol = WEBSOCKET_SCHEMES[url.protocol] ?? url.protocol;
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/websocket`;
  url.searchParams.set('id', avatarId);
  return url;
}

/** Without upgrade headers only query authentication reaches the service. */
export function mustUseQueryAuth(transport: Transport): boolean {
  return !transport.sendsHeaders;
}

/**
 * The reason why a session can't work with these options, whatever is dialled; undefined if it can. A promise while the encoder of its
 * audio is loaded.
 */
export function refusedBeforeDial({
  context,
  errors,
}: {
  readonly context: SessionContext;
  readonly errors: SessionErrors;
}): AvatarSDKError | undefined | Promise<AvatarSDKError | undefined> {
  const { opusEncoders, options } = context;
  const { sampleRate, audioFormat } = options;
  const isPcm = audioFormat === AudioFormat.PCM_S16LE;
  const rates: readonly number[] = isPcm ? PCM_SAMPLE_RATES_HZ : OPUS_SAMPLE_RATES_HZ;
  if (!rates.includes(sampleRate)) {
    const converts =
      opusEncoders === undefined ? '' : ': speak(source, { format }) resamples to one of these';
    const message = `sampleRate must be one of ${rates.join(', ')} Hz, got ${sampleRate}${converts}`;
    return errors.local('unsupportedSampleRate', message, { problem: 'sampleRate' });
  }
  if (opusEncoders?.isLoaded !== false) return undefined;
  return opusEncoders.load().then(
    () => undefined,
    (cause: unknown) =>
      errors.local('invalidRequest', thrownMessage(cause), { cause, problem: 'opusPackage' }),
  );
}

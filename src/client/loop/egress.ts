/**
 * The configuration message of a dial. Egress may be given as a function: it is called for this very dial, because room
 * tokens expire. Its credentials come out beside the message, so that they can be kept out of every error.
 */
import { keepLatest } from '../../core/memory/keep-latest.js';
import { encodeClientMessage } from '../../wire/encode.js';
import { EgressType, MessageType } from '../../wire/message.js';
import type { AgoraEgress, ClientConfigureSession, LiveKitEgress } from '../../wire/message.js';
import type { EgressRequest, PerDial, ResolvedSessionOptions } from '../options/session-options.js';

interface ResolvedEgress {
  readonly configure: ClientConfigureSession;
  readonly secrets: readonly string[];
}

/** The application's egress function threw or rejected (its error is the `cause`), or its configuration can't be used. */
export class EgressFunctionError extends Error {
  override readonly name = 'EgressFunctionError';
  /** It did answer, but with something that can't be used: asking again would not help. */
  readonly unusable: boolean;
  constructor(message: string, unusable: boolean, options?: ErrorOptions) {
    super(message, options);
    this.unusable = unusable;
  }
}

/** What is configured besides. */
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

const encodedConfiguration = keepLatest(
  (
    sampleRate: PlainConfiguration['sampleRate'],
    bitrate: PlainConfiguration['bitrate'],
    audioFormat: PlainConfiguration['audioFormat'],
    extraParams: PlainConfiguration['extraParams'],
  ) => encodeClientMessage(configureWithoutEgress({ sampleRate, bitrate, audioFormat, extraParams })),
);

/** The message of a session without egress; of two that say the same one after the other, it is the same one. */
export function encodedWithoutEgress(options: PlainConfiguration): Uint8Array {
  const { sampleRate, bitrate, audioFormat, extraParams } = options;
  return encodedConfiguration(sampleRate, bitrate, audioFormat, extraParams);
}

/** The message of a dial, encoded. Rejects with EgressFunctionError, or with the signal's reason. */
export async function encodedWithEgress(
  options: ResolvedSessionOptions,
  request: EgressRequest,
  protect: (secret: string) => void,
): Promise<Uint8Array> {
  const { configure, secrets } = await resolveEgress(options, request);
  for (const secret of secrets) protect(secret);
  try {
    return encodeClientMessage(configure);
  } catch (cause) {
    throw new EgressFunctionError('the egress configuration has a field of the wrong kind', true, { cause });
  }
}

async function resolveEgress(
  options: ResolvedSessionOptions,
  request: EgressRequest,
): Promise<ResolvedEgress> {
  const { livekitEgress, agoraEgress } = options;
  const common = configureWithoutEgress(options);
  if (livekitEgress !== undefined) {
    const livekit = await perDial<LiveKitEgress>(livekitEgress, request);
    return {
      configure: { ...common, egressType: EgressType.liveKit, livekitEgress: livekit },
      secrets: credentials('livekitEgress', livekit, ['apiKey', 'apiSecret', 'apiToken']),
    };
  }
  if (agoraEgress !== undefined) {
    const agora = await perDial<AgoraEgress>(agoraEgress, request);
    return {
      configure: { ...common, egressType: EgressType.agora, agoraEgress: agora },
      secrets: credentials('agoraEgress', agora, ['token']),
    };
  }
  return { configure: common, secrets: [] };
}

function perDial<T extends object>(given: PerDial<T>, request: EgressRequest): Promise<T> {
  if (typeof given !== 'function') return Promise.resolve(given);
  const { signal } = request;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    // An answer that comes after the abort finds the promise settled and vanishes here.
    void askApplication(given, request)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', onAbort));
  });
}

async function askApplication<T>(
  configure: (request: EgressRequest) => T | Promise<T>,
  request: EgressRequest,
): Promise<T> {
  let answer: T;
  try {
    answer = await configure(request);
  } catch (cause) {
    throw new EgressFunctionError('the egress function failed', false, { cause });
  }
  if (typeof answer === 'object' && answer !== null) return answer;
  throw new EgressFunctionError('the egress function returned no configuration', true);
}

/** The given ones. EgressFunctionError for one that is no text: it could not be kept out of errors. */
function credentials<Name extends string>(
  option: string,
  given: Readonly<Partial<Record<Name, unknown>>>,
  names: readonly Name[],
): readonly string[] {
  return names.flatMap((name) => {
    const value = given[name];
    if (value === undefined) return [];
    if (typeof value === 'string') return [value];
    throw new EgressFunctionError(`${option}.${name} must be a string, got ${typeof value}`, true);
  });
}

/**
 * Decides whether the service accepts a session's configuration, and with which error it refuses: the audio, the
 * room, and the token for the room. Pure; the time is an argument.
 */
import { AudioFormat, EgressType } from '../../ports/message.js';
import type { AgoraEgress, ClientConfigureSession, LiveKitEgress } from '../../ports/message.js';
import type { ResolvedEmulatorOptions } from '../context/resolve-emulator-options.js';

interface ConfigureRefusal {
  /** The code of the ServerError: 0, or a gRPC number. */
  readonly code: number;
  readonly message: string;
}

type RoomTokens = ResolvedEmulatorOptions['roomTokens'];

const INVALID_ARGUMENT = 3;
const UNAUTHENTICATED = 16;
const ROOM_REFUSED: ConfigureRefusal = {
  code: UNAUTHENTICATED,
  message: 'failed to create connection: failed to connect to room: unauthorized: invalid token',
};
const PCM_SAMPLE_RATES: readonly number[] = [8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];
const OPUS_SAMPLE_RATES: readonly number[] = [8000, 12_000, 16_000, 24_000, 48_000];

/** Undefined if the configuration is accepted. */
export function checkConfigure(
  configure: ClientConfigureSession,
  roomTokens: RoomTokens,
  nowEpochMs: number,
): ConfigureRefusal | undefined {
  return checkAudio(configure) ?? checkEgress(configure, roomTokens, nowEpochMs);
}

function checkAudio({
  audioFormat,
  sampleRate,
  transportCompression,
}: ClientConfigureSession): ConfigureRefusal | undefined {
  const formats: readonly number[] = Object.values(AudioFormat);
  if (!formats.includes(audioFormat)) return invalid(`unsupported audio format: ${audioFormat}`);
  const rates = audioFormat === AudioFormat.PCM_S16LE ? PCM_SAMPLE_RATES : OPUS_SAMPLE_RATES;
  if (!rates.includes(sampleRate)) return { code: 0, message: `unsupported sample rate: ${sampleRate}` };
  if (transportCompression !== 0)
    return invalid(`unsupported transport compression: ${transportCompression}`);
  return undefined;
}

function checkEgress(
  configure: ClientConfigureSession,
  roomTokens: RoomTokens,
  nowEpochMs: number,
): ConfigureRefusal | undefined {
  const { egressType, livekitEgress, agoraEgress } = configure;
  const types: readonly number[] = Object.values(EgressType);
  if (!types.includes(egressType)) return invalid(`unsupported egress type: ${egressType}`);
  switch (egressType) {
    case EgressType.none:
      return undefined;
    case EgressType.liveKit:
      return livekitEgress === undefined
        ? invalid('livekit_egress is missing')
        : checkLiveKit(livekitEgress, roomTokens, nowEpochMs);
    case EgressType.agora:
      return agoraEgress === undefined ? invalid('agora_egress is missing') : checkAgora(agoraEgress);
  }
}

function checkLiveKit(
  { url, apiToken, apiKey, apiSecret }: LiveKitEgress,
  roomTokens: RoomTokens,
  nowEpochMs: number,
): ConfigureRefusal | undefined {
  if (url === '') return invalid('livekit_egress: url is missing');
  if (isSet(apiToken)) return opensRoom(apiToken, roomTokens, nowEpochMs) ? undefined : ROOM_REFUSED;
  if (isSet(apiKey) && isSet(apiSecret)) return undefined;
  return invalid('missing LiveKit credentials: provide api_token or both api_key and api_secret');
}

/** The first characters of a JWT: the beginning of a JSON object in base64url. */
const JWT_BEGIN = 'eyJ';

/**
 * Whether a LiveKit server would accept the token, as far as that can be checked without its secret: a JWT must be
 * complete and valid at this time. Its signature and its grants are not checked.
 */
function opensRoom(token: string, roomTokens: RoomTokens, nowEpochMs: number): boolean {
  if (!token.startsWith(JWT_BEGIN)) return roomTokens === 'any';
  const [header = '', payload = '', signature = '', ...more] = token.split('.');
  const claims = jsonObject(payload);
  if (jsonObject(header) === undefined || claims === undefined) return false;
  if (signature === '' || more.length > 0) return false;
  const { exp, nbf = 0 } = claims;
  return typeof exp === 'number' && exp * 1000 > nowEpochMs && Number(nbf) * 1000 <= nowEpochMs;
}

function jsonObject(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // Not JSON: the caller refuses the token.
  }
}

function checkAgora({ channelName }: AgoraEgress): ConfigureRefusal | undefined {
  return channelName === '' ? invalid('agora_egress: channel_name is missing') : undefined;
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}

function invalid(message: string): ConfigureRefusal {
  return { code: INVALID_ARGUMENT, message };
}

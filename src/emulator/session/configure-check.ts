/** Decides whether the service accepts a session's configuration, and with which error it refuses. Pure. */
import {
  AudioFormat,
  EgressType,
  type AgoraEgress,
  type ClientConfigureSession,
  type LiveKitEgress,
} from '../../ports/message.js';

export interface ConfigureRefusal {
  /** As in ServerError: 0, or a gRPC number. */
  readonly code: number;
  readonly message: string;
}

const INVALID_ARGUMENT = 3;
const PCM_SAMPLE_RATES: readonly number[] = [8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];
const OPUS_SAMPLE_RATES: readonly number[] = [8000, 12_000, 16_000, 24_000, 48_000];

/** Undefined when it is accepted. */
export function checkConfigure(configure: ClientConfigureSession): ConfigureRefusal | undefined {
  return checkAudio(configure) ?? checkEgress(configure);
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

function checkEgress(configure: ClientConfigureSession): ConfigureRefusal | undefined {
  const { egressType, livekitEgress, agoraEgress } = configure;
  const types: readonly number[] = Object.values(EgressType);
  if (!types.includes(egressType)) return invalid(`unsupported egress type: ${egressType}`);
  switch (egressType) {
    case EgressType.none:
      return undefined;
    case EgressType.liveKit:
      return livekitEgress === undefined ? invalid('livekit_egress is missing') : checkLiveKit(livekitEgress);
    case EgressType.agora:
      return agoraEgress === undefined ? invalid('agora_egress is missing') : checkAgora(agoraEgress);
  }
}

function checkLiveKit({ url, apiToken, apiKey, apiSecret }: LiveKitEgress): ConfigureRefusal | undefined {
  if (url === '') return invalid('livekit_egress: url is missing');
  if (isSet(apiToken) || (isSet(apiKey) && isSet(apiSecret))) return undefined;
  return invalid('missing LiveKit credentials: provide api_token or both api_key and api_secret');
}

function checkAgora({ channelName }: AgoraEgress): ConfigureRefusal | undefined {
  return channelName === '' ? invalid('agora_egress: channel_name is missing') : undefined;
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

function invalid(message: string): ConfigureRefusal {
  return { code: INVALID_ARGUMENT, message };
}

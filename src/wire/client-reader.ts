/**
 * Reads the content of each message of a client into values: the embedded service's part of the codec. Reads fields,
 * not envelopes. Unknown values of enumerations that determine the further processing are refused.
 */
import { AudioFormat, EgressType, MessageType, WireError } from '../ports/message.js';
import type {
  AgoraEgress,
  ClientAudioInput,
  ClientConfigureSession,
  ClientMessage,
  LiveKitEgress,
  TraceContext,
  WireAudioFormat,
} from '../ports/message.js';
import { readMapEntry, readNested, skipField } from './field-reader.js';
import { readTraceContext } from './trace-context.js';
import type { FieldReader } from './field-reader.js';

function readConfigureSession(reader: FieldReader): ClientConfigureSession {
  let sampleRate = 0;
  let bitrate = 0;
  let audioFormat: WireAudioFormat = AudioFormat.PCM_S16LE;
  let transportCompression = 0;
  let egressType: EgressType = EgressType.none;
  let livekitEgress: LiveKitEgress | undefined;
  let agoraEgress: AgoraEgress | undefined;
  const extraParams = new Map<string, string>();
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    switch (tag) {
      case 0x08:
        sampleRate = reader.int32();
        break;
      case 0x10:
        bitrate = reader.int32();
        break;
      case 0x18:
        audioFormat = knownValue('audio_format', reader.int32(), Object.values(AudioFormat));
        break;
      case 0x20:
        transportCompression = reader.int32();
        break;
      case 0x28:
        egressType = knownValue('egress_type', reader.int32(), Object.values(EgressType));
        break;
      case 0x32:
        livekitEgress = readLiveKitEgress(reader, livekitEgress);
        break;
      case 0x3a:
        agoraEgress = readAgoraEgress(reader, agoraEgress);
        break;
      case 0x42:
        readMapEntry(reader, extraParams);
        break;
      default:
        skipField(reader, tag);
    }
  }
  return {
    type: MessageType.clientConfigureSession,
    sampleRate,
    bitrate,
    audioFormat,
    transportCompression,
    egressType,
    ...(livekitEgress === undefined ? {} : { livekitEgress }),
    ...(agoraEgress === undefined ? {} : { agoraEgress }),
    extraParams: Object.fromEntries(extraParams),
  };
}

/** `audio` is a view into the bytes being read, not a copy. */
function readAudioInput(reader: FieldReader): ClientAudioInput {
  let reqId = '';
  let end = false;
  let audio: Uint8Array = new Uint8Array(0);
  let traceContext: TraceContext | undefined;
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    switch (tag) {
      case 0x0a:
        reqId = reader.stringVerify();
        break;
      case 0x10:
        end = reader.bool();
        break;
      case 0x1a:
        audio = reader.bytes();
        break;
      case 0x22:
        traceContext = readTraceContext(reader, traceContext);
        break;
      default:
        skipField(reader, tag);
    }
  }
  const message = { type: MessageType.clientAudioInput, reqId, end, audio };
  return traceContext === undefined ? message : { ...message, traceContext };
}

/** The content of types 7, 8 and 9, which is one request id. */
function readReqId(reader: FieldReader): string {
  let reqId = '';
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    if (tag === 0x0a) reqId = reader.stringVerify();
    else skipField(reader, tag);
  }
  return reqId;
}

function knownValue<T extends number>(fieldName: string, value: number, known: readonly T[]): T {
  const found = known.find((candidate) => candidate === value);
  if (found === undefined) throw new WireError(`${fieldName} ${value} is not known`);
  return found;
}

/** The readers of all messages that a service accepts, by type. */
export const CLIENT_READERS: Readonly<Record<ClientMessage['type'], (reader: FieldReader) => ClientMessage>> =
  {
    [MessageType.clientConfigureSession]: readConfigureSession,
    [MessageType.clientAudioInput]: readAudioInput,
    [MessageType.clientInterrupt]: (reader) => ({
      type: MessageType.clientInterrupt,
      reqId: readReqId(reader),
    }),
    [MessageType.clientPause]: (reader) => ({ type: MessageType.clientPause, reqId: readReqId(reader) }),
    [MessageType.clientResume]: (reader) => ({ type: MessageType.clientResume, reqId: readReqId(reader) }),
  };

/**
 * The two egress descriptions in ClientConfigureSession, read into values. Optional fields that are empty on the wire
 * are absent in the value. They contain credentials, so no value may become part of an error's text.
 */
type Writable<T> = { -readonly [Name in keyof T]: T[Name] };

/** @param earlier the same field, read before in this message: proto3 merges the two */
function readLiveKitEgress(reader: FieldReader, earlier: LiveKitEgress | undefined): LiveKitEgress {
  const egress: Writable<LiveKitEgress> = { url: '', ...earlier };
  const extraAttributes = new Map(Object.entries(earlier?.extraAttributes ?? {}));
  readNested(reader, (tag) => {
    switch (tag) {
      case 0x0a:
        egress.url = reader.stringVerify();
        return;
      case 0x12:
        egress.apiKey = reader.stringVerify();
        return;
      case 0x1a:
        egress.apiSecret = reader.stringVerify();
        return;
      case 0x22:
        egress.roomName = reader.stringVerify();
        return;
      case 0x2a:
        egress.publisherId = reader.stringVerify();
        return;
      case 0x32:
        readMapEntry(reader, extraAttributes);
        return;
      case 0x38:
        egress.idleTimeout = reader.int32();
        return;
      case 0x42:
        egress.apiToken = reader.stringVerify();
        return;
      default:
        skipField(reader, tag);
    }
  });
  if (extraAttributes.size > 0) egress.extraAttributes = Object.fromEntries(extraAttributes);
  if (egress.apiKey === '') delete egress.apiKey;
  if (egress.apiSecret === '') delete egress.apiSecret;
  if (egress.roomName === '') delete egress.roomName;
  if (egress.publisherId === '') delete egress.publisherId;
  if (egress.idleTimeout === 0) delete egress.idleTimeout;
  if (egress.apiToken === '') delete egress.apiToken;
  return egress;
}

/** Like `readLiveKitEgress`. */
function readAgoraEgress(reader: FieldReader, earlier: AgoraEgress | undefined): AgoraEgress {
  const egress: Writable<AgoraEgress> = { channelName: '', ...earlier };
  readNested(reader, (tag) => {
    switch (tag) {
      case 0x0a:
        egress.channelName = reader.stringVerify();
        return;
      case 0x12:
        egress.token = reader.stringVerify();
        return;
      case 0x18:
        egress.uid = reader.uint32();
        return;
      case 0x22:
        egress.publisherId = reader.stringVerify();
        return;
      default:
        skipField(reader, tag);
    }
  });
  if (egress.token === '') delete egress.token;
  if (egress.uid === 0) delete egress.uid;
  if (egress.publisherId === '') delete egress.publisherId;
  return egress;
}

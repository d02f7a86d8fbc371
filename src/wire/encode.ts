/** Messages to the bytes of one frame, both directions. Audio, which is sent fifty times a second, has its own encoder. */
import protobuf from 'protobufjs/minimal.js';
import { MessageType } from '../ports/message.js';
import type {
  AgoraEgress,
  ClientConfigureSession,
  ClientMessage,
  Keyframe,
  LiveKitEgress,
  ServerConfirmSession,
  ServerError,
  ServerMessageContent,
  ServerPlaybackState,
  ServerResponseAnimationContent,
} from '../ports/message.js';
import { encodeAudioInput } from './encode-audio-input.js';

export function writeConfigureSession(writer: FieldWriter, message: ClientConfigureSession): void {
  // A member of Object.prototype is no room.
  const livekitEgress = Object.hasOwn(message, 'livekitEgress') ? message.livekitEgress : undefined;
  const agoraEgress = Object.hasOwn(message, 'agoraEgress') ? message.agoraEgress : undefined;
  writeInt32(writer, 1, message.sampleRate);
  writeInt32(writer, 2, message.bitrate);
  writeInt32(writer, 3, message.audioFormat);
  writeInt32(writer, 4, message.transportCompression);
  writeInt32(writer, 5, message.egressType);
  if (livekitEgress !== undefined) {
    writeNested(writer, 6, (nested) => {
      writeLiveKitEgress(nested, livekitEgress);
    });
  }
  if (agoraEgress !== undefined) {
    writeNested(writer, 7, (nested) => {
      writeAgoraEgress(nested, agoraEgress);
    });
  }
  writeMap(writer, 8, message.extraParams);
}

function writeLiveKitEgress(writer: FieldWriter, egress: LiveKitEgress): void {
  writeString(writer, 1, egress.url);
  writeString(writer, 2, egress.apiKey);
  writeString(writer, 3, egress.apiSecret);
  writeString(writer, 4, egress.roomName);
  writeString(writer, 5, egress.publisherId);
  writeMap(writer, 6, egress.extraAttributes);
  writeInt32(writer, 7, egress.idleTimeout);
  writeString(writer, 8, egress.apiToken);
}

function writeAgoraEgress(writer: FieldWriter, egress: AgoraEgress): void {
  writeString(writer, 1, egress.channelName);
  writeString(writer, 2, egress.token);
  writeUint32(writer, 3, egress.uid);
  writeString(writer, 4, egress.publisherId);
}

export function writeConfirmSession(writer: FieldWriter, message: ServerConfirmSession): void {
  writeString(writer, 1, message.connectionId);
  for (const capability of message.capabilities) writeElement(writer, 2, capability);
}

export function writeServerError(writer: FieldWriter, message: ServerError): void {
  writeString(writer, 1, message.connectionId);
  writeString(writer, 2, message.reqId);
  writeInt32(writer, 3, message.code);
  writeString(writer, 4, message.message);
}

/** Without keyframes there is no `animation` field either, as in the signals of egress mode. */
export function writeResponseAnimation(writer: FieldWriter, message: ServerResponseAnimationContent): void {
  writeString(writer, 1, message.connectionId);
  writeString(writer, 2, message.reqId);
  writeBool(writer, 3, message.end);
  if (message.keyframes.length > 0) {
    writeNested(writer, 4, (animation) => {
      for (const keyframe of message.keyframes) {
        writeNested(animation, 1, (flame) => {
          writeKeyframe(flame, keyframe);
        });
      }
    });
  }
  writeString(writer, 5, message.avatarId);
  // A member of Object.prototype is no trace.
  const traceContext = Object.hasOwn(message, 'traceContext') ? message.traceContext : undefined;
  if (traceContext === undefined) return;
  writeNested(writer, 6, (nested) => {
    writeString(nested, 1, traceContext.traceparent);
    writeString(nested, 2, traceContext.tracestate);
  });
}

export function writePlaybackState(writer: FieldWriter, message: ServerPlaybackState): void {
  writeString(writer, 1, message.connectionId);
  writeString(writer, 2, message.reqId);
  writeInt32(writer, 3, message.state);
  writeInt64(writer, 4, message.playedMs);
  writeString(writer, 5, message.reason);
}

function writeKeyframe(writer: FieldWriter, keyframe: Keyframe): void {
  writeFloats(writer, 1, keyframe.translation);
  writeFloats(writer, 2, keyframe.rotation);
  writeFloats(writer, 3, keyframe.neckPose);
  writeFloats(writer, 4, keyframe.jawPose);
  writeFloats(writer, 5, keyframe.eyePose);
  writeFloats(writer, 6, keyframe.eyeLid);
  writeFloats(writer, 7, keyframe.expression);
}

/** Encodes a message of a client. Numbers are cut to 32 bits and lone surrogates become U+FFFD; nothing is refused. */
export function encodeClientMessage(message: ClientMessage): Uint8Array {
  switch (message.type) {
    case MessageType.clientConfigureSession:
      return writeEnvelope(message.type, (writer) => {
        writeConfigureSession(writer, message);
      });
    case MessageType.clientAudioInput:
      return encodeAudioInput(message.reqId, message.end, message.audio, message.traceContext);
    case MessageType.clientInterrupt:
    case MessageType.clientPause:
    case MessageType.clientResume:
      return writeEnvelope(message.type, (writer) => {
        writeString(writer, 1, message.reqId);
      });
  }
}

/** Encodes a message of a service, keyframes included; otherwise as `encodeClientMessage`. */
export function encodeServerMessage(content: ServerMessageContent): Uint8Array {
  return writeEnvelope(content.type, (writer) => {
    switch (content.type) {
      case MessageType.serverConfirmSession:
        writeConfirmSession(writer, content);
        return;
      case MessageType.serverError:
        writeServerError(writer, content);
        return;
      case MessageType.serverResponseAnimation:
        writeResponseAnimation(writer, content);
        return;
      case MessageType.serverPlaybackState:
        writePlaybackState(writer, content);
        return;
    }
  });
}

/**
 * Writes single fields; shared by all message writers. Zero values are left out, as in proto3, and text that is not
 * valid Unicode is replaced. Independent of the existing fields.
 */
type FieldWriter = protobuf.Writer;

/** Writes the content of one envelope; the number of the content field is the type plus one. */
function writeEnvelope(type: number, writeContent: (writer: FieldWriter) => void): Uint8Array {
  const writer = protobuf.Writer.create().uint32(0x08).int32(type);
  writeNested(writer, type + 1, writeContent);
  return writer.finish();
}

/** Writes a nested message, even an empty one: its presence is significant. */
function writeNested(writer: FieldWriter, field: number, writeContent: (writer: FieldWriter) => void): void {
  writer.uint32((field << 3) | 2).fork();
  writeContent(writer);
  writer.ldelim();
}

/** Writes one element of a `repeated string`, even an empty one. */
function writeElement(writer: FieldWriter, field: number, value: string): void {
  // Through Buffer, which writes U+FFFD; protobufjs writes a lone surrogate of a short text as invalid UTF-8.
  writer.uint32((field << 3) | 2).bytes(Buffer.from(value, 'utf8'));
}

function writeString(writer: FieldWriter, field: number, value: string | undefined): void {
  if (value !== undefined && value !== '') writeElement(writer, field, value);
}

function writeInt32(writer: FieldWriter, field: number, value: number | undefined): void {
  if (value !== undefined && value !== 0) writer.uint32(field << 3).int32(value);
}

function writeUint32(writer: FieldWriter, field: number, value: number | undefined): void {
  if (value !== undefined && value !== 0) writer.uint32(field << 3).uint32(value);
}

function writeInt64(writer: FieldWriter, field: number, value: number): void {
  if (value !== 0) writer.uint32(field << 3).int64(value);
}

function writeBool(writer: FieldWriter, field: number, value: boolean): void {
  if (value) writer.uint32(field << 3).bool(true);
}

/** Writes a `repeated float`, packed; values are rounded to single precision. */
function writeFloats(writer: FieldWriter, field: number, values: readonly number[]): void {
  if (values.length > 0) writer.uint32((field << 3) | 2).floats([...values]);
}

/** Writes a `map<string, string>` in the order of the keys in the object; entries always contain key and value. */
function writeMap(
  writer: FieldWriter,
  field: number,
  map: Readonly<Record<string, string>> | undefined,
): void {
  for (const [key, value] of Object.entries(map ?? {})) {
    writeNested(writer, field, (entry) => {
      writeElement(entry, 1, key);
      writeElement(entry, 2, value);
    });
  }
}

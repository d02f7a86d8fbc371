/**
 * The content of ClientConfigureSession, written field by field in ascending order. Knows the fields, judges no
 * value: rates, formats and credentials were checked where the options were read.
 */
import { writeInt32, writeMap, writeNested, writeString, writeUint32 } from './field-writer.js';
import type { FieldWriter } from './field-writer.js';
import type { AgoraEgress, ClientConfigureSession, LiveKitEgress } from './message.js';

export function writeConfigureSession(writer: FieldWriter, message: ClientConfigureSession): void {
  const { livekitEgress, agoraEgress } = message;
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

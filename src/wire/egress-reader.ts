/**
 * The two egress descriptions inside ClientConfigureSession, read into values. Optional fields that are empty on
 * the wire are absent in the value. Credentials pass through here: nothing of them may enter an error's text.
 */
import { readMapEntry, readNested, skipField } from './field-reader.js';
import type { FieldReader } from './field-reader.js';
import type { AgoraEgress, LiveKitEgress } from '../ports/message.js';

type Writable<T> = { -readonly [Name in keyof T]: T[Name] };

/** `earlier` is the same field seen before in this message: proto3 merges the two. */
export function readLiveKitEgress(reader: FieldReader, earlier: LiveKitEgress | undefined): LiveKitEgress {
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

/** As `readLiveKitEgress`. */
export function readAgoraEgress(reader: FieldReader, earlier: AgoraEgress | undefined): AgoraEgress {
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

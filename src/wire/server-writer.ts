/**
 * The content of each message a service sends, written field by field in ascending order: the embedded service's
 * half of the codec. Knows the fields and judges no value, so that a faulty service can be played too.
 */
import {
  writeBool,
  writeElement,
  writeFloats,
  writeInt32,
  writeInt64,
  writeNested,
  writeString,
} from './field-writer.js';
import type { FieldWriter } from './field-writer.js';
import type {
  Keyframe,
  ServerConfirmSession,
  ServerError,
  ServerPlaybackState,
  ServerResponseAnimationContent,
} from './message.js';

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

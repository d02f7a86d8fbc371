/**
 * Keyframes in an animation message: counted and checked without decoding a float when the message arrives, and decoded
 * only when the application reads them. Independent of the meaning of the floats and of the requests.
 */
import {
  contentOf,
  readEnvelope,
  enterMessage,
  leaveMessage,
  readNested,
  skipField,
  toWireError,
  WIRE_LIMITS,
} from './field-reader.js';
import type { Envelope, FieldReader } from './field-reader.js';
import { MessageType, WireError } from '../ports/message.js';
import type { Keyframe } from '../ports/message.js';

/** ServerResponseAnimation field `animation`. */
export const ANIMATION_TAG = 0x22;
/** Animation field `keyframes`. */
export const KEYFRAME_TAG = 0x0a;
/** The fields 1 to 7 of Flame, packed. */
const FIRST_LIST_TAG = 0x0a;
const LAST_LIST_TAG = 0x3a;
const LAST_LIST_FIELD = LAST_LIST_TAG >>> 3;

/** Two bytes on the wire must not become eight objects in memory: all empty lists are the same frozen object. */
const NO_FLOATS: readonly number[] = Object.freeze([]);
export const EMPTY_KEYFRAME: Keyframe = Object.freeze({
  translation: NO_FLOATS,
  rotation: NO_FLOATS,
  neckPose: NO_FLOATS,
  jawPose: NO_FLOATS,
  eyePose: NO_FLOATS,
  eyeLid: NO_FLOATS,
  expression: NO_FLOATS,
});

/**
 * Decodes the keyframes of a whole animation envelope, as plain arrays; [] if it has none. Floats may be packed or
 * single; NaN and infinities stay unchanged. Throws WireError for anything but an animation message whose framing is
 * intact; ids and other fields are only skipped.
 */
export function decodeKeyframes(raw: Uint8Array): Keyframe[] {
  try {
    const reader = readAnimationEnvelope(raw).content;
    const keyframes: Keyframe[] = [];
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      if (tag === ANIMATION_TAG) readKeyframes(reader, keyframes);
      else skipField(reader, tag);
    }
    return keyframes;
  } catch (cause) {
    throw toWireError(cause);
  }
}

/** The envelope of an animation message; throws WireError for any other. */
export function readAnimationEnvelope(raw: Uint8Array): Envelope {
  const envelope = readEnvelope(raw);
  contentOf(envelope);
  if (envelope.type === MessageType.serverResponseAnimation) return envelope;
  throw new WireError(`a message of type ${envelope.type} has no keyframes`);
}

function readKeyframes(reader: FieldReader, into: Keyframe[]): void {
  readNested(reader, (tag) => {
    if (tag === KEYFRAME_TAG) into.push(readKeyframe(reader));
    else skipField(reader, tag);
  });
}

/** Whether an empty nested message or list follows; then the reader is after it. */
function isEmptyMessage(reader: FieldReader): boolean {
  if (reader.buf[reader.pos] !== 0 || reader.pos >= reader.len) return false;
  reader.pos += 1;
  return true;
}

function readKeyframe(reader: FieldReader): Keyframe {
  if (isEmptyMessage(reader)) return EMPTY_KEYFRAME;
  const lists = new Array<number[] | undefined>(LAST_LIST_FIELD + 1).fill(undefined);
  readNested(reader, (tag) => {
    const field = tag >>> 3;
    if (field < 1 || field > LAST_LIST_FIELD) skipField(reader, tag);
    else if ((tag & 7) === 2) {
      // An empty list needs no object of its own.
      if (!isEmptyMessage(reader)) reader.floats((lists[field] ??= []));
    } else if ((tag & 7) === 5) (lists[field] ??= []).push(reader.float());
    else skipField(reader, tag);
  });
  const [, translation, rotation, neckPose, jawPose, eyePose, eyeLid, expression] = lists;
  return {
    translation: translation ?? NO_FLOATS,
    rotation: rotation ?? NO_FLOATS,
    neckPose: neckPose ?? NO_FLOATS,
    jawPose: jawPose ?? NO_FLOATS,
    eyePose: eyePose ?? NO_FLOATS,
    eyeLid: eyeLid ?? NO_FLOATS,
    expression: expression ?? NO_FLOATS,
  };
}

/**
 * Checks the framing of an `animation` field and returns the number of its keyframes. Refuses everything that
 * `decodeKeyframes` would refuse, so that a damaged message fails when it arrives and not when it is used. Also refuses
 * more keyframes in one message, more small ones, and larger ones, than WIRE_LIMITS allows.
 *
 * @param counted the keyframes of the message so far, of all its `animation` fields
 */
export function countKeyframes(reader: FieldReader, counted: KeyframeCount): void {
  const outerEnd = enterMessage(reader);
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    if (tag === KEYFRAME_TAG) {
      const bytes = checkKeyframe(reader);
      counted.all += 1;
      if (bytes < WIRE_LIMITS.smallKeyframeBytes && bytes > 0) counted.small += 1;
      if (counted.all > WIRE_LIMITS.keyframes) refuseKeyframes();
      if (counted.small > WIRE_LIMITS.smallKeyframes) refuseSmallKeyframes();
    } else {
      skipField(reader, tag);
    }
  }
  leaveMessage(reader, outerEnd);
}

/** The counts of one message. */
export interface KeyframeCount {
  all: number;
  small: number;
}

/** Checks a keyframe and returns its size, bytes. */
function checkKeyframe(reader: FieldReader): number {
  const outerEnd = enterMessage(reader);
  const { buf, len, pos } = reader;
  let at = pos;
  if (len - at > WIRE_LIMITS.keyframeBytes) refuseKeyframe(len - at);
  while (at < len) {
    // Nearly every field is a packed list with a tag of one byte and a length of one or two bytes: seven per keyframe,
    // so they are read directly from the bytes. The end is checked before any length is used.
    const tag = buf[at] ?? 0;
    const low = buf[at + 1] ?? 0xff;
    const high = low < 0x80 ? 0 : (buf[at + 2] ?? 0xff);
    if ((tag & 7) === 2 && tag >= FIRST_LIST_TAG && tag <= LAST_LIST_TAG && high < 0x80) {
      const valueFrom = low < 0x80 ? at + 2 : at + 3;
      const sizeBytes = (low & 0x7f) | (high << 7);
      at = valueFrom + sizeBytes;
      if (at > len) throw new WireError('a list of floats is longer than its keyframe');
      if ((sizeBytes & 3) !== 0) refuseOddList();
    } else {
      reader.pos = at;
      checkUnusualField(reader);
      at = reader.pos;
    }
  }
  reader.pos = at;
  leaveMessage(reader, outerEnd);
  return len - pos;
}

function checkUnusualField(reader: FieldReader): void {
  const tag = reader.tag();
  if ((tag & 7) === 2 && tag >= FIRST_LIST_TAG && tag <= LAST_LIST_TAG) {
    const sizeBytes = reader.size();
    if ((sizeBytes & 3) !== 0) refuseOddList();
    reader.skip(sizeBytes);
  } else {
    skipField(reader, tag);
  }
}

function refuseKeyframes(): never {
  throw new WireError(`more than ${WIRE_LIMITS.keyframes} keyframes in one message`);
}

function refuseSmallKeyframes(): never {
  const { smallKeyframes, smallKeyframeBytes } = WIRE_LIMITS;
  throw new WireError(
    `more than ${smallKeyframes} keyframes of less than ${smallKeyframeBytes} bytes in one message`,
  );
}

function refuseKeyframe(sizeBytes: number): never {
  throw new WireError(`a keyframe of ${sizeBytes} bytes, at most ${WIRE_LIMITS.keyframeBytes} are accepted`);
}

function refuseOddList(): never {
  throw new WireError('a list of floats whose length is not a multiple of 4');
}

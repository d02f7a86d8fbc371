/**
 * Reads the keyframes of an envelope in a browser, without packages and without Node. The result equals `frame.typedKeyframes` on the
 * server; a test compares the two. Reads only the fields that contain keyframes, and skips the rest.
 */
import { MessageType } from '../../ports/message.js';
import type { TypedKeyframe } from '../../ports/message.js';

/** Field numbers: of the envelope, of the animation message, of its animation. */
const TYPE = 1;
const ANIMATION = 4;
const KEYFRAME = 1;
/** The field number of a content is one more than the number of its type. */
const TYPES = Object.values(MessageType);
const FIRST_CONTENT = Math.min(...TYPES) + 1;
const LAST_CONTENT = Math.max(...TYPES) + 1;
const ANIMATION_CONTENT = MessageType.serverResponseAnimation + 1;
/** Lists in the order of their field numbers, from 1. */
const LISTS = [
  'translation',
  'rotation',
  'neckPose',
  'jawPose',
  'eyePose',
  'eyeLid',
  'expression',
] as const satisfies readonly (keyof TypedKeyframe)[];

const FLOAT_BYTES = 4;
const MAX_VARINT_BYTES = 10;

/** A field: its bytes if it is length-delimited, or the four bytes of a 32-bit number. */
interface Field {
  readonly number: number;
  readonly varint: number | undefined;
  readonly bytes: Uint8Array | undefined;
}

/**
 * The keyframes of the envelope of an animation message, as Float32Arrays with memory of their own; [] if it has none.
 *
 * @param raw the payload of a frame from the relay
 * @throws RangeError for bytes that are no animation message
 *
 * @example
 * ```ts
 * connectRelay({ url, onFrame: ({ reqId, raw }) => face.add(reqId, readKeyframes(raw)) });
 * ```
 */
export function readKeyframes(raw: Uint8Array): TypedKeyframe[] {
  let type: number | undefined;
  let content = 0;
  let pieces: Uint8Array[] = [];
  for (const { number, varint, bytes } of fieldsOf(raw)) {
    if (number === TYPE && varint !== undefined) type = varint;
    if (number < FIRST_CONTENT || number > LAST_CONTENT || bytes === undefined) continue;
    // Of several contents the last one counts. Pieces of the same content belong together.
    if (number !== content) pieces = [];
    content = number;
    pieces.push(bytes);
  }
  if (type !== MessageType.serverResponseAnimation || content !== ANIMATION_CONTENT)
    throw new RangeError('the message has no keyframes');
  const keyframes: TypedKeyframe[] = [];
  for (const animation of fieldsOf(joined(pieces))) {
    if (animation.number !== ANIMATION || animation.bytes === undefined) continue;
    for (const { number, bytes } of fieldsOf(animation.bytes))
      if (number === KEYFRAME && bytes !== undefined) keyframes.push(keyframeOf(bytes));
  }
  return keyframes;
}

function keyframeOf(message: Uint8Array): TypedKeyframe {
  const lists: Record<keyof TypedKeyframe, Float32Array> = {
    translation: new Float32Array(0),
    rotation: new Float32Array(0),
    neckPose: new Float32Array(0),
    jawPose: new Float32Array(0),
    eyePose: new Float32Array(0),
    eyeLid: new Float32Array(0),
    expression: new Float32Array(0),
  };
  for (const { number, bytes } of fieldsOf(message, true)) {
    const name = LISTS[number - 1];
    if (name !== undefined && bytes !== undefined) lists[name] = appended(lists[name], floatsOf(bytes));
  }
  return lists;
}

function floatsOf(bytes: Uint8Array): Float32Array {
  if (bytes.length % FLOAT_BYTES !== 0)
    throw new RangeError('a list of floats whose length is not a multiple of 4');
  // A copy, because the floats may not be aligned to four bytes.
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.length / FLOAT_BYTES }, (_, at) =>
    view.getFloat32(at * FLOAT_BYTES, true),
  );
}

function appended(list: Float32Array, more: Float32Array): Float32Array {
  if (list.length === 0) return more;
  const both = new Float32Array(list.length + more.length);
  both.set(list);
  both.set(more, list.length);
  return both;
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** @param fixed32 whether 32-bit numbers are returned as bytes: floats that are not packed */
function* fieldsOf(message: Uint8Array, fixed32 = false): Generator<Field, void> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let count = 0; count < MAX_VARINT_BYTES; count += 1) {
      const byte = message[at];
      if (byte === undefined) throw new RangeError('the message ends in a number');
      at += 1;
      // No field that is read here exceeds 32 bits.
      if (count < 5) value += (byte & 0x7f) * 2 ** (7 * count);
      if (byte < 0x80) return value;
    }
    throw new RangeError('a number of more than ten bytes');
  };
  const take = (size: number): Uint8Array => {
    if (size > message.length - at) throw new RangeError('a field is longer than its message');
    at += size;
    return message.subarray(at - size, at);
  };
  while (at < message.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        yield { number, varint: varint(), bytes: undefined };
        break;
      case 1:
        take(8);
        break;
      case 2:
        yield { number, varint: undefined, bytes: take(varint()) };
        break;
      case 5: {
        const bytes = take(FLOAT_BYTES);
        if (fixed32) yield { number, varint: undefined, bytes };
        break;
      }
      default:
        // No message of the service contains groups.
        throw new RangeError(`wire type ${tag % 8} has no meaning here`);
    }
  }
}

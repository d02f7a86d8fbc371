/** Limits of a message: content at a limit is read, content beyond it is refused, and both cost little time. */
import { describe, expect, it } from 'vitest';
import { decodeServerMessage } from '../../src/wire/decode.js';
import { decodeKeyframes } from '../../src/wire/keyframes.js';
import { WireError } from '../../src/ports/message.js';
import { decodeTypedKeyframes } from '../../src/wire/typed-keyframes.js';
import { WIRE_LIMITS } from '../../src/wire/field-reader.js';
import { envelope, field, number, varint } from './wire-bytes.js';

/** A length-delimited field, for content that is too large for `field()` of wire-bytes.ts. */
const large = (tag: number, content: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([...varint(tag * 8 + 2), ...varint(content.length)]), content]);
const message = (type: number, content: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(number(1, type)), large(type + 1, content)]);
const emptyKeyframes = (count: number): Buffer => Buffer.alloc(2 * count, Buffer.from([0x0a, 0]));
const animationOf = (...fields: Uint8Array[]): Buffer =>
  message(5, Buffer.concat(fields.map((keyframes) => large(4, keyframes))));
const keyframeOf = (floats: number): Buffer => large(1, large(7, Buffer.alloc(4 * floats)));
const text = (length: number): Buffer => Buffer.alloc(length, 'x');
const pieces = (count: number): Buffer =>
  Buffer.concat([
    Buffer.from(number(1, 5)),
    ...Array.from({ length: count }, () => large(6, Buffer.from([0x18, 0]))),
  ]);

const { idBytes, capabilities, capabilityBytes, contentPieces, keyframes, smallKeyframes } = WIRE_LIMITS;
/**
 * Floats of the largest keyframe with one list. The tag and the length, of three bytes, take the place of one
 * more.
 */
const MOST_FLOATS = WIRE_LIMITS.keyframeBytes / 4 - 1;

describe('limits of a message of the service', () => {
  it.each<[string, (beyond: 0 | 1) => Uint8Array, RegExp]>([
    [
      'the request id of an error',
      (beyond) => message(4, large(2, text(idBytes + beyond))),
      /req_id has 1025/,
    ],
    ['the request id of frames', (beyond) => message(5, large(2, text(idBytes + beyond))), /req_id has 1025/],
    ['an avatar id', (beyond) => message(5, large(5, text(idBytes + beyond))), /avatar_id has 1025/],
    [
      'the reason of a playback state',
      (beyond) => message(10, large(5, text(idBytes + beyond))),
      /reason has 1025/,
    ],
    [
      'the length of a capability',
      (beyond) => message(2, large(2, text(capabilityBytes + beyond))),
      /a capability has 129 bytes, at most 128 are accepted/,
    ],
    [
      'the number of capabilities',
      (beyond) => envelope(2, Array.from({ length: capabilities + beyond }, () => field(2, 'c')).flat()),
      /more than 64 capabilities/,
    ],
    ['the pieces of a content', (beyond) => pieces(contentPieces + beyond), /more than 1024 pieces/],
    [
      'small keyframes',
      (beyond) =>
        animationOf(
          Buffer.alloc((smallKeyframes + beyond) * 7, Buffer.from([0x0a, 5, 0x0d, 0, 0, 0, 0])),
          emptyKeyframes(100),
        ),
      /more than 1024 keyframes of less than 128 bytes/,
    ],
    [
      'small keyframes in several fields',
      (beyond) =>
        animationOf(
          ...Array.from({ length: smallKeyframes + beyond }, () => large(1, Buffer.from([0x0d, 0, 0, 0, 0]))),
          keyframeOf(40),
        ),
      /more than 1024 keyframes of less than 128 bytes/,
    ],
    ['keyframes', (beyond) => animationOf(emptyKeyframes(keyframes + beyond)), /more than 16384 keyframes/],
    [
      'keyframes in several fields',
      (beyond) => animationOf(emptyKeyframes(keyframes - 1), emptyKeyframes(1 + beyond)),
      /more than 16384 keyframes/,
    ],
    [
      'floats of a keyframe',
      (beyond) => animationOf(keyframeOf(MOST_FLOATS + beyond)),
      /a keyframe of 655\d\d bytes/,
    ],
  ])('%s', (_, bytes, refusal) => {
    expect(() => decodeServerMessage(bytes(0))).not.toThrow();
    expect(() => decodeServerMessage(bytes(1))).toThrow(WireError);
    expect(() => decodeServerMessage(bytes(1))).toThrow(refusal);
  });

  it('a connection id is cut, because only people use it', () => {
    const long = large(1, text(15 * 1_024 * 1_024));
    expect(decodeServerMessage(message(2, long))).toMatchObject({ connectionId: 'x'.repeat(idBytes) });
    expect(decodeServerMessage(message(4, long))).toMatchObject({ connectionId: 'x'.repeat(idBytes) });
    expect(decodeServerMessage(message(5, long))).toMatchObject({ connectionId: 'x'.repeat(idBytes) });
  });

  it('the text of an error is cut, and its code is still read', () => {
    const long = Buffer.concat([Buffer.from(number(3, 4001)), large(4, Buffer.from('é'.repeat(5_000)))]);
    expect(decodeServerMessage(message(4, long))).toMatchObject({ code: 4001, message: 'é'.repeat(4_096) });
    const odd = Buffer.concat([large(4, Buffer.from(`x${'é'.repeat(5_000)}`)), Buffer.from(number(3, 4001))]);
    expect(decodeServerMessage(message(4, odd))).toMatchObject({
      code: 4001,
      message: `x${'é'.repeat(4_095)}`,
    });
  });
});

describe('a million empty elements cost little', () => {
  const MILLION = 1_000_000;

  it('empty pieces of a content', () => {
    const bytes = Buffer.concat([
      Buffer.from(number(1, 5)),
      Buffer.alloc(2 * MILLION, Buffer.from([0x32, 0])),
      large(6, large(2, Buffer.from('req-1'))),
    ]);
    expect(decodeServerMessage(bytes)).toMatchObject({ reqId: 'req-1', keyframeCount: 0 });
  });

  it.each([
    ['plain', decodeKeyframes],
    ['typed', decodeTypedKeyframes],
  ])('empty keyframes are one shared, frozen object: %s', (_, decode) => {
    const decoded: readonly object[] = decode(animationOf(emptyKeyframes(MILLION)));
    expect(decoded).toHaveLength(MILLION);
    expect(new Set(decoded).size).toBe(1);
    expect(Object.isFrozen(decoded[0])).toBe(true);
  });
});

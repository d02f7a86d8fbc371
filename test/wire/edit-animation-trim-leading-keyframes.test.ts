import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeServerMessage } from '../../src/wire/decode.js';
import { encodeServerMessage } from '../../src/wire/encode.js';
import { decodeKeyframes } from '../../src/wire/keyframes.js';
import { WireError } from '../../src/ports/message.js';
import { trimLeadingKeyframes } from '../../src/wire/edit-animation.js';
import { anyAnimation } from './message-arbitraries.js';
import { animation, envelope, field, number } from './wire-bytes.js';

const keyframe = (...jawPose: number[]): number[] =>
  field(4, [...Buffer.from(Float32Array.from(jawPose).buffer)]);
const jawPoses = (raw: Uint8Array): (readonly number[])[] =>
  decodeKeyframes(raw).map((frame) => frame.jawPose);

describe('trimLeadingKeyframes', () => {
  it('returns the bytes of a message without those keyframes', () => {
    fc.assert(
      fc.property(anyAnimation, fc.nat({ max: 4 }), (content, count) => {
        fc.pre(count < content.keyframes.length);
        const trimmed = trimLeadingKeyframes(encodeServerMessage(content), count);
        const shorter = encodeServerMessage({ ...content, keyframes: content.keyframes.slice(count) });
        expect(Uint8Array.from(trimmed)).toEqual(Uint8Array.from(shorter));
      }),
    );
  });

  it('does not change the given bytes', () => {
    const raw = animation(keyframe(1), keyframe(2));
    const before = Uint8Array.from(raw);
    trimLeadingKeyframes(raw, 1);
    expect(raw).toEqual(before);
  });

  it('returns the same array for a count of 0', () => {
    const raw = animation(keyframe(1));
    expect(trimLeadingKeyframes(raw, 0)).toBe(raw);
  });

  it.each([2, 3, 1_000_000])('removes both keyframes and nothing else for a count of %i', (count) => {
    const trimmed = trimLeadingKeyframes(animation(keyframe(1), keyframe(2)), count);
    expect(Uint8Array.from(trimmed)).toEqual(animation());
  });

  it('keeps unknown fields on every level, and the order of all fields', () => {
    const withUnknowns = (...frames: (readonly number[])[]): Uint8Array =>
      Uint8Array.from([
        ...field(40, 'before'),
        ...field(6, [
          ...field(5, 'avatar'),
          ...field(41, 'in the message'),
          ...field(4, [
            ...number(42, 7),
            ...frames.flatMap((frame) => field(1, frame)),
            ...field(43, 'after'),
          ]),
          ...field(2, 'req-1'),
        ]),
        ...number(1, 5),
        ...field(44, 'at the end'),
      ]);
    const second = [...keyframe(2), ...field(45, 'in a keyframe')];
    const trimmed = trimLeadingKeyframes(withUnknowns(keyframe(1), second), 1);
    expect(Uint8Array.from(trimmed)).toEqual(withUnknowns(second));
  });

  it('writes length prefixes in fewer bytes where that is possible', () => {
    const long = keyframe(...Array.from({ length: 100 }, () => 1));
    expect(Uint8Array.from(trimLeadingKeyframes(animation(long, keyframe(2)), 1))).toEqual(
      animation(keyframe(2)),
    );
  });

  it('trims keyframes across several animation fields and several pieces of the content', () => {
    const piece = (value: number): number[] => field(4, field(1, keyframe(value)));
    const raw = Uint8Array.from([
      ...envelope(5, [...piece(1), ...piece(2)]),
      ...field(6, [...piece(3), ...piece(4)]),
    ]);
    expect(jawPoses(trimLeadingKeyframes(raw, 3))).toEqual([[4]]);
    expect(decodeServerMessage(trimLeadingKeyframes(raw, 1))).toMatchObject({ keyframeCount: 3 });
  });

  it('does not count keyframes in content that later content replaces', () => {
    const dropped = field(6, field(4, field(1, keyframe(9))));
    const raw = Uint8Array.from([...dropped, ...field(3, []), ...animation(keyframe(1), keyframe(2))]);
    const trimmed = trimLeadingKeyframes(raw, 1);
    expect(jawPoses(trimmed)).toEqual([[2]]);
    expect(Uint8Array.from(trimmed).subarray(0, dropped.length)).toEqual(Uint8Array.from(dropped));
  });

  it('keeps a length prefix of more bytes than needed when nothing in that field was removed', () => {
    const empty = [0x22, 0x80, 0x00];
    const raw = envelope(5, [...empty, ...field(4, field(1, keyframe(1)))]);
    expect(Uint8Array.from(trimLeadingKeyframes(raw, 1))).toEqual(envelope(5, [...empty, ...field(4, [])]));
  });

  it.each([-1, 0.5, Number.NaN, Infinity])('refuses a count of %s', (count) => {
    expect(() => trimLeadingKeyframes(animation(), count)).toThrow(RangeError);
  });

  it.each([
    ['another message type', envelope(4, [])],
    ['damaged bytes', animation(keyframe(1)).subarray(0, 9)],
  ])('refuses %s', (_, raw) => {
    expect(() => trimLeadingKeyframes(raw, 1)).toThrow(WireError);
  });
});

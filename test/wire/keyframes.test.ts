import { describe, expect, it } from 'vitest';
import { decodeServerMessage } from '../../src/wire/decode.js';
import { decodeKeyframes } from '../../src/wire/keyframes.js';
import { WireError } from '../../src/ports/message.js';
import { animation, envelope, field, number } from './wire-bytes.js';

const floatBytes = (...values: number[]): number[] => [...Buffer.from(Float32Array.from(values).buffer)];
const rest = {
  translation: [],
  rotation: [],
  neckPose: [],
  jawPose: [],
  eyePose: [],
  eyeLid: [],
  expression: [],
};

describe('decodeKeyframes', () => {
  it('reads floats that were not packed', () => {
    const single = [0x25, ...floatBytes(0.5), 0x25, ...floatBytes(-2)];
    expect(decodeKeyframes(animation(single))).toEqual([{ ...rest, jawPose: [0.5, -2] }]);
  });

  it('joins packed and single floats of one list in their order', () => {
    const mixed = [...field(4, floatBytes(1, 2)), 0x25, ...floatBytes(3), ...field(4, floatBytes(4))];
    expect(decodeKeyframes(animation(mixed))).toEqual([{ ...rest, jawPose: [1, 2, 3, 4] }]);
  });

  it('gives plain arrays', () => {
    const [keyframe] = decodeKeyframes(
      animation(field(7, floatBytes(...Array.from({ length: 100 }, () => 1)))),
    );
    expect(Array.isArray(keyframe?.expression)).toBe(true);
    expect(JSON.stringify(keyframe?.expression)).toBe(JSON.stringify(Array.from({ length: 100 }, () => 1)));
  });

  it('keeps NaN and infinities unchanged', () => {
    const odd = field(1, floatBytes(Number.NaN, Infinity, -Infinity));
    expect(decodeKeyframes(animation(odd))).toEqual([
      { ...rest, translation: [Number.NaN, Infinity, -Infinity] },
    ]);
  });

  it('skips unknown fields inside and outside a keyframe, and known fields with another wire type', () => {
    const flame = [...number(1, 5), ...field(4, floatBytes(1)), ...field(20, 'new')];
    const bytes = envelope(5, [
      ...field(4, [...number(1, 9), ...field(1, flame), ...field(30, 'x')]),
      ...field(31, 'y'),
    ]);
    expect(decodeKeyframes(bytes)).toEqual([{ ...rest, jawPose: [1] }]);
    expect(decodeServerMessage(bytes)).toMatchObject({ keyframeCount: 1 });
  });

  it('counts and reads keyframes over several animation fields', () => {
    const piece = (value: number): number[] => field(4, field(1, field(4, floatBytes(value))));
    const bytes = Uint8Array.from([...envelope(5, [...piece(1), ...piece(2)]), ...field(6, piece(3))]);
    expect(decodeKeyframes(bytes).map(({ jawPose }) => jawPose)).toEqual([[1], [2], [3]]);
    expect(decodeServerMessage(bytes)).toMatchObject({ keyframeCount: 3 });
  });

  it('returns no keyframes for a message without animation', () => {
    expect(decodeKeyframes(envelope(5, field(2, 'req-1')))).toEqual([]);
  });

  it('refuses another message type', () => {
    expect(() => decodeKeyframes(envelope(4, []))).toThrow(WireError);
  });
});

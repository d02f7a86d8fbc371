/** The decoder of typed keyframes returns the numbers of the plain decoder, and refuses the same messages. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeServerMessage } from '../../src/wire/encode.js';
import { decodeKeyframes } from '../../src/wire/keyframes.js';
import { WireError } from '../../src/ports/message.js';
import type { Keyframe, TypedKeyframe } from '../../src/ports/message.js';
import { decodeTypedKeyframes } from '../../src/wire/typed-keyframes.js';
import { anyAnimation } from './message-arbitraries.js';
import { animation, envelope, field, number } from './wire-bytes.js';

const floatBytes = (...values: number[]): number[] => [...Buffer.from(Float32Array.from(values).buffer)];

/** A copy of the bytes at this offset in a larger buffer. */
function shifted(bytes: Uint8Array, offset: number): Uint8Array {
  const memory = new Uint8Array(bytes.length + offset + 1);
  memory.set(bytes, offset);
  return memory.subarray(offset, offset + bytes.length);
}

function plain(keyframe: TypedKeyframe): Keyframe {
  const lists = Object.entries(keyframe).map(([name, floats]: [string, Float32Array]) => [name, [...floats]]);
  return Object.fromEntries(lists) as Keyframe;
}

function outcome<T>(read: () => T): T | string {
  try {
    return read();
  } catch (error) {
    if (error instanceof WireError) return 'refused';
    throw error;
  }
}

const typedOutcome = (bytes: Uint8Array): unknown => outcome(() => decodeTypedKeyframes(bytes).map(plain));
const plainOutcome = (bytes: Uint8Array): unknown => outcome(() => decodeKeyframes(bytes));

describe('decodeTypedKeyframes', () => {
  it('returns the numbers of the plain decoder, at any offset of the message in its buffer', () => {
    fc.assert(
      fc.property(anyAnimation, fc.integer({ min: 0, max: 7 }), (message, offset) => {
        const bytes = shifted(encodeServerMessage(message), offset);
        expect(typedOutcome(bytes)).toEqual(plainOutcome(bytes));
      }),
    );
  });

  it('accepts and refuses the same damaged messages as the plain decoder', () => {
    fc.assert(
      fc.property(
        anyAnimation,
        fc.nat(),
        fc.integer({ min: 0, max: 255 }),
        fc.nat(),
        (message, at, value, cut) => {
          const bytes = Uint8Array.from(encodeServerMessage(message));
          bytes[at % bytes.length] = value;
          const damaged = bytes.subarray(0, bytes.length - (cut % 3));
          expect(typedOutcome(damaged)).toEqual(plainOutcome(damaged));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it.each<readonly [string, Uint8Array]>([
    ['single floats', animation([0x25, ...floatBytes(0.5), 0x25, ...floatBytes(-2)])],
    [
      'pieces',
      animation([...field(4, floatBytes(1, 2)), 0x25, ...floatBytes(3), ...field(4, floatBytes(4))]),
    ],
    ['lists in another order', animation([...field(7, floatBytes(1)), ...field(1, floatBytes(2))])],
    ['unknown fields', animation([...number(1, 5), ...field(4, floatBytes(1)), ...field(20, 'new')])],
    ['no keyframes', envelope(5, field(2, 'req-1'))],
    ['another message', envelope(4, [])],
  ])('reads %s as the plain decoder does', (_name, bytes) => {
    expect(typedOutcome(bytes)).toEqual(plainOutcome(bytes));
  });

  it('reads a list that is longer than the preallocated buffer', () => {
    const expression = Array.from({ length: 30_000 }, (_, i) => i);
    const bytes = animation(field(7, floatBytes(...expression)));
    expect(decodeTypedKeyframes(bytes).map(plain)).toEqual(decodeKeyframes(bytes));
  });

  it('makes a view where the offset of a list is a multiple of four bytes, and a copy otherwise', () => {
    const bytes = animation(field(7, floatBytes(1, 2, 3)));
    const views = [0, 1, 2, 3].filter((offset) => {
      const raw = shifted(bytes, offset);
      return decodeTypedKeyframes(raw)[0]?.expression.buffer === raw.buffer;
    });
    expect(views).toHaveLength(1);
  });

  it('never uses the same memory for two lists', () => {
    const bytes = animation(field(1, floatBytes(1, 2, 3)), field(1, floatBytes(4)));
    const taken = Array.from({ length: 20_000 }, () => decodeTypedKeyframes(bytes)).flat();
    expect(taken.every(({ translation }) => translation[0] === 1 || translation[0] === 4)).toBe(true);
  });
});

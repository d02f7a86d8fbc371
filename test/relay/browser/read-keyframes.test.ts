/**
 * The decoder for browsers returns the same as the package's decoder. For any bytes it returns keyframes or
 * throws a RangeError.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MessageType } from '../../../src/ports/message.js';
import { decodeBinaryMessage, encodeBinaryMessage } from '../../../src/relay/browser/binary-format.js';
import { readKeyframes } from '../../../src/relay/browser/read-keyframes.js';
import { encodeServerMessage } from '../../../src/wire/encode.js';
import { decodeTypedKeyframes } from '../../../src/wire/typed-keyframes.js';

const floats = fc.array(fc.float(), { maxLength: 40 });
const keyframe = fc.record({
  translation: floats,
  rotation: floats,
  neckPose: floats,
  jawPose: floats,
  eyePose: floats,
  eyeLid: floats,
  expression: floats,
});
const envelope = fc
  .record({ reqId: fc.string(), end: fc.boolean(), keyframes: fc.array(keyframe, { maxLength: 5 }) })
  .map((fields) =>
    encodeServerMessage({
      type: MessageType.serverResponseAnimation,
      connectionId: 'connection',
      avatarId: '',
      ...fields,
    }),
  );

function outcome(read: (raw: Uint8Array) => unknown, raw: Uint8Array): unknown {
  try {
    return read(raw);
  } catch (error) {
    return error;
  }
}

describe('readKeyframes', () => {
  it('returns the same as decodeTypedKeyframes', () => {
    fc.assert(
      fc.property(envelope, (raw) => {
        expect(readKeyframes(raw)).toEqual(decodeTypedKeyframes(raw));
      }),
    );
  });

  it('returns keyframes or throws a RangeError for changed bytes, and returns the same keyframes if both decoders accept them', () => {
    const change = fc.tuple(fc.nat(), fc.nat(255));
    fc.assert(
      fc.property(envelope, fc.array(change, { minLength: 1, maxLength: 4 }), (raw, changes) => {
        const changed = raw.slice();
        for (const [at, byte] of changes) changed[at % changed.length] = byte;
        const [ours, theirs] = [outcome(readKeyframes, changed), outcome(decodeTypedKeyframes, changed)];
        if (ours instanceof Error) expect(ours).toBeInstanceOf(RangeError);
        else if (!(theirs instanceof Error)) expect(ours).toEqual(theirs);
      }),
    );
  });

  it('refuses other messages', () => {
    const type = MessageType.serverError;
    const raw = encodeServerMessage({ type, connectionId: '', reqId: '', code: 1, message: '' });
    expect(() => readKeyframes(raw)).toThrow(RangeError);
    expect(() => readKeyframes(new Uint8Array(0))).toThrow(RangeError);
  });
});

describe('binary messages', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('audio' as const, 'frame' as const),
        fc.string({ maxLength: 60, unit: 'grapheme' }),
        fc.boolean(),
        fc.uint8Array(),
        (type, reqId, end, payload) => {
          fc.pre(Buffer.byteLength(reqId) < 256);
          const message = { type, reqId, end, payload };
          expect(decodeBinaryMessage(encodeBinaryMessage(message))).toEqual(message);
        },
      ),
    );
  });

  it('that are invalid give undefined', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void decodeBinaryMessage(bytes)));
    for (const bytes of [[], [1], [1, 0], [1, 0, 5, 65], [3, 0, 0], [0, 0, 0], [1, 0, 1, 0xff]])
      expect(decodeBinaryMessage(Uint8Array.from(bytes))).toBeUndefined();
  });

  it('have ids of at most 255 bytes', () => {
    const message = {
      type: 'audio',
      reqId: 'x'.repeat(256),
      end: false,
      payload: new Uint8Array(0),
    } as const;
    expect(() => encodeBinaryMessage(message)).toThrow(RangeError);
  });
});

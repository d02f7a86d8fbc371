/** Tests all of `src/wire` with random bytes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeClientMessage, decodeServerMessage } from '../../src/wire/decode.js';
import { encodeClientMessage, encodeServerMessage } from '../../src/wire/encode.js';
import { decodeKeyframes } from '../../src/wire/keyframes.js';
import { MessageType, WireError } from '../../src/ports/message.js';
import { trimLeadingKeyframes } from '../../src/wire/edit-animation.js';
import { readEnvelope } from '../../src/wire/field-reader.js';
import { goldenBytes, goldenNames } from './golden/golden-bytes.js';
import { varint } from './wire-bytes.js';

/** The result, or undefined for a WireError. Any other error is thrown and fails the test. */
function unlessRefused<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

/** A value that a decoder accepts can be encoded again, and then decodes to the same value. */
function checkAllReaders(bytes: Uint8Array): void {
  const fromClient = unlessRefused(() => decodeClientMessage(bytes));
  if (fromClient !== undefined && fromClient.type !== 'ignored') {
    expect(plain(decodeClientMessage(encodeClientMessage(fromClient)))).toEqual(plain(fromClient));
  }
  const fromServer = unlessRefused(() => decodeServerMessage(bytes));
  if (fromServer?.type === MessageType.serverResponseAnimation) {
    // If the message is accepted, its keyframes must decode, too.
    const keyframes = decodeKeyframes(bytes);
    expect(keyframes).toHaveLength(fromServer.keyframeCount);
    expect(decodeServerMessage(encodeServerMessage({ ...fromServer, keyframes }))).toEqual(fromServer);
    expect(decodeKeyframes(trimLeadingKeyframes(bytes, 1))).toEqual(keyframes.slice(1));
    return;
  }
  unlessRefused(() => decodeKeyframes(bytes));
  unlessRefused(() => trimLeadingKeyframes(bytes, 1));
  if (fromServer !== undefined && fromServer.type !== 'ignored') {
    expect(decodeServerMessage(encodeServerMessage(fromServer))).toEqual(fromServer);
  }
}

/** Copies the audio to a Uint8Array, because its class is that of the decoded bytes. */
function plain(message: ReturnType<typeof decodeClientMessage>): object {
  return 'audio' in message ? { ...message, audio: Uint8Array.from(message.audio) } : message;
}

const anyGoldenName = fc.constantFrom(...goldenNames);

describe('hostile bytes give a message or a WireError, never another error', () => {
  it.each(goldenNames)('%s cut at every byte is refused', (name) => {
    const bytes = goldenBytes(name);
    const decode = name.startsWith('client') ? decodeClientMessage : decodeServerMessage;
    for (let length = 0; length < bytes.length; length += 1) {
      expect(() => decode(bytes.subarray(0, length)), `cut to ${length}`).toThrow(WireError);
    }
  });

  it.each(goldenNames)('%s with any byte set to an extreme', (name) => {
    for (let at = 0; at < Math.min(goldenBytes(name).length, 200); at += 1) {
      for (const value of [0x00, 0x01, 0x7f, 0x80, 0xff]) {
        const bytes = goldenBytes(name);
        bytes[at] = value;
        checkAllReaders(bytes);
      }
    }
  });

  it('golden bytes with random changes', () => {
    const change = fc.record({
      at: fc.nat(),
      remove: fc.nat({ max: 6 }),
      insert: fc.uint8Array({ maxLength: 6 }),
    });
    fc.assert(
      fc.property(anyGoldenName, fc.array(change, { minLength: 1, maxLength: 6 }), (name, changes) => {
        let bytes = goldenBytes(name);
        for (const { at, remove, insert } of changes) {
          const from = at % (bytes.length + 1);
          bytes = Buffer.concat([bytes.subarray(0, from), insert, bytes.subarray(from + remove)]);
        }
        checkAllReaders(bytes);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(goldenNames)('%s with its content cut in two, at every byte', (name) => {
    const bytes = goldenBytes(name);
    const { contentFrom, content } = readEnvelope(bytes);
    const [from, end] = [content.pos, content.len];
    for (let at = from; at <= Math.min(end, from + 200); at += 1) {
      const tag = bytes.subarray(contentFrom, contentFrom + 1);
      const pieces = [bytes.subarray(from, at), bytes.subarray(at, end)];
      checkAllReaders(
        Buffer.concat([
          bytes.subarray(0, contentFrom),
          ...pieces.flatMap((piece) => [tag, Uint8Array.from(varint(piece.length)), piece]),
        ]),
      );
    }
  });

  it('two golden messages spliced together', () => {
    fc.assert(
      fc.property(anyGoldenName, anyGoldenName, fc.nat(), fc.nat(), (first, second, cutFirst, cutSecond) => {
        const head = goldenBytes(first);
        const tail = goldenBytes(second);
        checkAllReaders(
          Buffer.concat([
            head.subarray(0, cutFirst % (head.length + 1)),
            tail.subarray(cutSecond % tail.length),
          ]),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  it('random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), checkAllReaders), { numRuns: 2_000 });
  });

  it('random bytes after the valid beginning of a message', () => {
    const type = fc.constantFrom(...Object.values(MessageType));
    fc.assert(
      fc.property(type, fc.uint8Array({ maxLength: 120 }), (messageType, content) => {
        const head = [0x08, messageType, (messageType + 1) * 8 + 2, content.length];
        checkAllReaders(Uint8Array.from([...head, ...content]));
      }),
      { numRuns: 4_000 },
    );
  });
});

/** Texts cached from earlier messages do not change the result: every message decodes as if it were the first. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeServerMessage, AnimationTexts } from '../../src/wire/decode.js';
import { encodeServerMessage } from '../../src/wire/encode.js';
import { WireError } from '../../src/ports/message.js';
import { anyAnimation } from './message-arbitraries.js';
import { envelope, field } from './wire-bytes.js';

const anyId = fc.oneof(
  fc.constantFrom('', 'a', 'ab', 'abc', 'b', 'ä', 'x'.repeat(127), 'x'.repeat(128), 'y'.repeat(127)),
  fc.string({ unit: 'binary', maxLength: 150 }),
);

describe('the cached texts of a connection', () => {
  it('do not change how a message is decoded', () => {
    const related = fc.array(
      fc.record({ message: anyAnimation, connectionId: anyId, reqId: anyId, avatarId: anyId }),
      { minLength: 2, maxLength: 8 },
    );
    fc.assert(
      fc.property(related, (messages) => {
        const texts = new AnimationTexts();
        for (const { message, ...ids } of messages) {
          const bytes = encodeServerMessage({ ...message, ...ids });
          expect(decodeServerMessage(bytes, texts)).toEqual(decodeServerMessage(bytes));
        }
      }),
    );
  });

  it('do not prevent the refusal of a text that is cut, or is not UTF-8', () => {
    const texts = new AnimationTexts();
    const good = envelope(5, field(2, 'request'));
    expect(decodeServerMessage(good, texts)).toMatchObject({ reqId: 'request' });
    const broken = [0xff, ...Buffer.from('equest')];
    expect(() => decodeServerMessage(envelope(5, field(2, broken)), texts)).toThrow(WireError);
    const cut = field(2, 'request').slice(0, -1);
    expect(() => decodeServerMessage(envelope(5, cut), texts)).toThrow(WireError);
    expect(decodeServerMessage(good, texts)).toMatchObject({ reqId: 'request' });
  });

  it('are copies, independent of the memory of the message', () => {
    const texts = new AnimationTexts();
    const bytes = Uint8Array.from(envelope(5, field(2, 'first')));
    decodeServerMessage(bytes, texts);
    bytes.fill(0x61);
    expect(decodeServerMessage(envelope(5, field(2, 'aaaaa')), texts)).toMatchObject({ reqId: 'aaaaa' });
  });
});

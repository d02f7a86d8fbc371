/** The writer that reuses the memory of the message before gives the same bytes as the plain encoder. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AudioInputMessages, encodeAudioInput } from '../../src/wire/encode-audio-input.js';

const OWN_ID = '20250102030405_AbCdEfGhIj-_';
// Sizes just below and above each one at which a length prefix grows by a byte, and just below and above the
// largest part that a session sends.
const anySize = fc.oneof(
  fc.constantFrom(0, 1, 92, 93, 94, 127, 128, 640, 3_200, 16_345, 16_346, 16_347, 65_535, 65_536, 65_537),
  fc.integer({ min: 0, max: 400 }),
);
const anyReqId = fc.oneof(fc.constantFrom(OWN_ID, '', 'a', 'x'.repeat(200)), fc.string({ unit: 'binary' }));

describe('the writer of audio messages', () => {
  it('gives the bytes of the plain encoder, also when the messages of several requests alternate', () => {
    const message = fc.record({ reqId: anyReqId, sizeBytes: anySize, end: fc.boolean() });
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 6 }), (messages) => {
        const writers = new Map(messages.map(({ reqId }) => [reqId, new AudioInputMessages(reqId)]));
        for (const { reqId, sizeBytes, end } of messages) {
          const audio = Uint8Array.from({ length: sizeBytes }, (_, i) => i * 7);
          const written = writers.get(reqId)?.write(audio, end) ?? new Uint8Array(0);
          expect(Buffer.compare(written, encodeAudioInput(reqId, end, audio))).toBe(0);
        }
      }),
    );
  });

  it('allocates no memory for the message sizes of a session', () => {
    const writer = new AudioInputMessages(OWN_ID);
    const first = writer.write(new Uint8Array(65_536), true);
    for (const sizeBytes of [1, 640, 65_536]) {
      const message = writer.write(new Uint8Array(sizeBytes), false);
      expect(message.buffer).toBe(first.buffer);
      expect(writer.write(new Uint8Array(sizeBytes), false)).toBe(message);
    }
  });
});

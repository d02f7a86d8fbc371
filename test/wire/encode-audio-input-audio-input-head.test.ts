/** A message written around audio where it lies: byte for byte the one that the plain encoder makes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AUDIO_HEAD_ROOM_BYTES,
  AudioInputHead,
  encodeAudioInput,
} from '../../src/wire/encode-audio-input.js';

const OWN_ID = '20250102030405_AbCdEfGhIj-_';
// On both sides of every length at which a length prefix grows by a byte, and the largest part of a session.
const anySize = fc.oneof(
  fc.constantFrom(0, 1, 92, 93, 94, 127, 128, 640, 3_200, 16_345, 16_346, 16_347, 65_535, 65_536),
  fc.integer({ min: 0, max: 400 }),
);
const anyReqId = fc.oneof(fc.constantFrom(OWN_ID, '', 'a', 'x'.repeat(200)), fc.string({ unit: 'binary' }));

describe('the head of an audio message', () => {
  it('makes the message of the plain encoder, and leaves the audio as it was', () => {
    const anyRoom = fc.constantFrom(0, 10, AUDIO_HEAD_ROOM_BYTES, 100);
    fc.assert(
      fc.property(anyReqId, anySize, anyRoom, fc.boolean(), (reqId, sizeBytes, roomBytes, end) => {
        // In front of the room lies something else, or nothing.
        const from = roomBytes + 5;
        const audio = Uint8Array.from({ length: sizeBytes }, (_, i) => i * 7);
        const block = Buffer.alloc(from + sizeBytes + 20, 0xee);
        block.set(audio, from);
        const to = from + sizeBytes;
        const head = new AudioInputHead(reqId);
        const expected = encodeAudioInput(reqId, end, audio);
        expect(Buffer.compare(head.write({ block, from, to, roomBytes }, end), expected)).toBe(0);
        expect(Buffer.compare(block.subarray(from, to), audio)).toBe(0);
        expect(block.subarray(to).every((byte) => byte === 0xee)).toBe(true);
        const roomFrom = from - roomBytes;
        expect(block.subarray(0, roomFrom).every((byte) => byte === 0xee)).toBe(true);
      }),
    );
  });

  it('needs no memory of its own for what a session sends', () => {
    for (const sizeBytes of [1, 640, 65_536]) {
      const block = Buffer.alloc(AUDIO_HEAD_ROOM_BYTES + sizeBytes);
      const place = {
        block,
        from: AUDIO_HEAD_ROOM_BYTES,
        to: block.length,
        roomBytes: AUDIO_HEAD_ROOM_BYTES,
      };
      const message = new AudioInputHead(OWN_ID).write(place, true);
      expect(message.buffer).toBe(block.buffer);
    }
  });
});

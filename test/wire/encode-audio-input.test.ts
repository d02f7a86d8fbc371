import { describe, expect, it } from 'vitest';
import { encodeAudioInput } from '../../src/wire/encode-audio-input.js';
import { decodeClientMessage } from '../../src/wire/decode.js';
import { encodeClientMessage } from '../../src/wire/encode.js';
import { MessageType } from '../../src/ports/message.js';
import { encodeByReflection } from './reflected-avatar.js';

const type = MessageType.clientAudioInput;

describe('encodeAudioInput', () => {
  // Sizes just below and above each one at which a length prefix grows by a byte.
  const sizes = [
    0, 1, 90, 91, 92, 93, 127, 128, 640, 16_345, 16_346, 16_347, 16_348, 16_384, 2_097_151, 2_097_152,
  ];

  it.each(sizes)('gives the bytes of the general encoder for %i bytes of audio', (sizeBytes) => {
    const audio = new Uint8Array(sizeBytes).fill(0xa5);
    const reqId = '20250102030405_AbCdEfGhIj-_';
    const encoded = encodeAudioInput(reqId, false, audio);
    expect(Buffer.compare(encoded, encodeByReflection({ type, reqId, end: false, audio }))).toBe(0);
  });

  it.each(['', 'ascii', 'änne', '🙂', 'x'.repeat(127), 'ß'.repeat(64), 'x'.repeat(20_000)])(
    'gives the bytes of the general encoder for the request id %j',
    (reqId) => {
      const message = { type, reqId, end: true, audio: Uint8Array.of(1, 2) };
      expect(Buffer.compare(encodeClientMessage(message), encodeByReflection(message))).toBe(0);
    },
  );

  it('replaces a lone surrogate, so that the service can read the rest', () => {
    expect(decodeClientMessage(encodeAudioInput('a\uD800b', true, new Uint8Array(0)))).toMatchObject({
      reqId: 'a\uFFFDb',
      end: true,
    });
  });

  it('writes an empty trace context as a present field', () => {
    const encoded = encodeAudioInput('r', false, new Uint8Array(0), { traceparent: '' });
    expect(decodeClientMessage(encoded)).toMatchObject({ traceContext: { traceparent: '' } });
  });

  it('copies the audio, so that the caller may reuse its buffer', () => {
    const audio = Uint8Array.of(1, 2, 3);
    const encoded = encodeAudioInput('r', false, audio);
    audio.fill(9);
    expect(decodeClientMessage(encoded)).toMatchObject({ audio: Buffer.of(1, 2, 3) });
  });
});

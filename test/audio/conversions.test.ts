import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromAlaw, fromBase64, fromFloat32, fromMulaw } from '../../src/audio/index.js';
import { bytesOf, collect, cut, samplesOf } from './audio-bytes.js';

/** Written from the text of G.711, not from the source: the middle of each interval, scaled to 16 bits. */
function mulawByStandard(code: number): number {
  const inverted = 255 - code;
  const segment = Math.floor((inverted % 128) / 16);
  const step = inverted % 16;
  const magnitude = 4 * ((2 * step + 33) * 2 ** segment - 33);
  return inverted >= 128 ? 0 - magnitude : magnitude;
}
function alawByStandard(code: number): number {
  let plain = 0;
  for (let bit = 0; bit < 8; bit += 1)
    plain += (Math.floor(code / 2 ** bit) % 2 !== (bit % 2 === 0 ? 1 : 0) ? 1 : 0) * 2 ** bit;
  const segment = Math.floor((plain % 128) / 16);
  const step = plain % 16;
  const magnitude = 8 * (segment === 0 ? 2 * step + 1 : (2 * step + 33) * 2 ** (segment - 1));
  return plain >= 128 ? magnitude : -magnitude;
}
const ALL_CODES = Uint8Array.from({ length: 256 }, (_, code) => code);

describe('G.711', () => {
  it('decodes every µ-law code as the standard says', async () => {
    const decoded = samplesOf(await collect(fromMulaw(ALL_CODES)));
    expect(decoded).toEqual([...ALL_CODES].map(mulawByStandard).map((value) => value + 0));
    expect([0x00, 0x80, 0xff, 0x7f, 0x0f, 0x8f].map((code) => decoded[code])).toEqual([
      -32_124, 32_124, 0, 0, -16_764, 16_764,
    ]);
  });

  it('decodes every A-law code as the standard says', async () => {
    const decoded = samplesOf(await collect(fromAlaw(ALL_CODES)));
    expect(decoded).toEqual([...ALL_CODES].map(alawByStandard));
    expect([0xd5, 0x55, 0xaa, 0x2a].map((code) => decoded[code])).toEqual([8, -8, 32_256, -32_256]);
  });
});

describe('fromFloat32', () => {
  it('scales, clips, and converts NaN to silence', async () => {
    const floats = Float32Array.of(0, 0.5, -0.5, 1, -1, 2, -2, NaN, Infinity, -Infinity);
    expect(samplesOf(await collect(fromFloat32([floats])))).toEqual([
      0, 16_384, -16_384, 32_767, -32_768, 32_767, -32_768, 0, 32_767, -32_768,
    ]);
  });

  it('accepts bytes that are split at any position, and bytes of an unaligned view', async () => {
    const floats = Float32Array.from({ length: 50 }, (_, at) => Math.sin(at));
    const whole = await collect(fromFloat32(floats));
    const bytes = new Uint8Array(floats.buffer);
    for (const length of [1, 2, 3, 5, 7, 199])
      expect(await collect(fromFloat32(cut(bytes, length)))).toEqual(whole);
  });
});

describe('fromBase64', () => {
  it('decodes the texts that pick returns, and skips items without a text', async () => {
    const items = [{ delta: 'AQI=' }, {}, { delta: 'AwQ=' }, { delta: null }];
    expect(await collect(fromBase64(items, ({ delta }) => delta))).toEqual(Uint8Array.of(1, 2, 3, 4));
  });

  it('joins an odd byte with the next text, and drops an odd byte at the end', async () => {
    const texts = [Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5)].map((bytes) =>
      Buffer.from(bytes).toString('base64'),
    );
    expect(await collect(fromBase64(texts))).toEqual(Uint8Array.of(1, 2, 3, 4));
  });

  it('accepts one text that is split at any position', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 60 }),
        fc.integer({ min: 1, max: 9 }),
        async (bytes, length) => {
          const text = Buffer.from(bytes).toString('base64');
          const texts = text.match(new RegExp(`.{1,${length}}`, 'g')) ?? [];
          expect(await collect(fromBase64(texts))).toEqual(bytes.slice(0, bytes.length - (bytes.length % 2)));
        },
      ),
    );
  });

  it.each([
    [['*&^%'], 'audio must be base64 text, got a string with other characters'],
    [['AAAAA'], 'audio must be base64 text, got one that is cut off'],
    [[7], 'audio must be base64 text, got number'],
  ])('refuses %o', async (source, message) => {
    await expect(collect(fromBase64(source as string[]))).rejects.toThrow(new TypeError(message));
  });

  it('refuses a pick that is not a function', () => {
    expect(() => fromBase64([], 'delta' as never)).toThrow(TypeError);
  });
});

describe.each([
  ['fromFloat32', fromFloat32],
  ['fromMulaw', fromMulaw],
  ['fromAlaw', fromAlaw],
])('%s', (_name, convert) => {
  it('returns the same for chunks as for the whole audio', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        fc.integer({ min: 1, max: 50 }),
        async (bytes, length) => {
          expect(await collect(convert(cut(bytes, length)))).toEqual(await collect(convert(bytes)));
        },
      ),
    );
  });

  it('refuses an invalid source at the call, and an invalid chunk when it arrives', async () => {
    for (const [wrong, kind] of [
      [undefined, 'undefined'],
      [null, 'null'],
      [7, 'number'],
    ] as const)
      expect(() => convert(wrong as never)).toThrow(
        new TypeError(`source must be audio or an iterable of audio, got ${kind}`),
      );
    await expect(collect(convert(['text'] as never))).rejects.toThrow(TypeError);
  });

  it('ends its source when its consumer stops, and when a chunk is not audio', async () => {
    let left = 0;
    function* source(chunk: unknown): Generator<Uint8Array> {
      try {
        for (;;) yield chunk as Uint8Array;
      } finally {
        left += 1;
      }
    }
    for await (const pcm of convert(source(bytesOf([1, 2])))) {
      expect(pcm.length).toBeGreaterThan(0);
      break;
    }
    expect(left).toBe(1);
    await expect(collect(convert(source('text')))).rejects.toThrow(TypeError);
    expect(left).toBe(2);
  });

  it('ends at once when its consumer stops while the source gives no chunk', async () => {
    let left = false;
    const silent = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>(() => undefined),
        return: () => {
          left = true;
          return Promise.resolve({ done: true as const, value: undefined });
        },
      }),
    };
    const converted = convert(silent);
    const pending = converted.next();
    await converted.return?.();
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(left).toBe(true);
  });

  it('passes on the error of its source', async () => {
    function* failing(): Generator<Uint8Array> {
      yield new Uint8Array(8);
      throw new Error('the voice is gone');
    }
    await expect(collect(convert(failing()))).rejects.toThrow('the voice is gone');
  });
});

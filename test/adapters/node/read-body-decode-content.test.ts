/**
 * Bodies that a gateway compressed although the request did not ask for it, and bodies that are declared as
 * compressed but are not.
 */
import { randomBytes } from 'node:crypto';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeContent } from '../../../src/adapters/node/read-body.js';

const TEXT = '{"message":"driven server request failed"}';
const MAX_BYTES = 1_000;

async function decoded(bytes: Uint8Array, coding: string, maxBytes = MAX_BYTES): Promise<string> {
  return Buffer.from((await decodeContent(bytes, coding, maxBytes)).bytes).toString();
}

const COMPRESSED: readonly (readonly [coding: string, compress: (data: Buffer) => Buffer])[] = [
  ['gzip', gzipSync],
  ['x-gzip', gzipSync],
  ['deflate', deflateSync],
  ['deflate', deflateRawSync],
  ['br', brotliCompressSync],
];

describe('a body', () => {
  it.each<[string, Buffer]>([
    ['', Buffer.from(TEXT)],
    ['identity', Buffer.from(TEXT)],
    ['gzip', gzipSync(TEXT)],
    ['GZIP', gzipSync(TEXT)],
    ['x-gzip', gzipSync(TEXT)],
    ['X-GZip', gzipSync(TEXT)],
    ['deflate', deflateSync(TEXT)],
    ['Deflate', deflateSync(TEXT, { level: 1 })],
    ['deflate', deflateRawSync(TEXT)],
    ['deflate', deflateRawSync(TEXT, { level: 0 })],
    ['br', brotliCompressSync(TEXT)],
    ['identity, gzip', gzipSync(TEXT)],
    [' gzip , identity,', gzipSync(TEXT)],
    ['gzip, br', brotliCompressSync(gzipSync(TEXT))],
    ['deflate, gzip', gzipSync(deflateRawSync(TEXT))],
  ])('with the content coding %j is decoded', async (coding, bytes) => {
    expect(await decoded(bytes, coding)).toBe(TEXT);
  });

  it.each(['gzip', 'x-gzip', 'deflate', 'br', 'zstd', 'constructor', 'gzip, br'])(
    'that was not compressed is read unchanged, whatever coding is declared: %s',
    async (coding) => {
      for (const text of [TEXT, 'busy', '<html>503</html>', 'x^ is no zlib header', 'größer']) {
        expect(await decoded(Buffer.from(text), coding)).toBe(text);
      }
    },
  );

  it.each([
    ['an unknown coding', 'zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 1])],
    ['bytes that are not gzip', 'gzip', Buffer.from([1, 2, 3, 4])],
    ['bytes that are not deflate', 'deflate', Buffer.from([0x78, 0x9c, 0xff, 0xff, 0xff])],
    ['three codings', 'gzip, gzip, gzip', gzipSync(gzipSync(gzipSync(TEXT)))],
  ])('with %s is empty', async (_, coding, bytes) => {
    expect(await decoded(bytes, coding)).toBe('');
  });

  it.each(COMPRESSED)(
    'that is larger than the bound when decoded is read up to the bound: %s',
    async (coding, compress) => {
      for (const [bytes, isCut] of [
        [MAX_BYTES, false],
        [MAX_BYTES + 1, true],
        [5_000_000, true],
      ] as const) {
        const content = await decodeContent(compress(Buffer.alloc(bytes, 'x')), coding, MAX_BYTES);
        expect(content).toMatchObject({ isCut });
        expect(Buffer.from(content.bytes).toString()).toBe('x'.repeat(MAX_BYTES));
      }
    },
  );

  it.each(COMPRESSED)('that is cut or damaged is read up to that point: %s', async (coding, compress) => {
    const long = Array.from({ length: 2_000 }, (_, n) => `line ${n} of ${n * n}`).join('\n');
    const whole = compress(Buffer.from(long));
    const damaged = Buffer.concat([whole.subarray(0, whole.length - 60), randomBytes(60)]);
    const text = await decoded(whole.subarray(0, whole.length - 20), coding, 100_000);
    expect(text.length).toBeGreaterThan(1_000);
    expect(long.startsWith(text)).toBe(true);
    await expect(decodeContent(damaged, coding, 100_000)).resolves.toBeDefined();
  });

  it('that is empty is read as empty', async () => {
    for (const [coding] of COMPRESSED) expect(await decoded(Buffer.alloc(0), coding)).toBe('');
  });
});

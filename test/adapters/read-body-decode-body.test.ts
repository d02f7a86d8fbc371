/** Bodies that a gateway compressed without being asked, and bodies that only pretend to be so. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeBody } from '../../src/adapters/read-body.js';

const TEXT = '{"message":"driven server request failed"}';
const decoded = (bytes: Uint8Array, coding: string | undefined, maxBytes = 1_000): string | undefined => {
  const body = decodeBody(bytes, coding, maxBytes);
  return body === undefined ? undefined : Buffer.from(body).toString();
};

describe('a body', () => {
  it.each([
    [undefined, Buffer.from(TEXT)],
    ['', Buffer.from(TEXT)],
    ['identity', Buffer.from(TEXT)],
    ['gzip', gzipSync(TEXT)],
    ['GZIP', gzipSync(TEXT)],
    ['x-gzip', gzipSync(TEXT)],
    ['deflate', deflateSync(TEXT)],
    ['br', brotliCompressSync(TEXT)],
    ['identity, gzip', gzipSync(TEXT)],
    ['gzip, br', brotliCompressSync(gzipSync(TEXT))],
  ])('with the content coding %j is read', (coding, bytes) => {
    expect(decoded(bytes, coding)).toBe(TEXT);
  });

  it.each([
    ['an unknown coding', 'zstd', Buffer.from(TEXT)],
    ['the name of an inherited member', 'constructor', Buffer.from(TEXT)],
    ['bytes that are no gzip', 'gzip', Buffer.from(TEXT)],
    ['three codings', 'gzip, gzip, gzip', gzipSync(gzipSync(gzipSync(TEXT)))],
  ])('with %s is unreadable', (_, coding, bytes) => {
    expect(decoded(bytes, coding)).toBeUndefined();
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('that grows beyond the bound is not read: %s', (coding, compress) => {
    expect(decoded(compress(Buffer.alloc(1_000)), coding)).toHaveLength(1_000);
    expect(decoded(compress(Buffer.alloc(1_001)), coding)).toBeUndefined();
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ])('that was cut is read as far as it goes: %s', (coding, compress) => {
    const long = Array.from({ length: 200 }, (_, n) => `line ${n} of ${n * n}`).join('\n');
    const whole = compress(long);
    const text = decoded(whole.subarray(0, whole.length - 20), coding, 10_000);
    expect(text).not.toBe('');
    expect(long.startsWith(text ?? 'unreadable')).toBe(true);
  });
});

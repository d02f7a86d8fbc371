/** The part of `node:crypto` that sessions and the embedded service use. */
import { hmac } from '@noble/hashes/hmac';
import { sha256 } from '@noble/hashes/sha256';
import { Buffer } from './buffer.js';

export function randomBytes(size: number): Buffer {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(size)));
}

/** `crypto.randomUUID` is not there where a page came without TLS. */
export function randomUUID(): string {
  const bytes = randomBytes(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

interface Digest {
  update(text: string): Digest;
  digest(encoding: 'hex' | 'base64url'): string;
}

function digestOf(make: (bytes: Uint8Array) => Uint8Array): Digest {
  const parts: Buffer[] = [];
  const digest: Digest = {
    update(text) {
      parts.push(Buffer.from(text));
      return digest;
    },
    digest(encoding) {
      return Buffer.from(make(Buffer.concat(parts))).toString(encoding);
    },
  };
  return digest;
}

export function createHmac(_algorithm: 'sha256', key: Uint8Array): Digest {
  return digestOf((bytes) => hmac(sha256, key, bytes));
}

export function createHash(): Digest {
  return digestOf((bytes) => sha256(bytes));
}

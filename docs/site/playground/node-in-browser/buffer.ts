/** Node's Buffer, of the package `buffer`, with the encoding that it lacks. */
import { Buffer } from 'buffer';

interface Bytes {
  toString: (this: Uint8Array, encoding?: BufferEncoding, from?: number, to?: number) => string;
}

const bytes = Buffer.prototype as unknown as Bytes;
const textOf = bytes.toString;

bytes.toString = function ofBrowser(encoding, from, to) {
  if (encoding !== 'base64url') return textOf.call(this, encoding, from, to);
  return textOf.call(this, 'base64', from, to).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
};

export { Buffer };

/**
 * The body of an HTTP answer without its content codings. Requests ask for none, and some gateways compress all the same. What it
 * becomes is bounded: a few kilobytes can hold gigabytes.
 */
import { brotliDecompressSync, constants, gunzipSync, inflateSync } from 'node:zlib';
import type { BrotliOptions, ZlibOptions } from 'node:zlib';

type Decode = (bytes: Uint8Array, maxBytes: number) => Buffer;

/** What a cut body holds is still read as far as it goes. */
function decodeOptions(maxOutputLength: number, finishFlush: number): BrotliOptions & ZlibOptions {
  // It inherits nothing: Node would take `Object.prototype.info` for an option.
  return Object.assign(Object.create(null) as object, { maxOutputLength, finishFlush });
}
const gunzip: Decode = (bytes, maxBytes) =>
  gunzipSync(bytes, decodeOptions(maxBytes, constants.Z_SYNC_FLUSH));

const CODINGS: Readonly<Record<string, Decode>> = {
  gzip: gunzip,
  'x-gzip': gunzip,
  deflate: (bytes, maxBytes) => inflateSync(bytes, decodeOptions(maxBytes, constants.Z_SYNC_FLUSH)),
  br: (bytes, maxBytes) =>
    brotliDecompressSync(bytes, decodeOptions(maxBytes, constants.BROTLI_OPERATION_FLUSH)),
};

/** More codings than that on one body are an attack. */
const MAX_CODINGS = 2;

/**
 * The bytes that were encoded; the bytes as they came where nothing was encoded. Undefined when they can't be decoded: an unknown
 * coding, damaged bytes, or more than `maxBytes` of them.
 *
 * @param contentEncoding the header of that name
 */
export function decodeBody(
  bytes: Uint8Array,
  contentEncoding: string | undefined,
  maxBytes: number,
): Uint8Array | undefined {
  const codings = (contentEncoding ?? '')
    .split(',')
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity');
  if (codings.length > MAX_CODINGS) return undefined;
  let decoded = bytes;
  for (const coding of codings.toReversed()) {
    const decode = Object.hasOwn(CODINGS, coding) ? CODINGS[coding] : undefined;
    if (decode === undefined) return undefined;
    try {
      decoded = decode(decoded, maxBytes);
    } catch {
      return undefined;
    }
  }
  return decoded;
}

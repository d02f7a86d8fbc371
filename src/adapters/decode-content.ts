/**
 * Takes the content codings of a body off again, within a bound. Nothing asks for a coding: gateways compress unasked, or leave the header
 * where they have decompressed the body. Knows nothing of requests.
 */
import { constants, createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import type { BrotliDecompress, BrotliOptions, Gunzip, Inflate, InflateRaw, ZlibOptions } from 'node:zlib';
import { NO_STREAM_OPTIONS } from './no-inherited-options.js';

type Decoder = Gunzip | Inflate | InflateRaw | BrotliDecompress;

export interface DecodedContent {
  readonly bytes: Uint8Array;
  /** There was more of it than that. */
  readonly isCut: boolean;
}

const NOTHING: DecodedContent = { bytes: new Uint8Array(0), isCut: false };

/** What a body that was cut contains is decoded as far as it goes. */
const FLUSH: ZlibOptions = { ...NO_STREAM_OPTIONS, finishFlush: constants.Z_SYNC_FLUSH };
const BROTLI_FLUSH: BrotliOptions = {
  ...NO_STREAM_OPTIONS,
  finishFlush: constants.BROTLI_OPERATION_FLUSH,
};

/** RFC 9110 means the zlib format; some servers send what is inside it. Its first byte has 8, for deflate, in the lower half. */
const isZlib = (bytes: Uint8Array): boolean => ((bytes[0] ?? 0) & 0x0f) === 8;

const CODINGS: ReadonlyMap<string, (bytes: Uint8Array) => Decoder> = new Map<
  string,
  (bytes: Uint8Array) => Decoder
>([
  ['gzip', () => createGunzip(FLUSH)],
  ['x-gzip', () => createGunzip(FLUSH)],
  ['deflate', (bytes) => (isZlib(bytes) ? createInflate(FLUSH) : createInflateRaw(FLUSH))],
  ['br', () => createBrotliDecompress(BROTLI_FLUSH)],
]);

/** More codings than that on one body are an attack. */
const MAX_CODINGS = 2;

/**
 * The bytes that were encoded, up to `maxBytes`; of damaged bytes those before the damage. Text is taken as it is, whatever coding was
 * declared. Empty for an unknown coding. Never rejects.
 *
 * @param contentEncoding the header of that name
 */
export async function decodeContent(
  bytes: Uint8Array,
  contentEncoding: string,
  maxBytes: number,
): Promise<DecodedContent> {
  const codings = contentEncoding
    .split(',')
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity');
  let content: DecodedContent = { bytes, isCut: false };
  for (const [index, coding] of codings.toReversed().entries()) {
    if (isText(content.bytes)) return content;
    const open = CODINGS.get(coding);
    if (open === undefined || index >= MAX_CODINGS) return NOTHING;
    const inner = await decode(open(content.bytes), content.bytes, maxBytes);
    content = { bytes: inner.bytes, isCut: inner.isCut || content.isCut };
  }
  return content;
}

function decode(decoder: Decoder, bytes: Uint8Array, maxBytes: number): Promise<DecodedContent> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    let count = 0;
    const finish = (): void => {
      decoder.destroy();
      resolve({ bytes: Buffer.concat(pieces).subarray(0, maxBytes), isCut: count > maxBytes });
    };
    decoder.on('data', (piece: Buffer) => {
      pieces.push(piece);
      count += piece.length;
      if (count > maxBytes) finish();
    });
    decoder.on('error', finish);
    decoder.on('end', finish);
    decoder.end(bytes);
  });
}

/** So much of the bytes tells text from what was compressed. */
const TEXT_SAMPLE_BYTES = 512;
/** Control characters, but for white space. */
const NOT_TEXT = /[\u0000-\u0008\u000b\u000e-\u001f\u007f\ufffd]/;

/** Every compressed format has bytes that no text has, near its beginning. */
function isText(bytes: Uint8Array): boolean {
  const sample = new TextDecoder().decode(bytes.subarray(0, TEXT_SAMPLE_BYTES), { stream: true });
  return sample !== '' && !NOT_TEXT.test(sample);
}

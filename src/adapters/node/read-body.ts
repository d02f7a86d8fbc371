/**
 * Reads the body of an HTTP answer within bounds, decompressed, as text. A body only explains a refusal, so a peer that sends it
 * without end, slowly or not at all must not cost memory or time. Nothing asks for a content coding: gateways compress unasked, or
 * leave the header where they have decompressed the body. Does not know what the text means.
 */
import { constants, createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import type { BrotliDecompress, BrotliOptions, Gunzip, Inflate, InflateRaw, ZlibOptions } from 'node:zlib';
import type { IncomingMessage } from 'node:http';
import { ownMember } from '../../core/option/plain-object.js';
import { NO_STREAM_OPTIONS } from './no-inherited-options.js';
import { REAL_TIME } from './runtime-sources.js';

type Decoder = Gunzip | Inflate | InflateRaw | BrotliDecompress;

export interface DecodedContent {
  readonly bytes: Uint8Array;
  /** Whether the body was longer than the limit. */
  readonly isCut: boolean;
}

const NO_CONTENT: DecodedContent = { bytes: new Uint8Array(0), isCut: false };

/** Decodes a body that was cut as far as it goes. */
const FLUSH: ZlibOptions = { ...NO_STREAM_OPTIONS, finishFlush: constants.Z_SYNC_FLUSH };
const BROTLI_FLUSH: BrotliOptions = {
  ...NO_STREAM_OPTIONS,
  finishFlush: constants.BROTLI_OPERATION_FLUSH,
};

/**
 * RFC 9110 means the zlib format; some servers send the raw deflate data inside it. The first byte of the zlib format has 8, for deflate,
 * in its lower half.
 */
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

/** More codings than this on one body are an attack. */
const MAX_CODINGS = 2;

/**
 * The decoded bytes, up to `maxBytes`; of damaged bytes those before the damage. Text is returned as it is, whatever coding was declared.
 * Empty for an unknown coding. Never rejects.
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
    if (open === undefined || index >= MAX_CODINGS) return NO_CONTENT;
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

/** The number of bytes that is enough to distinguish text from compressed data. */
const TEXT_SAMPLE_BYTES = 512;
/** Control characters, except white space. */
const NOT_TEXT = /[\u0000-\u0008\u000b\u000e-\u001f\u007f\ufffd]/;

/** Whether the bytes are text: every compressed format has bytes that no text has, near its beginning. */
function isText(bytes: Uint8Array): boolean {
  const sample = new TextDecoder().decode(bytes.subarray(0, TEXT_SAMPLE_BYTES), { stream: true });
  return sample !== '' && !NOT_TEXT.test(sample);
}

export interface BodyBounds {
  /** The limit of the body; nothing beyond it is read: the answer is destroyed. */
  readonly maxBytes: number;
  /** How long to wait for the end, counted from the headers; undefined: as long as the request lives. */
  readonly withinMs: number | undefined;
}

export interface BodyRead {
  /**
   * The body that came, without its content coding, as UTF-8, up to the limit; a character that is cut there is dropped. Empty if it
   * can't be decoded.
   */
  readonly text: string;
  /** `cut` at `maxBytes`, `late` at `withinMs`, `broken` when the connection ended first. */
  readonly ended: 'whole' | 'cut' | 'late' | 'broken';
  /** The error that ended the connection. */
  readonly cause?: Error;
}

const NO_BYTES = Buffer.alloc(0);
/** Shared, because making one costs more than using it. */
const DECODER = new TextDecoder();

/** Never rejects. The answer's socket is destroyed unless the body was `whole`. */
export function readBody(response: IncomingMessage, bounds: BodyBounds): Promise<BodyRead> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let done = false;
    const finish = (ended: BodyRead['ended'], cause?: Error): void => {
      if (done) return;
      done = true;
      REAL_TIME.clearTimeout(timer);
      response.off('data', onData);
      if (ended !== 'whole') response.destroy();
      const [first = NO_BYTES, ...more] = chunks;
      const came = (more.length === 0 ? first : Buffer.concat(chunks)).subarray(0, bounds.maxBytes);
      const read = (text: string): BodyRead =>
        cause === undefined ? { text, ended } : { text, ended, cause };
      const coding = ownMember(response.headers, 'content-encoding') ?? '';
      if (coding === '') resolve(read(textOf(came, ended !== 'whole')));
      else {
        void decodeContent(came, coding, bounds.maxBytes).then(({ bytes: decoded, isCut }) =>
          resolve(read(textOf(decoded, isCut || ended !== 'whole'))),
        );
      }
    };
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > bounds.maxBytes) finish('cut');
    };
    // A late timer fires before the socket is read: the body may already be there.
    const due = (): void => void REAL_TIME.setImmediate(() => finish('late'));
    let timer: NodeJS.Timeout | undefined;
    const { withinMs } = bounds;
    // A short body nearly always comes together with the headers: it needs no timer.
    if (withinMs !== undefined)
      void Promise.resolve().then(() => {
        if (!done && !response.complete) timer = REAL_TIME.setTimeout(due, withinMs);
      });
    response.on('data', onData);
    // Both come once: `once` would make a listener around the listener.
    response.on('end', () => finish('whole'));
    // Stays for the answer's whole life: destroying it may report an error after we are done.
    response.on('error', (error) => finish('broken', error));
    response.on('close', () => finish('broken'));
  });
}

function textOf(bytes: Uint8Array, isCut: boolean): string {
  return isCut ? new TextDecoder().decode(bytes, { stream: true }) : DECODER.decode(bytes);
}

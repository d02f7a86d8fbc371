/**
 * Reads the body of an HTTP answer within bounds, decompressed, as text. A body only explains a refusal, so a peer that sends it
 * without end, slowly or not at all must not cost memory or time. Does not know what the text means.
 */
import type { IncomingMessage } from 'node:http';
import { ownMember } from '../core/option/plain-object.js';
import { REAL_TIME } from './real-timers.js';
import { brotliDecompressSync, constants, gunzipSync, inflateSync } from 'node:zlib';
import type { BrotliOptions, ZlibOptions } from 'node:zlib';

export interface BodyBounds {
  /** What lies beyond is not read: the answer is destroyed. */
  readonly maxBytes: number;
  /** How long to wait for the end, counted from the headers; absent: as long as the request lives. */
  readonly withinMs?: number;
}

export interface BodyRead {
  /** What came, without its content coding, as UTF-8; a character cut at the bound is dropped. Empty when it can't be decoded. */
  readonly text: string;
  /** `cut` at `maxBytes`, `late` at `withinMs`, `broken` when the connection ended first. */
  readonly ended: 'whole' | 'cut' | 'late' | 'broken';
  /** What broke it. */
  readonly cause?: Error;
}

const NOTHING = Buffer.alloc(0);
/** To make one costs more than to use it. */
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
      const [first = NOTHING, ...more] = chunks;
      const came = (more.length === 0 ? first : Buffer.concat(chunks)).subarray(0, bounds.maxBytes);
      const kept =
        decodeBody(came, ownMember(response.headers, 'content-encoding'), bounds.maxBytes) ?? NOTHING;
      const text =
        ended === 'whole' ? DECODER.decode(kept) : new TextDecoder().decode(kept, { stream: true });
      resolve(cause === undefined ? { text, ended } : { text, ended, cause });
    };
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > bounds.maxBytes) finish('cut');
    };
    // A late timer runs before the socket is read: the body may be waiting there.
    const due = (): void => void REAL_TIME.setImmediate(() => finish('late'));
    const timer = bounds.withinMs === undefined ? undefined : REAL_TIME.setTimeout(due, bounds.withinMs);
    response.on('data', onData);
    response.once('end', () => finish('whole'));
    // Stays for the answer's whole life: destroying it may report an error after we are done.
    response.on('error', (error) => finish('broken', error));
    response.once('close', () => finish('broken'));
  });
}

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

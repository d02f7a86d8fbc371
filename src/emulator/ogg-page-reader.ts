/**
 * Cuts one Ogg stream into pages, however it arrives. Checks the capture pattern and the version, not the checksum; knows
 * nothing about Opus.
 */
import { AudioFormatError } from './animator.js';

export interface OggPage {
  /** Position at the end of the page, or undefined when no packet ends on it. */
  readonly granule: number | undefined;
  /** The whole page, header included. */
  readonly bytes: Uint8Array;
  readonly payload: Uint8Array;
}

const HEADER_BYTES = 27;

export class OggPageReader {
  #rest: Uint8Array = new Uint8Array(0);

  push(piece: Uint8Array): OggPage[] {
    let bytes = Buffer.concat([this.#rest, piece]);
    const pages: OggPage[] = [];
    for (let page = readPage(bytes); page !== undefined; page = readPage(bytes)) {
      pages.push(page);
      bytes = bytes.subarray(page.bytes.length);
    }
    this.#rest = bytes;
    return pages;
  }
}

function readPage(bytes: Buffer): OggPage | undefined {
  const pattern = 'OggS'.slice(0, Math.min(4, bytes.length));
  if (bytes.toString('latin1', 0, pattern.length) !== pattern || (bytes.length > 4 && bytes[4] !== 0)) {
    throw new AudioFormatError('audio is not an Ogg stream');
  }
  if (bytes.length < HEADER_BYTES) return undefined;
  const bodyAt = HEADER_BYTES + bytes.readUInt8(26);
  if (bytes.length < bodyAt) return undefined;
  const bodyBytes = bytes.subarray(HEADER_BYTES, bodyAt).reduce((sum, lacing) => sum + lacing, 0);
  if (bytes.length < bodyAt + bodyBytes) return undefined;
  const granule = bytes.readBigInt64LE(6);
  return {
    granule: granule < 0n ? undefined : Number(granule),
    bytes: bytes.subarray(0, bodyAt + bodyBytes),
    payload: bytes.subarray(bodyAt, bodyAt + bodyBytes),
  };
}

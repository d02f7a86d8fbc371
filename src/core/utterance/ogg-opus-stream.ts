/**
 * PCM to an Ogg Opus stream (RFC 3533, RFC 7845), piece by piece: cuts whole frames, has them encoded, and puts the packets into pages.
 * Latency is bounded: the first page goes out with the first frame, later ones hold at most 100 ms. What is not a whole frame yet waits
 * for the next piece, or for the end. Knows no codec: packets come from an `OpusEncoder`.
 */
import { SAMPLE_BYTES } from './sample-aligner.js';

/** What audio is encoded for: speech, anything, or the shortest delay. */
export type OpusApplication = 'voip' | 'audio' | 'restricted_lowdelay';
export const OPUS_APPLICATIONS = [
  'voip',
  'audio',
  'restricted_lowdelay',
] as const satisfies readonly OpusApplication[];

/** What an encoder is made for. */
export interface OpusEncoderSettings {
  /** Sample rate of the mono PCM s16le, Hz: 8000, 12000, 16000, 24000 or 48000. */
  readonly sampleRateHz: number;
  /** Audio in one packet, milliseconds: 10, 20, 40 or 60. */
  readonly frameDurationMs: number;
  /** What the audio is. */
  readonly application: OpusApplication;
  /** Bits per second; undefined lets the encoder choose. */
  readonly bitrate: number | undefined;
}

/** Makes Opus packets of mono PCM s16le. It has a state: there is one for each stream. */
export interface OpusEncoder {
  /** By how many samples of the PCM its output is late. */
  readonly lookaheadSamples: number;
  /** The packet of one frame, in memory of its own. `pcm` is read during the call only. */
  encode(pcm: Uint8Array): Uint8Array;
}

export interface OggOpusFormat {
  readonly sampleRateHz: number;
  /** Audio in one packet, milliseconds. */
  readonly frameDurationMs: number;
  /** Distinguishes the streams that one listener gets one after the other. */
  readonly serial: number;
}

/** Positions count samples at this rate, whatever the rate of the PCM. */
const POSITION_HZ = 48_000;
/** The most audio in one page, milliseconds. */
const PAGE_MS = 100;
const PAGE_HEADER_BYTES = 27;
/** A packet is cut into segments of 255 bytes; a shorter one, of 0 bytes perhaps, ends it. */
const SEGMENT_BYTES = 255;
const FIRST_PAGE = 2;
const LAST_PAGE = 4;
const CHECKSUM_AT = 22;
const EMPTY = new Uint8Array(0);

export class OggOpusStream {
  readonly #encoder: OpusEncoder;
  readonly #format: OggOpusFormat;
  /** How late the decoded audio is, samples of 48 kHz: a decoder drops so many at the beginning. */
  readonly #preSkip: number;
  readonly #positionsPerSample: number;
  readonly #positionsPerFrame: number;
  readonly #packetsPerPage: number;
  /** The frame that is coming in. */
  readonly #frame: Uint8Array;
  #frameFill = 0;
  /** Packets of the page that is not full yet. */
  #packets: Uint8Array[] = [];
  #pages = 0;
  #pcmBytes = 0;
  /** Of all packets, samples of 48 kHz. */
  #position = 0;

  constructor(encoder: OpusEncoder, format: OggOpusFormat) {
    const { sampleRateHz, frameDurationMs } = format;
    this.#encoder = encoder;
    this.#format = format;
    this.#positionsPerSample = POSITION_HZ / sampleRateHz;
    this.#positionsPerFrame = (POSITION_HZ * frameDurationMs) / 1_000;
    this.#packetsPerPage = Math.max(1, Math.floor(PAGE_MS / frameDurationMs));
    this.#preSkip = encoder.lookaheadSamples * this.#positionsPerSample;
    this.#frame = new Uint8Array((SAMPLE_BYTES * sampleRateHz * frameDurationMs) / 1_000);
  }

  /**
   * The next bytes of the stream for the next piece of PCM, cut anywhere; with `end` all that are left. The first bytes are the headers.
   * Nothing after nothing, and a stream without audio has no bytes.
   */
  push(pcm: Uint8Array, end: boolean): Uint8Array {
    if (pcm.length === 0 && !(end && this.#pcmBytes > 0)) return EMPTY;
    const pages: Uint8Array[] = this.#pages === 0 ? [this.#headPage(), this.#tagsPage()] : [];
    this.#pcmBytes += pcm.length;
    this.#encode(pcm, pages);
    if (end) this.#finish(pages);
    // The headers are two pages: this is the first one with audio.
    else if (this.#pages === 2 && this.#packets.length > 0) pages.push(this.#page(this.#position, 0));
    return joined(pages);
  }

  #encode(pcm: Uint8Array, pages: Uint8Array[]): void {
    const frame = this.#frame;
    for (let at = 0; at < pcm.length;) {
      const missing = frame.length - this.#frameFill;
      const part = pcm.subarray(at, at + missing);
      at += part.length;
      // A whole frame needs no copy.
      if (part.length === frame.length) this.#add(part);
      else {
        frame.set(part, this.#frameFill);
        this.#frameFill += part.length;
        if (part.length < missing) return;
        this.#frameFill = 0;
        this.#add(frame);
      }
      if (this.#packets.length === this.#packetsPerPage) pages.push(this.#page(this.#position, 0));
    }
  }

  /** Silence follows, until the last sample has come out of the encoder; a decoder cuts off what is too much. */
  #finish(pages: Uint8Array[]): void {
    const endPosition = this.#preSkip + Math.floor(this.#pcmBytes / SAMPLE_BYTES) * this.#positionsPerSample;
    while (this.#position < endPosition) {
      if (this.#packets.length === this.#packetsPerPage) pages.push(this.#page(this.#position, 0));
      this.#frame.fill(0, this.#frameFill);
      this.#frameFill = 0;
      this.#add(this.#frame);
    }
    pages.push(this.#page(endPosition, LAST_PAGE));
  }

  #add(frame: Uint8Array): void {
    this.#packets.push(this.#encoder.encode(frame));
    this.#position += this.#positionsPerFrame;
  }

  #headPage(): Uint8Array {
    const { sampleRateHz } = this.#format;
    const head = new Uint8Array(19);
    const view = new DataView(head.buffer);
    head.set(ascii('OpusHead'));
    view.setUint8(8, 1); // Version.
    view.setUint8(9, 1); // Mono.
    view.setUint16(10, this.#preSkip, true);
    view.setUint32(12, sampleRateHz, true);
    this.#packets = [head];
    return this.#page(0, FIRST_PAGE);
  }

  /** The name of the maker, and no comments. */
  #tagsPage(): Uint8Array {
    const maker = ascii('avatarkit-session');
    const tags = new Uint8Array(8 + 4 + maker.length + 4);
    tags.set(ascii('OpusTags'));
    new DataView(tags.buffer).setUint32(8, maker.length, true);
    tags.set(maker, 12);
    this.#packets = [tags];
    return this.#page(0, 0);
  }

  /** A page of all packets that wait. */
  #page(position: number, flags: number): Uint8Array {
    const packets = this.#packets;
    this.#packets = [];
    const segments = packets.flatMap(({ length }) => segmentsOf(length));
    const bodyBytes = packets.reduce((bytes, { length }) => bytes + length, 0);
    let at = PAGE_HEADER_BYTES + segments.length;
    const page = new Uint8Array(at + bodyBytes);
    const view = new DataView(page.buffer);
    page.set(ascii('OggS'));
    view.setUint8(5, flags);
    view.setUint32(6, position, true);
    view.setUint32(10, Math.floor(position / 2 ** 32), true);
    view.setUint32(14, this.#format.serial, true);
    view.setUint32(18, this.#pages, true);
    view.setUint8(26, segments.length);
    page.set(segments, PAGE_HEADER_BYTES);
    for (const packet of packets) {
      page.set(packet, at);
      at += packet.length;
    }
    view.setUint32(CHECKSUM_AT, checksum(page), true);
    this.#pages += 1;
    return page;
  }
}

function segmentsOf(bytes: number): number[] {
  const full = Math.floor(bytes / SEGMENT_BYTES);
  return [...new Array<number>(full).fill(SEGMENT_BYTES), bytes % SEGMENT_BYTES];
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only = EMPTY] = parts;
  if (parts.length < 2) return only;
  const whole = new Uint8Array(parts.reduce((bytes, { length }) => bytes + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const POLYNOMIAL = 0x04c11db7;
let table: Uint32Array | undefined;

/** CRC-32 of the page whose checksum is zero: not reflected, and without complements. */
function checksum(page: Uint8Array): number {
  table ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte << 24;
    for (let bit = 0; bit < 8; bit += 1) crc = crc < 0 ? (crc << 1) ^ POLYNOMIAL : crc << 1;
    return crc;
  });
  let crc = 0;
  for (const byte of page) crc = (crc << 8) ^ (table[(crc >>> 24) ^ byte] ?? 0);
  return crc >>> 0;
}

/**
 * PCM to an Ogg Opus stream (RFC 3533, RFC 7845), piece by piece: cuts whole frames, has them encoded, and puts the packets into pages.
 * Latency is bounded: the first page goes out with the first frame, later ones hold at most 100 ms. An incomplete frame waits for the
 * next piece, or for the end. Independent of the codec: an `OpusEncoder` makes the packets.
 */
import { SAMPLE_BYTES } from './sample-aligner.js';

/** The kind of audio to encode for: speech, any audio, or the shortest delay. */
export type OpusApplication = 'voip' | 'audio' | 'restricted_lowdelay';
export const OPUS_APPLICATIONS = [
  'voip',
  'audio',
  'restricted_lowdelay',
] as const satisfies readonly OpusApplication[];

/** The settings that an encoder is created with. */
export interface OpusEncoderSettings {
  /** Sample rate of the mono PCM s16le, Hz: 8000, 12000, 16000, 24000 or 48000. */
  readonly sampleRateHz: number;
  /** Audio in one packet, milliseconds: 10, 20, 40 or 60. */
  readonly frameDurationMs: number;
  /** The kind of audio. */
  readonly application: OpusApplication;
  /** Bits per second; undefined lets the encoder choose. */
  readonly bitrate: number | undefined;
}

/** Encodes mono PCM s16le to Opus packets. It has state: each stream needs its own. */
export interface OpusEncoder {
  /** The delay of its output against the PCM, samples of the PCM. */
  readonly lookaheadSamples: number;
  /** The packet of one frame, in memory of its own. `pcm` is read during the call only. */
  encode(pcm: Uint8Array): Uint8Array;
}

export interface OggOpusFormat {
  readonly sampleRateHz: number;
  /** Audio in one packet, milliseconds. */
  readonly frameDurationMs: number;
  /** Distinguishes successive streams to the same listener. */
  readonly serial: number;
}

/** Positions count samples at this rate, whatever the rate of the PCM. */
const POSITION_HZ = 48_000;
/** The most audio in one page, milliseconds. */
const PAGE_MS = 100;
const PAGE_HEADER_BYTES = 27;
/** A packet is cut into segments of 255 bytes. The segment that ends it is shorter, and may be empty. */
const SEGMENT_BYTES = 255;
const FIRST_PAGE = 2;
const LAST_PAGE = 4;
const CHECKSUM_AT = 22;
const EMPTY = new Uint8Array(0);

export class OggOpusStream {
  readonly #encoder: OpusEncoder;
  readonly #format: OggOpusFormat;
  /** The delay of the decoded audio, samples of 48 kHz: a decoder drops that many at the beginning. */
  readonly #preSkip: number;
  readonly #positionsPerSample: number;
  readonly #positionsPerFrame: number;
  readonly #packetsPerPage: number;
  /** The frame that is being filled. */
  readonly #frame: Uint8Array;
  #frameFill = 0;
  /** Packets of the current page. */
  #packets: Uint8Array[] = [];
  #pages = 0;
  #pcmBytes = 0;
  /** The length of all packets so far, samples of 48 kHz. */
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
   * The next bytes of the stream for the next piece of PCM, which may be cut anywhere; with `end` all remaining bytes. The first bytes
   * are the headers. Without new packets the result is empty, and a stream without audio has no bytes.
   */
  push(pcm: Uint8Array, end: boolean): Uint8Array {
    if (pcm.length === 0 && !(end && this.#pcmBytes > 0)) return EMPTY;
    const pages: Uint8Array[] = this.#pages === 0 ? [this.#headPage(), this.#tagsPage()] : [];
    this.#pcmBytes += pcm.length;
    this.#encode(pcm, pages);
    if (end) this.#finish(pages);
    // The headers are two pages; this is the first page with audio.
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

  /** Appends silence until the encoder has put out the last sample. A decoder cuts off the excess. */
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

  /** The name of the encoding library, and no comments. */
  #tagsPage(): Uint8Array {
    const maker = ascii('avatarkit-session');
    const tags = new Uint8Array(8 + 4 + maker.length + 4);
    tags.set(ascii('OpusTags'));
    new DataView(tags.buffer).setUint32(8, maker.length, true);
    tags.set(maker, 12);
    this.#packets = [tags];
    return this.#page(0, 0);
  }

  /** A page with all waiting packets. */
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

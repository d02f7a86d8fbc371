/**
 * How long an Ogg Opus stream plays, from the headers of its pages alone (RFC 3533, RFC 7845): each page states the position at its end
 * in samples of 48 kHz, and the first page of a link states how many of them are skipped. Chunks may end anywhere. For bytes that are no
 * such stream the duration is unknown; they take no time and no memory.
 */

const SAMPLES_PER_MS = 48;
/** The longest Opus packet, samples. */
const MAX_PACKET_SAMPLES = 120 * SAMPLES_PER_MS;
/** The shortest Opus packet with its entry in the segment table, bytes. */
const MIN_PACKET_BYTES = 2;
/** The longest time that one byte of a stream can play. */
const MAX_MS_PER_BYTE = MAX_PACKET_SAMPLES / SAMPLES_PER_MS / MIN_PACKET_BYTES;
/** The limit where the duration is unknown: longer than a few bytes of a stream can play. */
const LEAST_LIMIT_MS = 120_000;

const CAPTURE_PATTERN = [0x4f, 0x67, 0x67, 0x53]; // OggS
const OPUS_HEAD = [0x4f, 0x70, 0x75, 0x73, 0x48, 0x65, 0x61, 0x64]; // OpusHead
const VERSION_AT = 4;
const GRANULE_AT = 6;
const SERIAL_AT = 14;
const SEGMENTS_AT = 26;
const TABLE_AT = 27;
const MAX_SEGMENTS = 255;
/** A segment of this size is continued by the next one; any other ends a packet. */
const FULL_SEGMENT = 255;
/** The offset of the pre-skip in the first page of a link, which has position 0. The body of that page is read up to the pre-skip. */
const PRE_SKIP_AT = 10;
const OPUS_HEAD_BYTES = 12;

export class OggOpusDuration {
  #bytes = 0;
  /** The head of the page that is being read: header, segment table, and the part of the body that is needed. */
  readonly #head = new Uint8Array(TABLE_AT + MAX_SEGMENTS + OPUS_HEAD_BYTES);
  #headBytes = 0;
  /** Bytes of a body that are still to come and are skipped. */
  #skipBytes = 0;
  /** Whether bytes have come that are no page. */
  #broken = false;
  /** The link that is being read: its serial number, the number of samples to skip, and its first and last position. */
  #serial: number | undefined;
  #preSkip = 0;
  #from: number | undefined;
  #to = 0;
  /** Samples of the links before the current one; undefined until one has ended. */
  #playable: number | undefined;

  /** The next bytes of the stream. */
  push(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    let at = 0;
    while (at < chunk.length && !this.#broken) {
      if (this.#skipBytes > 0) {
        const skipped = Math.min(this.#skipBytes, chunk.length - at);
        this.#skipBytes -= skipped;
        at += skipped;
      } else {
        this.#head[this.#headBytes] = chunk[at] ?? 0;
        this.#headBytes += 1;
        at += 1;
        this.#readHead();
      }
    }
  }

  /** The duration, milliseconds; undefined while it is unknown. At most what the number of bytes can play. */
  get ms(): number | undefined {
    if (this.#broken || (this.#playable === undefined && this.#from === undefined)) return undefined;
    const samples = (this.#playable ?? 0) + this.#linkSamples;
    return Math.min(samples / SAMPLES_PER_MS, this.#bytes * MAX_MS_PER_BYTE);
  }

  /** An upper bound of the duration, milliseconds, whatever the bytes are. */
  get limitMs(): number {
    return Math.max(this.#bytes * MAX_MS_PER_BYTE, LEAST_LIMIT_MS);
  }

  get #linkSamples(): number {
    return this.#from === undefined ? 0 : Math.max(0, this.#to - this.#from - this.#preSkip);
  }

  /** Called after each byte of the head. */
  #readHead(): void {
    const head = this.#head;
    const latest = this.#headBytes - 1;
    if (latest < VERSION_AT) this.#broken = head[latest] !== CAPTURE_PATTERN[latest];
    else if (latest === VERSION_AT) this.#broken = head[latest] !== 0;
    const bodyAt = TABLE_AT + (head[SEGMENTS_AT] ?? 0);
    if (this.#headBytes < bodyAt) return;
    let bodyBytes = 0;
    let packets = 0;
    for (let at = TABLE_AT; at < bodyAt; at += 1) {
      const size = head[at] ?? 0;
      bodyBytes += size;
      if (size < FULL_SEGMENT) packets += 1;
    }
    const granule = this.#uint32(GRANULE_AT) + this.#uint32(GRANULE_AT + 4) * 0x1_0000_0000;
    const readBytes = granule === 0 ? Math.min(bodyBytes, OPUS_HEAD_BYTES) : 0;
    if (this.#headBytes < bodyAt + readBytes) return;
    if (granule === 0) this.#beginLink(bodyAt, readBytes);
    else this.#goOn(granule, packets);
    this.#headBytes = 0;
    this.#skipBytes = bodyBytes - readBytes;
  }

  /** Begins a link at its first page of Opus. Other pages are ignored: comments, and links of other codecs. */
  #beginLink(bodyAt: number, readBytes: number): void {
    const head = this.#head;
    if (readBytes < OPUS_HEAD_BYTES || OPUS_HEAD.some((byte, at) => head[bodyAt + at] !== byte)) return;
    if (this.#from !== undefined) this.#playable = (this.#playable ?? 0) + this.#linkSamples;
    this.#serial = this.#uint32(SERIAL_AT);
    this.#preSkip = (head[bodyAt + PRE_SKIP_AT] ?? 0) + (head[bodyAt + PRE_SKIP_AT + 1] ?? 0) * 0x100;
    this.#from = undefined;
    this.#to = 0;
  }

  #goOn(granule: number, packets: number): void {
    // On a page with position -1 no packet ends; other negative positions have no meaning.
    if (granule >= 2 ** 63 || this.#uint32(SERIAL_AT) !== this.#serial) return;
    // A stream that was cut out of a longer one does not begin at 0: its first page can't contain that much audio.
    this.#from ??= Math.max(0, granule - packets * MAX_PACKET_SAMPLES);
    this.#to = Math.max(this.#to, granule);
  }

  #uint32(at: number): number {
    const head = this.#head;
    const [b0 = 0, b1 = 0, b2 = 0, b3 = 0] = [head[at], head[at + 1], head[at + 2], head[at + 3]];
    return (b0 | (b1 << 8) | (b2 << 16) | (b3 << 24)) >>> 0;
  }
}

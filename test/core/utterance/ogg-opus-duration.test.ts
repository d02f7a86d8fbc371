/**
 * The duration of Ogg Opus, computed from its pages, for chunks of any size and with any other bytes between
 * them.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OggOpusDuration } from '../../../src/core/utterance/ogg-opus-duration.js';

interface PageOf {
  readonly serial?: number;
  readonly flags?: number;
  readonly granule: bigint | number;
  /** The packets on the page. */
  readonly packets: readonly Uint8Array[];
}

const BEGINS = 2;
const ENDS = 4;

function page({ serial = 1, flags = 0, granule, packets }: PageOf): Uint8Array {
  const table = packets.flatMap(({ length }) => [
    ...Array<number>(Math.floor(length / 255)).fill(255),
    length % 255,
  ]);
  const header = Buffer.alloc(27);
  header.write('OggS', 'latin1');
  header[5] = flags;
  header.writeBigInt64LE(BigInt(granule), 6);
  header.writeUInt32LE(serial, 14);
  header[26] = table.length;
  return Buffer.concat([header, Buffer.from(table), ...packets]);
}

function opusHead(preSkip: number, serial = 1): Uint8Array {
  const packet = Buffer.alloc(19);
  packet.write('OpusHead', 'latin1');
  packet[8] = 1;
  packet[9] = 1;
  packet.writeUInt16LE(preSkip, 10);
  return page({ serial, flags: BEGINS, granule: 0, packets: [packet] });
}

const tags = (serial = 1): Uint8Array =>
  page({ serial, granule: 0, packets: [Buffer.from(`OpusTags${' '.repeat(600)}`)] });

/** `count` packets of 20 ms and 80 bytes on one page that ends at `granule`. */
const sound = (granule: bigint | number, count = 50, serial = 1): Uint8Array =>
  page({ serial, granule, packets: Array.from({ length: count }, () => new Uint8Array(80)) });

/** Two seconds of audio on two pages. */
const TWO_SECONDS = Buffer.concat([opusHead(312), tags(), sound(48_000 + 312), sound(96_000 + 312)]);

/** A copy in which the beginning of the last page is replaced. */
function damaged(bytes: Uint8Array, begins: string, damagedTo: string): Uint8Array {
  const copy = Buffer.from(bytes);
  copy.write(damagedTo, copy.lastIndexOf(begins), 'latin1');
  return copy;
}

function durationOf(bytes: Uint8Array, chunkBytes = bytes.length): number | undefined {
  const duration = new OggOpusDuration();
  for (let at = 0; at < bytes.length; at += chunkBytes) duration.push(bytes.subarray(at, at + chunkBytes));
  return duration.ms;
}

describe('the duration of Ogg Opus', () => {
  it('is the last granule position minus the pre-skip, at 48 kHz', () => {
    expect(durationOf(TWO_SECONDS)).toBe(2_000);
  });

  it('is the same for any chunks: several pages in one, or one page in many', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(700), { minLength: 1, maxLength: 40 }), (sizes) => {
        const duration = new OggOpusDuration();
        let at = 0;
        for (let nth = 0; at < TWO_SECONDS.length; nth += 1) {
          const size = sizes[nth % sizes.length] ?? 0;
          duration.push(TWO_SECONDS.subarray(at, at + Math.max(size, nth % 2)));
          at += Math.max(size, nth % 2);
        }
        expect(duration.ms).toBe(2_000);
      }),
    );
    expect(durationOf(TWO_SECONDS, 1)).toBe(2_000);
  });

  it('grows with every page, and is unknown before the first page with audio', () => {
    const duration = new OggOpusDuration();
    const known = [opusHead(312), tags(), sound(48_000 + 312), sound(96_000 + 312)].map((piece) => {
      duration.push(piece);
      return duration.ms;
    });
    expect(known).toEqual([undefined, undefined, 1_000, 2_000]);
  });

  it('accepts a packet across several pages: a page on which no packet ends has no position', () => {
    const full = Buffer.from(page({ granule: -1, packets: [new Uint8Array(254 * 255)] }));
    // All segments of this page are full, so its packet continues on the next page.
    full[26] = 254;
    const open = Buffer.concat([full.subarray(0, 27 + 254), full.subarray(27 + 255)]);
    expect(durationOf(Buffer.concat([opusHead(0), tags(), open, sound(48_000)]))).toBe(1_000);
    expect(durationOf(Buffer.concat([opusHead(0), tags(), sound(48_000), open]))).toBe(1_000);
  });

  it('is the sum of the links of a chained stream, with different or equal serial numbers', () => {
    const link = (serial: number): Uint8Array =>
      Buffer.concat([opusHead(312, serial), tags(serial), sound(48_000 + 312, 50, serial)]);
    expect(durationOf(Buffer.concat([link(1), link(2), link(2)]))).toBe(3_000);
  });

  it('is that of the previous links while the next link begins', () => {
    expect(durationOf(Buffer.concat([TWO_SECONDS, opusHead(312, 2), tags(2)]))).toBe(2_000);
  });

  it('ignores a page with little content', () => {
    const little = page({ serial: 9, flags: BEGINS, granule: 0, packets: [Buffer.from('short')] });
    expect(durationOf(Buffer.concat([little, TWO_SECONDS]))).toBe(2_000);
  });

  it('does not include pages of other streams', () => {
    const other = page({ serial: 9, flags: BEGINS, granule: 0, packets: [Buffer.from('fishead and more')] });
    const mixed = [opusHead(312), other, tags(), sound(999_000, 50, 9), sound(48_000 + 312)];
    expect(durationOf(Buffer.concat(mixed))).toBe(1_000);
  });

  it('of a part that was cut from a longer stream counts from about the beginning of the part', () => {
    const hourMs = 3_600_000;
    const granule = hourMs * 48 + 312;
    const cut = Buffer.concat([opusHead(312), tags(), sound(granule + 48_000), sound(granule + 96_000)]);
    // The 50 packets on the first page are 6 s at most.
    expect(durationOf(cut)).toBeGreaterThanOrEqual(1_000);
    expect(durationOf(cut)).toBeLessThanOrEqual(7_000);
  });

  it('ends at the position of the last page, also in the middle of a packet', () => {
    const last = page({ flags: ENDS, granule: 50_000 + 312, packets: [new Uint8Array(80)] });
    const ended = Buffer.concat([opusHead(312), tags(), sound(48_000 + 312), last]);
    expect(durationOf(ended)).toBeCloseTo(50_000 / 48, 6);
  });

  it('never decreases', () => {
    expect(durationOf(Buffer.concat([TWO_SECONDS, sound(48_000)]))).toBe(2_000);
  });
});

describe('bytes that are not valid Ogg Opus', () => {
  it.each<readonly [string, Uint8Array]>([
    ['nothing', new Uint8Array(0)],
    ['zeros', new Uint8Array(24_000)],
    ['a WAV file', Buffer.from('RIFF....WAVEfmt ')],
    ['another version of Ogg', Buffer.concat([Buffer.from('OggS'), Buffer.alloc(23, 1)])],
    ['a stream without its first page', Buffer.concat([tags(), sound(48_000)])],
    [
      'another codec',
      Buffer.concat([page({ flags: BEGINS, granule: 0, packets: [Buffer.alloc(30, 1)] }), sound(48_000)]),
    ],
    [
      'a first page with too little content',
      Buffer.concat([page({ flags: BEGINS, granule: 0, packets: [Buffer.from('OpusHead')] }), sound(48_000)]),
    ],
    ['a page with a wrong beginning', damaged(TWO_SECONDS, 'O', 'o')],
    ['a page of another version', damaged(TWO_SECONDS, 'OggS\0', 'OggS\u0001')],
    ['garbage after valid pages', Buffer.concat([TWO_SECONDS, Buffer.from('garbage')])],
  ])('have no duration: %s', (_what, bytes) => {
    expect(durationOf(bytes)).toBeUndefined();
    expect(durationOf(bytes, 1)).toBeUndefined();
  });

  it('have at most the duration that their number of bytes allows', () => {
    const claim = Buffer.concat([opusHead(0), tags(), sound(48_000), sound(2n ** 62n)]);
    expect(durationOf(claim)).toBe(claim.length * 60);
    expect(durationOf(Buffer.concat([opusHead(0), tags(), sound(-(2n ** 62n))]))).toBeUndefined();
  });

  it('have a limit that grows with the number of bytes', () => {
    const duration = new OggOpusDuration();
    expect(duration.limitMs).toBe(120_000);
    duration.push(new Uint8Array(10_000));
    expect(duration.limitMs).toBe(600_000);
  });

  it('never cause an error or a negative duration', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.constantFrom(
        opusHead(312),
        opusHead(65_535, 2),
        tags(),
        sound(48_000),
        sound(-1),
        Buffer.from('OggS'),
      ),
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 20 }),
        fc.integer({ min: 1, max: 50 }),
        (pieces, chunkBytes) => {
          const ms = durationOf(Buffer.concat(pieces), chunkBytes);
          expect(ms ?? 0).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });
});

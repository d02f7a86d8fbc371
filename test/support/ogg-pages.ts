/**
 * Reads Ogg pages (RFC 3533), their packets, and the audio that a decoder returns for them, independently of
 * the writer.
 */
export interface Page {
  readonly flags: number;
  readonly granule: number;
  readonly serial: number;
  readonly number: number;
  readonly checksumIsRight: boolean;
  readonly packets: readonly Uint8Array[];
}

export function pagesOf(stream: Uint8Array): Page[] {
  const pages: Page[] = [];
  for (let at = 0; at < stream.length;) {
    const bytes = Buffer.from(stream.subarray(at));
    if (bytes.toString('latin1', 0, 4) !== 'OggS' || bytes[4] !== 0) throw new Error(`no page at byte ${at}`);
    const bodyAt = 27 + bytes.readUInt8(26);
    let end = bodyAt;
    const packets: Uint8Array[] = [];
    for (let segment = 27, from = bodyAt; segment < bodyAt; segment += 1) {
      end += bytes[segment] ?? 0;
      if (bytes[segment] === 255) continue;
      packets.push(Uint8Array.from(bytes.subarray(from, end)));
      from = end;
    }
    if (end > bytes.length) throw new Error(`the page at byte ${at} is cut off`);
    pages.push({
      flags: bytes.readUInt8(5),
      granule: Number(bytes.readBigInt64LE(6)),
      serial: bytes.readUInt32LE(14),
      number: bytes.readUInt32LE(18),
      checksumIsRight: bytes.readUInt32LE(22) === slowChecksum(bytes.subarray(0, end)),
      packets,
    });
    at += end;
  }
  return pages;
}

/** The checksum, computed bit by bit as the RFC describes it. */
function slowChecksum(page: Uint8Array): number {
  let crc = 0n;
  for (const [index, byte] of page.entries()) {
    crc ^= BigInt(index >= 22 && index < 26 ? 0 : byte) << 24n;
    for (let bit = 0; bit < 8; bit += 1)
      crc = ((crc << 1n) ^ (crc >> 31n ? 0x104c11db7n : 0n)) & 0xffff_ffffn;
  }
  return Number(crc);
}

/**
 * The output of a decoder whose packets are PCM: from the end of the pre-skip to the position of the last
 * page.
 */
export function decodedPcm(stream: Uint8Array, sampleRateHz: number): Uint8Array {
  const [head, , ...pages] = pagesOf(stream);
  const preSkip = Buffer.from(head?.packets[0] ?? []).readUInt16LE(10);
  const bytesAt = (granule: number): number => (2 * granule * sampleRateHz) / 48_000;
  const pcm = Buffer.concat(pages.flatMap(({ packets }) => packets));
  return Uint8Array.from(pcm.subarray(bytesAt(preSkip), bytesAt(pages.at(-1)?.granule ?? preSkip)));
}

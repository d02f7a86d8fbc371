/**
 * An Ogg Opus stream with valid framing and synthetic packets for tests: 20 ms per packet, one page per
 * packet, pre-skip 312.
 */
const PRE_SKIP = 312;
const GRANULES_PER_MS = 48;

export function opusStream(durationMs: number): Uint8Array {
  const head = Buffer.concat([
    Buffer.from('OpusHead'),
    Buffer.from([1, 1, PRE_SKIP & 0xff, PRE_SKIP >> 8]),
    Buffer.alloc(7),
  ]);
  const pages = [page(0, head), page(0, Buffer.from('OpusTags'))];
  for (let atMs = 20; atMs < durationMs + 20; atMs += 20) {
    const endMs = Math.min(atMs, durationMs);
    const packet = Buffer.from(Array.from({ length: 300 }, (_, index) => (index * 31 + atMs) % 256));
    pages.push(page(PRE_SKIP + endMs * GRANULES_PER_MS, packet));
  }
  return Buffer.concat(pages);
}

function page(granule: number, packet: Buffer): Buffer {
  const header = Buffer.alloc(27);
  header.write('OggS', 'latin1');
  header.writeBigInt64LE(BigInt(granule), 6);
  const lacing = [...Array<number>(Math.floor(packet.length / 255)).fill(255), packet.length % 255];
  header.writeUInt8(lacing.length, 26);
  return Buffer.concat([header, Buffer.from(lacing), packet]);
}

/**
 * Synthetic speech as an Ogg Opus stream: noise in packets of 20 ms, one page per packet, with correct
 * granule positions.
 */

const PRE_SKIP = 312;
const GRANULES_PER_MS = 48;
const PACKET_MS = 20;
const LEAST_PACKET_BYTES = 20;
const MOST_PACKET_BYTES = 160;

export function opusSpeech(durationMs: number, draw: () => number): Uint8Array {
  const head = Buffer.concat([
    Buffer.from('OpusHead'),
    Buffer.from([1, 1, PRE_SKIP & 0xff, PRE_SKIP >> 8]),
    Buffer.alloc(7),
  ]);
  const pages = [page(0, head), page(0, Buffer.from('OpusTags'))];
  for (let fromMs = 0; fromMs < durationMs; fromMs += PACKET_MS) {
    const toMs = Math.min(fromMs + PACKET_MS, durationMs);
    const length = LEAST_PACKET_BYTES + Math.floor(draw() * (MOST_PACKET_BYTES - LEAST_PACKET_BYTES));
    const packet = Buffer.from(Array.from({ length }, () => Math.floor(draw() * 256)));
    pages.push(page(Math.round(PRE_SKIP + toMs * GRANULES_PER_MS), packet));
  }
  return Buffer.concat(pages);
}

/** Each packet is shorter than 255 bytes, so it needs one lacing value. */
function page(granule: number, packet: Buffer): Buffer {
  const header = Buffer.alloc(28);
  header.write('OggS', 'latin1');
  header.writeBigInt64LE(BigInt(granule), 6);
  header.writeUInt8(1, 26);
  header.writeUInt8(packet.length, 27);
  return Buffer.concat([header, packet]);
}

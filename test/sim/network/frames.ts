/** Sizes of WebSocket frames on the wire, as far as a cut at some byte of them matters. */

const CLIENT_MASK_BYTES = 4;

/** Header and payload; a client's frame is masked. */
export function frameBytes(payloadBytes: number, by: 'client' | 'service'): number {
  const lengthBytes = payloadBytes < 126 ? 2 : payloadBytes < 65_536 ? 4 : 10;
  return lengthBytes + (by === 'client' ? CLIENT_MASK_BYTES : 0) + payloadBytes;
}

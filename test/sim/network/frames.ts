/** Sizes of WebSocket frames on the wire, exact enough to cut a connection at any byte of them. */

const CLIENT_MASK_BYTES = 4;

/** The size of header and payload. A frame of the client is masked. */
export function frameBytes(payloadBytes: number, by: 'client' | 'service'): number {
  const lengthBytes = payloadBytes < 126 ? 2 : payloadBytes < 65_536 ? 4 : 10;
  return lengthBytes + (by === 'client' ? CLIENT_MASK_BYTES : 0) + payloadBytes;
}

/**
 * The binary messages of the relay's own dialect, for both sides: the audio and the frames of one request. Runs in browsers: imports
 * nothing, and uses only what the web and Node share.
 *
 * ```text
 * byte 0      1 audio, 2 frame
 * byte 1      flags: 1 is the end of the request; the other bits are 0
 * byte 2      n, the length of the request id
 * n bytes     the request id, UTF-8
 * the rest    audio in the format that `ready` has named, or the protobuf envelope of the service as it came
 * ```
 */

/** One binary message of the relay. */
export interface BinaryMessage {
  /** The kind of the payload. */
  readonly type: 'audio' | 'frame';
  /** The request that it belongs to. */
  readonly reqId: string;
  /** For audio: no more audio of the request follows. For a frame: it is the last one. */
  readonly end: boolean;
  /** Audio, or an envelope. */
  readonly payload: Uint8Array;
}

const TYPES = ['audio', 'frame'] as const;
const FIRST_TYPE = 1;
const END_FLAG = 1;
const HEADER_BYTES = 3;
const MAX_ID_BYTES = 255;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** @throws RangeError for a request id of more than 255 bytes */
export function encodeBinaryMessage({ type, reqId, end, payload }: BinaryMessage): Uint8Array {
  const id = encoder.encode(reqId);
  if (id.length > MAX_ID_BYTES)
    throw new RangeError(`a request id has at most ${MAX_ID_BYTES} bytes, got ${id.length}`);
  const bytes = new Uint8Array(HEADER_BYTES + id.length + payload.length);
  bytes[0] = FIRST_TYPE + TYPES.indexOf(type);
  bytes[1] = end ? END_FLAG : 0;
  bytes[2] = id.length;
  bytes.set(id, HEADER_BYTES);
  bytes.set(payload, HEADER_BYTES + id.length);
  return bytes;
}

/** Undefined for bytes that are no such message, and for types of later versions. The payload is a view of `bytes`. */
export function decodeBinaryMessage(bytes: Uint8Array): BinaryMessage | undefined {
  const [code = 0, flags = 0, idBytes = 0] = bytes;
  const type = TYPES[code - FIRST_TYPE];
  const from = HEADER_BYTES + idBytes;
  if (type === undefined || bytes.length < from) return undefined;
  try {
    const reqId = decoder.decode(bytes.subarray(HEADER_BYTES, from));
    return { type, reqId, end: (flags & END_FLAG) !== 0, payload: bytes.subarray(from) };
  } catch {
    return undefined; // The id is not UTF-8.
  }
}

/** What an application may hand over as audio. */

/** Bytes in the session's audio format; typed arrays are taken as the bytes they view. */
export type AudioChunk = Uint8Array | ArrayBuffer | ArrayBufferView;

/** What was given as audio is none. */
export class NotAudioError extends TypeError {}

/** A view of the same memory. Throws TypeError for anything else; strings and plain arrays are no audio. */
export function toBytes(chunk: AudioChunk): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
  const given: unknown = chunk;
  const kind = given === null ? 'null' : Array.isArray(given) ? 'an array' : typeof given;
  throw new NotAudioError(`audio must be a Uint8Array, an ArrayBuffer or a view of one, got ${kind}`);
}

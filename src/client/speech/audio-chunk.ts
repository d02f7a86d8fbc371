/** The kinds of values that are accepted as audio, and their bytes. Must not know utterances. */
import { kindOf } from '../../core/option/shown-value.js';

/**
 * Bytes in the session's audio format; of typed arrays of whole numbers the viewed bytes are taken. Floats are no 16-bit samples: they
 * need a `format`, or a conversion of `avatarkit-session/audio`.
 */
export type AudioChunk =
  | ArrayBuffer
  | Uint8Array
  | Uint8ClampedArray
  | Int8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | DataView;

/** Audio for `session.speak`: bytes, or a source of bytes: an array, a generator, a Node or web stream. */
export type AudioSource = AudioChunk | Iterable<AudioChunk> | AsyncIterable<AudioChunk>;

/**
 * A source, or a function that makes one: it is called at once, with a signal that is aborted when the utterance is interrupted or fails.
 */
export type SpeakSource<Source = AudioSource> = Source | ((signal: AbortSignal) => Source | Promise<Source>);

/** A source that is converted, for `session.speak` with a `format`: it may also yield floats. */
export type FormattedSource =
  | AudioChunk
  | Float32Array
  | Iterable<AudioChunk | Float32Array>
  | AsyncIterable<AudioChunk | Float32Array>;

/** The error for a value that was given as audio but is none. */
export class NotAudioError extends TypeError {}

/**
 * A view of the same memory, for values of any realm. Throws TypeError for anything else: strings and plain arrays are no audio, floats
 * are no 16-bit samples, and transferred memory has no content.
 */
export function toBytes(chunk: AudioChunk): Uint8Array {
  if (ArrayBuffer.isView(chunk)) {
    // An empty view may be detached: its memory was transferred to another thread.
    if (chunk instanceof Uint8Array && chunk.length > 0) return chunk;
    return bytesOfView(chunk);
  }
  const byteLength = byteLengthOf(chunk);
  if (byteLength !== undefined) return byteLength > 0 ? new Uint8Array(chunk) : bytesOf(chunk, 0, 0);
  const kind = isSharedMemory(chunk) ? 'a SharedArrayBuffer: give a view of it' : kindOf(chunk);
  throw new NotAudioError(`audio must be a Uint8Array, an ArrayBuffer or a view of one, got ${kind}`);
}

/**
 * Checks that a value is audio or a source of audio. The chunks of a source are checked when they are read.
 *
 * @throws TypeError for a value that is neither audio nor iterable, and for audio that `toBytes` refuses
 */
export function checkSource(source: AudioSource): void {
  if (!isIterable(source)) toBytes(source);
}

/** False for typed arrays, which are audio themselves. True for an object whose members throw: then reading the source fails. */
function isIterable(source: AudioSource): source is Exclude<AudioSource, AudioChunk> {
  if (typeof source !== 'object' || (source as unknown) === null || ArrayBuffer.isView(source)) return false;
  try {
    return 'getReader' in source || Symbol.asyncIterator in source || Symbol.iterator in source;
  } catch {
    return true;
  }
}

const TYPED_ARRAY = Object.getPrototypeOf(Uint8Array.prototype) as object;

/** `Float32Array` for one of any realm and any subclass; undefined for a DataView. */
export function kindOfArray(view: ArrayBufferView): string | undefined {
  return Reflect.get<object, symbol>(TYPED_ARRAY, Symbol.toStringTag, view) as string | undefined;
}

function bytesOfView(view: ArrayBufferView): Uint8Array {
  const kind = kindOfArray(view);
  if (kind?.startsWith('Float') === true) {
    throw new NotAudioError(
      `audio must be samples of 16 bits, got a ${kind}: convert it by fromFloat32 of avatarkit-session/audio, ` +
        "or say it with speak(source, { format: { encoding: 'pcm_f32le', sampleRateHz } })",
    );
  }
  try {
    return bytesOf(view.buffer, view.byteOffset, view.byteLength);
  } catch (error) {
    // Reading the offsets of a DataView with detached memory throws.
    throw error instanceof NotAudioError ? error : detached();
  }
}

function bytesOf(buffer: ArrayBufferLike, byteOffset: number, byteLength: number): Uint8Array {
  try {
    return new Uint8Array(buffer, byteOffset, byteLength);
  } catch {
    throw detached();
  }
}

function detached(): NotAudioError {
  return new NotAudioError(
    'audio must have its memory, got a detached buffer: it was transferred to another thread',
  );
}

/** The length of an ArrayBuffer of any realm; undefined for any other value. */
function byteLengthOf(value: unknown): number | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  try {
    return Reflect.get<ArrayBuffer, 'byteLength'>(ArrayBuffer.prototype, 'byteLength', value);
  } catch {
    return undefined;
  }
}

function isSharedMemory(value: unknown): boolean {
  try {
    return typeof value === 'object' && value instanceof SharedArrayBuffer;
  } catch {
    return false; // A revoked Proxy.
  }
}

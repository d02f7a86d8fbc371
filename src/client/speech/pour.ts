/** Speaks a whole source of audio: bytes, or anything that can be looped over, Node and web streams included. */
import { toBytes } from './audio-chunk.js';
import type { AudioChunk } from './audio-chunk.js';
import type { Utterance } from './utterance.js';

export type AudioSource = AudioChunk | Iterable<AudioChunk> | AsyncIterable<AudioChunk>;

/**
 * Writes the source at the pace of the socket, then ends the utterance. When the utterance is over first, the source is
 * left (its `return` is called). Resolves with the error of a write that was refused, if one was. Rejects only with what the
 * source itself threw, or a TypeError for what is no audio.
 */
export async function pour(utterance: Utterance, source: AudioSource): Promise<unknown> {
  if (!isIterable(source)) {
    return refusalOf(utterance.end(toBytes(source)));
  }
  for await (const chunk of source) {
    const refusal = await refusalOf(utterance.write(toBytes(chunk)));
    if (refusal !== undefined) return refusal;
  }
  return refusalOf(utterance.end());
}

/** Typed arrays are iterable too, as numbers: they are audio, not a source of it. Strings are neither. */
function isIterable(source: AudioSource): source is Iterable<AudioChunk> | AsyncIterable<AudioChunk> {
  if (
    typeof source !== 'object' ||
    (source as unknown) === null ||
    ArrayBuffer.isView(source) ||
    Array.isArray(source)
  )
    return Array.isArray(source);
  return Symbol.asyncIterator in source || Symbol.iterator in source;
}

async function refusalOf(write: Promise<void>): Promise<unknown> {
  try {
    await write;
    return undefined;
  } catch (refusal) {
    return refusal;
  }
}

/** Base64 texts to PCM: each of its own, as in the messages of a provider, or one text that is split anywhere. */
import { Buffer } from 'node:buffer';
import { NotAudioError } from '../client/speech/audio-chunk.js';
import { requireFunction } from '../core/option/option-check.js';
import { SAMPLE_BYTES } from '../core/utterance/audio-rails.js';
import { BytePieces } from './byte-pieces.js';
import { ConvertedAudio, refuseChunk } from './converted-audio.js';
import type { Source, Stage } from './converted-audio.js';

const PIECE_BYTES = 32 * 1024;
/** Base64 and its variant for URLs; line breaks are removed before. */
const BASE64 = /^[A-Za-z0-9+/_-]*$/;

/**
 * Base64 of PCM s16le to bytes. A text without padding may go on in the next one. An odd byte at the end of the source is dropped.
 *
 * @param source texts, or with `pick` anything, such as a provider's messages
 * @param pick the text of an item; undefined or null for an item without audio, which is left out
 * @throws TypeError for what is no source; while it is read, for a text that is no base64
 * @example
 * ```ts
 * session.speak(fromBase64(messages, (message) => (message.type === 'response.output_audio.delta' ? message.delta : undefined)));
 * ```
 */
export function fromBase64(source: Source<string>): AsyncIterableIterator<Uint8Array, undefined>;
export function fromBase64<Item>(
  source: Iterable<Item> | AsyncIterable<Item>,
  pick: (item: Item) => string | null | undefined,
): AsyncIterableIterator<Uint8Array, undefined>;
export function fromBase64(
  source: unknown,
  pick?: (item: never) => string | null | undefined,
): AsyncIterableIterator<Uint8Array, undefined> {
  if (pick !== undefined) requireFunction('pick', pick);
  return new ConvertedAudio(source, new Base64Stage(pick as ((item: unknown) => unknown) | undefined));
}

class Base64Stage implements Stage {
  readonly #pick: ((item: unknown) => unknown) | undefined;
  readonly #pieces = new BytePieces(SAMPLE_BYTES, PIECE_BYTES);
  /** At most three characters: the rest of their group may come with the next text. */
  #rest = '';

  constructor(pick: ((item: unknown) => unknown) | undefined) {
    this.#pick = pick;
  }

  feed(item: unknown): void {
    const picked = this.#pick === undefined ? item : this.#pick(item);
    if (this.#pick !== undefined && (picked === undefined || picked === null)) return;
    if (typeof picked !== 'string') refuseChunk('base64 text', picked);
    const parts = (this.#rest + picked.replaceAll(/\s/g, '')).split(/=+/);
    this.#rest = '';
    const last = parts.pop() ?? '';
    const whole = last.length - (last.length % 4);
    // Padding ends a text: what stands before it is complete.
    const decoded = [...parts, last.slice(0, whole)].map(decode);
    this.#rest = checked(last.slice(whole));
    const [only] = decoded;
    this.#pieces.feed(
      decoded.length === 1 && only !== undefined ? only : new Uint8Array(Buffer.concat(decoded)),
    );
  }

  take(): Uint8Array | undefined {
    return this.#pieces.take();
  }

  end(): void {
    this.#pieces.feed(decode(this.#rest));
    this.#rest = '';
  }
}

function decode(text: string): Uint8Array {
  if (text.length % 4 === 1) throw new NotAudioError('audio must be base64 text, got one that is cut off');
  // A copy: the memory of a small Buffer is shared with others.
  return new Uint8Array(Buffer.from(checked(text), 'base64'));
}

function checked(text: string): string {
  if (!BASE64.test(text))
    throw new NotAudioError('audio must be base64 text, got a string with other characters');
  return text;
}

/**
 * The fast path of receiving: a text that is nearly always the one that came before, as the ids of an animation message are, is
 * compared as bytes instead of being made into a string again. A quarter of what it costs to receive a message was two such
 * strings, and finding an utterance by a string that nobody has hashed yet (test/bench/NOTES.md).
 */
import { readConnectionId, readShortText } from './field-reader.js';
import type { FieldReader } from './field-reader.js';

/** A longer text is not kept; the ids are 27 and about 36 bytes. */
const MAX_KEPT_BYTES = 127;

export class RepeatedText {
  readonly #readText: (reader: FieldReader) => string;
  #bytes = new Uint8Array(0);
  #text = '';

  constructor(readText: (reader: FieldReader) => string) {
    this.#readText = readText;
  }

  /** As `readText`: the same text, or the same refusal. */
  read(reader: FieldReader): string {
    const from = reader.pos;
    if (this.#isNext(reader)) return this.#text;
    reader.pos = from;
    const text = this.#readText(reader);
    const sizeBytes = Buffer.byteLength(text);
    if (sizeBytes <= MAX_KEPT_BYTES) {
      this.#bytes = Uint8Array.prototype.slice.call(reader.buf, reader.pos - sizeBytes, reader.pos);
      this.#text = text;
    }
    return text;
  }

  /** Whether the field holds the kept text; the reader is behind it then. */
  #isNext(reader: FieldReader): boolean {
    const { buf, len } = reader;
    const kept = this.#bytes;
    const at = reader.pos + 1;
    // Kept texts have a length of one byte; the compiler of the engine makes of this loop what memcmp would be.
    if (buf[reader.pos] !== kept.length || at + kept.length > len) return false;
    for (let i = 0; i < kept.length; i += 1) if (buf[at + i] !== kept[i]) return false;
    reader.pos = at + kept.length;
    return true;
  }
}

const readReqId = (reader: FieldReader): string => readShortText(reader, 'req_id');
const readAvatarId = (reader: FieldReader): string => readShortText(reader, 'avatar_id');

/** The texts of the animation messages of one connection. */
export class AnimationTexts {
  readonly connectionId = new RepeatedText(readConnectionId);
  readonly reqId = new RepeatedText(readReqId);
  readonly avatarId = new RepeatedText(readAvatarId);
}

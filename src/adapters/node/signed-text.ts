/**
 * Texts that this program wrote and may overwrite: each has a mark with a digest of the whole text. So a text that only mentions the
 * program, quotes a mark, or was changed since, is not mistaken for such a text. Must not know what kind of text it is.
 */
import { createHash } from 'node:crypto';

const NO_DIGEST = '0'.repeat(64);

export interface SignedText {
  /** Has to be put into a text before it is signed; nothing before it may look like it. */
  readonly unsignedMark: string;
  /** Returns the text with its digest in the first mark. */
  sign(text: string): string;
  /** Whether `text` was signed, and is unchanged except for white space at its end. */
  isSigned(text: string): boolean;
}

/** @param name the beginning of the mark: letters and blanks */
export function signedText(name: string): SignedText {
  const unsignedMark = `${name}, sha256 ${NO_DIGEST}`;
  const mark = new RegExp(`${name}, sha256 ([0-9a-f]{64})`);
  return {
    unsignedMark,
    sign: (text) => text.replace(unsignedMark, unsignedMark.replace(NO_DIGEST, digestOf(text))),
    isSigned(text) {
      const [found, digest = ''] = mark.exec(text) ?? [];
      return found !== undefined && digest === digestOf(text.replace(found, unsignedMark));
    },
  };
}

function digestOf(text: string): string {
  return createHash('sha256').update(text.trimEnd()).digest('hex');
}

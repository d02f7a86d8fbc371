/**
 * How a file of a run is recognised: it has a mark with the digest of the whole file. So a file that only mentions the command, quotes a
 * mark, or was changed since, is not taken for one.
 */
import { createHash } from 'node:crypto';

const MARK = /avatarkit-session storm, sha256 ([0-9a-f]{64})/;
const NO_DIGEST = '0'.repeat(64);

/** To be put into the text before it is signed; nothing before it may look like it. */
export const UNSIGNED_MARK = `avatarkit-session storm, sha256 ${NO_DIGEST}`;

/** The same text with its digest in the first mark. */
export function signStormFile(text: string): string {
  return text.replace(UNSIGNED_MARK, UNSIGNED_MARK.replace(NO_DIGEST, digestOf(text)));
}

/** Whether `text` is one that was signed, to the byte but for white space at its end. */
export function isStormFile(text: string): boolean {
  const [mark, digest = ''] = MARK.exec(text) ?? [];
  return mark !== undefined && digest === digestOf(text.replace(mark, UNSIGNED_MARK));
}

function digestOf(text: string): string {
  return createHash('sha256').update(text.trimEnd()).digest('hex');
}

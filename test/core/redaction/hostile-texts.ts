/**
 * Texts that make a simple search slow: repeated beginnings of matches, nested brackets, and near-matches of
 * every rule.
 */
import { TEXT_RULES } from '../../../src/core/failure/server-error-rules.js';

export const HOSTILE_BYTES = 65_536;

export const HOSTILE_PIECES: readonly string[] = [
  'token',
  'a',
  '"token":[',
  'token="',
  'token=\\',
  'token=x ',
  'token ',
  'token\\"',
  'key=1&',
  'secret:',
  '{"secret":{',
  'bearer ',
  'bearer [',
  'eyJ',
  'eyJaaaaaaaaaaaaa.',
  'eyJhbGciOiJIUzI1NiJ9.',
  '://',
  'a://b@',
  '[',
  '{',
  '\\',
  '%',
  '%25',
  '%3d',
  '&#x',
  '&amp;',
  '&&&&&&&;',
  '\\u00',
  '\\x',
  'k0k0k0k0',
  'abababab',
  '\u200b',
  '\u{E0041}',
  'ö',
  '漢',
  '\u{1F600}',
  '\n \n',
];

/** Every rule's text without its last letter. */
export const NEAR_MATCHES: readonly string[] = TEXT_RULES.map(({ text }) => text.slice(0, -1));

const SENTENCE = 'the service has no room for another session at the moment, ';
export const HARMLESS = repeated(SENTENCE);

/** The text repeated to a length of `HOSTILE_BYTES` characters. */
export function repeated(piece: string): string {
  return piece.repeat(Math.ceil(HOSTILE_BYTES / piece.length)).slice(0, HOSTILE_BYTES);
}

/** The text of a session token: whether it can be sent, and where an answer of the console has it. */
import { answerMember } from '../core/option/plain-object.js';

/** The bound of the table "limits". */
export const MAX_TOKEN_CHARACTERS = 16 * 1_024;

export type TokenText = { readonly token: string } | { readonly problem: string };

/** Outer white space is cut off: a token out of a file or a shell has a line end. */
export function readTokenText(text: string): TokenText {
  const token = text.trim();
  if (token === '') return { problem: 'an empty token' };
  if (token.length > MAX_TOKEN_CHARACTERS) {
    return { problem: `a token of ${token.length} characters, of at most ${MAX_TOKEN_CHARACTERS}` };
  }
  if (/\p{Cc}/u.test(token)) {
    return {
      problem:
        'a token with control characters inside, such as a line end: a page or a message, and no token',
    };
  }
  if (/[^\x20-\xff]/.test(token))
    return { problem: 'a token with characters beyond Latin-1, which no header carries' };
  return { token };
}

const SPELLINGS = ['sessionToken', 'session_token', 'sessionKey', 'token'] as const;

/** `undefined` when the text is no JSON object, or holds no token. */
export function readTokenField(text: string): string | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return undefined; // An HTML page, an empty or a cut body: no token.
  }
  for (const holder of [answer, answerMember(answer, 'data')]) {
    for (const spelling of SPELLINGS) {
      const value = answerMember(holder, spelling);
      if (typeof value === 'string' && value.trim() !== '') return value;
    }
  }
  return undefined;
}

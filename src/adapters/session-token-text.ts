/** Whether a text can be a session token: it travels as a header value, and is kept. Shows nothing of it. */

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

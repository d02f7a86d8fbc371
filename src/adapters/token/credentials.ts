/**
 * Credentials as text: whether a session token can be sent, and where an answer of the console has it; and names for the accounts of
 * sessions: the same one for the same credentials, and nothing can be read from it. Knows nothing of what a service makes of the
 * credentials.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { answerMember } from '../../core/option/plain-object.js';

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

/** Of this process: without it a name could be compared with those of guessed keys. */
const NAME_KEY = randomBytes(32);
/** 96 bits: two accounts never have the same name. */
const NAME_CHARACTERS = 16;

const PROVIDERS = new WeakMap<object, string>();
let providers = 0;

/** The account of an API key, or of none. */
export function accountOfKey(appId: string, apiKey = ''): string {
  const credentials = `${appId.length} ${appId}${apiKey}`;
  return createHmac('sha256', NAME_KEY).update(credentials).digest('base64url').slice(0, NAME_CHARACTERS);
}

/** The account of a function that mints tokens: another function is another account. */
export function accountOfProvider(provider: object): string {
  const known = PROVIDERS.get(provider);
  if (known !== undefined) return known;
  providers += 1;
  const name = `provider ${providers}`;
  PROVIDERS.set(provider, name);
  return name;
}

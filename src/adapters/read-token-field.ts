/**
 * Finds the session token in the console's answer. The service's versions spell the field differently and some wrap
 * it in `data`; all spellings are accepted, the first that holds a non-empty string wins.
 */
import { answerMember } from '../core/option/plain-object.js';

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

/**
 * Finds the session token in the console's answer. The service's versions spell the field differently and some wrap
 * it in `data`; all spellings are accepted, the first that holds a non-empty string wins.
 */
const SPELLINGS = ['sessionToken', 'session_token', 'sessionKey', 'token'] as const;

/** `undefined` when the text is no JSON object, or holds no token. */
export function readTokenField(text: string): string | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return undefined; // An HTML page, an empty or a cut body: no token.
  }
  const outer = asRecord(answer);
  for (const holder of [outer, asRecord(Object.hasOwn(outer, 'data') ? outer['data'] : undefined)]) {
    for (const spelling of SPELLINGS) {
      const value = Object.hasOwn(holder, spelling) ? holder[spelling] : undefined;
      if (typeof value === 'string' && value.trim() !== '') return value;
    }
  }
  return undefined;
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

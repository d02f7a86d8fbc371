/**
 * What is wrong with a text that is no JSON, without any of the text: the engine quotes it, and a file given by mistake may hold
 * credentials.
 */
const QUOTED = /,? ?(?:\.\.\.)?".*"(?:\.\.\.)? is not valid JSON$/s;

/** @param error what `JSON.parse` threw */
export function jsonProblem(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  const problem = words.replace(QUOTED, '');
  return problem === '' ? 'it is none' : problem;
}

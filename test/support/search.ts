/**
 * How far a test searches. `npm test` has three minutes: it runs a part of each search. `npm run prove -- searches` runs all of
 * it, and so does `.ci/run`.
 */
const IN_FULL = process.env['SEARCH'] === 'full';

/** `part`: what `npm test` runs. */
export function searched<T>(full: T, part: T): T {
  return IN_FULL ? full : part;
}

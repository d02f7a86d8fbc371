/**
 * The size of the search in a test. `npm test` should take three minutes, so it runs a part of each search.
 * `npm run prove -- searches` and `.ci/run` run the full search.
 */
const IN_FULL = process.env['SEARCH'] === 'full';

/** @param part the size under `npm test` */
export function searched<T>(full: T, part: T): T {
  return IN_FULL ? full : part;
}

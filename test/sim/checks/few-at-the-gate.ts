/**
 * Counts the dials of all sessions of a world, which share one endpoint. Knows two numbers of the connect gate, and
 * none of its code.
 */
import type { Check } from './check.js';

/** As `gate-numbers.ts` has them, said again: a failed endpoint is met with two dials at most, after two failures. */
const MOST_IN_FLIGHT = 2;
const FAILURES_UNTIL_DOWN = 2;
/** Trouble is forgotten after this long without any. */
const SETTLES_AFTER_MS = 30_000;

export const fewAtTheGate: Check = {
  name: 'few-at-the-gate',
  rule: 'sessions of one endpoint let at most two dials be in flight after two dials in a row have failed',
  watch(_world, violated) {
    const dialling = new Map<number, { readonly sinceMs: number }>();
    let succeededAtMs = -Infinity;
    let failures = 0;
    let failedAtMs = -Infinity;
    return {
      read(entry) {
        if (entry.kind !== 'told') return;
        const { session } = entry;
        const dial = dialling.get(session);
        // What began before the last success, or the last failure, says nothing about what came after it.
        const isNews = dial !== undefined && dial.sinceMs > Math.max(succeededAtMs, failedAtMs);
        if (entry.name === 'error' && isNews) {
          // An answer of any kind means that somebody is there.
          // What the application's own functions do says nothing about the endpoint.
          const { code, origin } = entry.payload;
          if (origin === 'application') return;
          failures = code === 'connectionFailed' ? failures + 1 : 0;
          failedAtMs = entry.atMs;
        }
        if (entry.name !== 'state') return;
        const { to } = entry.payload;
        if (to === 'websocket_connect') return;
        dialling.delete(session);
        if (to === 'websocket_runtime') {
          failures = 0;
          succeededAtMs = entry.atMs;
        }
        if (to !== 'session_token') return;
        dialling.set(session, { sinceMs: entry.atMs });
        const isDown = failures >= FAILURES_UNTIL_DOWN && entry.atMs - failedAtMs < SETTLES_AFTER_MS;
        if (isDown && dialling.size > MOST_IN_FLIGHT) {
          violated(`${dialling.size} sessions dial at once after ${failures} failures in a row`);
        }
      },
    };
  },
};

/** Checks how long the pings of the service stay in the client's system before the client reads them. */
import { PerSession } from './check.js';
import type { Check } from './check.js';

const WITHIN_MS = 2_000;

export const pingsAreRead: Check = {
  name: 'pings-are-read',
  rule: 'a ping of the service is read, and so answered, within two seconds, no matter how the application reads its frames',
  watch({ time }, violated) {
    const waiting = new PerSession(
      () => new Map<string, { readonly atMs: number; readonly stalledMs: number }>(),
    );
    return {
      read(entry) {
        if (entry.kind === 'servicePing') {
          const { socket, nth, read, session } = entry;
          const ping = `${socket}.${nth}`;
          if (read) waiting.of(session).delete(ping);
          else waiting.of(session).set(ping, { atMs: entry.atMs, stalledMs: time.stalledMs });
        }
        // A socket that the session has abandoned is not read.
        if (entry.kind === 'socketLeft' || entry.kind === 'socketGone') waiting.of(entry.session).clear();
      },
      step() {
        for (const [session, pings] of waiting.all()) {
          for (const { atMs, stalledMs } of pings.values()) {
            const waitsMs = time.nowMs - atMs - (time.stalledMs - stalledMs);
            if (waitsMs > WITHIN_MS) violated(`session ${session} has not read a ping for ${waitsMs} ms`);
          }
        }
      },
    };
  },
};

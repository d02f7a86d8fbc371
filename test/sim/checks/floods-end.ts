/**
 * An independent leaky bucket for frames of requests that do not exist: a service that continues to send them
 * must lose its connection.
 */
import { PerSession } from './check.js';
import type { Check } from './check.js';
import { isForeign } from './foreign-frames.js';

/**
 * The number of unknown requests that a service may start: a burst, then a rate per second. Both are above
 * the limits of the session.
 */
const BURST = 300;
const PER_SECOND = 8;

export const floodsEnd: Check = {
  name: 'floods-end',
  rule: 'a service that sends a flood of frames of requests that do not exist loses its connection',
  watch({ actors }, violated) {
    const floods = new PerSession(() => ({ socket: -1, left: -1, level: 0, atMs: 0 }));
    return {
      read(entry) {
        // What is still under way when the session has left the socket is not read by it.
        if (entry.kind === 'socketLeft') Object.assign(floods.of(entry.session), { left: entry.socket });
        if (entry.kind !== 'received' || typeof entry.data === 'string' || !isForeign(entry.data)) return;
        const flood = floods.of(entry.session);
        if (flood.left === entry.socket) return;
        if (flood.socket !== entry.socket) Object.assign(flood, { socket: entry.socket, level: 0 });
        const leaked = ((entry.atMs - flood.atMs) / 1_000) * PER_SECOND;
        flood.level = Math.max(flood.level - leaked, 0) + 1;
        flood.atMs = entry.atMs;
      },
      step() {
        for (const { session, options } of actors) {
          const flood = floods.of(options.number);
          const goesOn = flood.level > BURST && session.state === 'websocket_runtime';
          if (goesOn)
            violated(
              `session ${options.number} stays open during a flood of ${Math.round(flood.level)} frames`,
            );
        }
      },
    };
  },
};

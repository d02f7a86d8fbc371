/**
 * Counts the sockets of each session on the client’s side, where a session can observe them. The service’s
 * side is checked by billing-ends.ts.
 */
import { PerSession } from './check.js';
import type { Check } from './check.js';

export const oneSocket: Check = {
  name: 'one-socket',
  rule: 'a session has at most one open socket, and does not dial before the old one is closed',
  watch(_world, violated) {
    const open = new PerSession(() => new Set<number>());
    return {
      read(entry) {
        if (entry.kind === 'dialled' && open.of(entry.session).size > 0) {
          violated(`session ${entry.session} dials while its socket is open`);
        }
        if (entry.kind === 'socketOpened') {
          const sockets = open.of(entry.session).add(entry.socket);
          if (sockets.size > 1) violated(`session ${entry.session} has ${sockets.size} open sockets`);
        }
        if (entry.kind === 'socketGone') open.of(entry.session).delete(entry.socket);
      },
    };
  },
};

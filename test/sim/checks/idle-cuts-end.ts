/** Counts the connections that something on the way cut because nothing had moved on them. */
import { IDLE_CUT } from '../network/wire-link.js';
import { PerSession } from './check.js';
import type { Check } from './check.js';

/** Two of them show the period; the pings of a third connection come in time. */
const MOST_CUTS = 2;

export const idleCutsEnd: Check = {
  name: 'idle-cuts-end',
  rule: 'after two cuts for want of traffic the pings come often enough that there is no third',
  watch(_world, violated) {
    const owners = new Map<number, number>();
    const cuts = new PerSession(() => ({ count: 0 }));
    return {
      read(entry) {
        if (entry.kind === 'dialled') owners.set(entry.socket, entry.session);
        if (entry.kind !== 'disturbed' || entry.what !== IDLE_CUT || entry.socket === undefined) return;
        const session = owners.get(entry.socket) ?? 0;
        const cut = cuts.of(session);
        cut.count += 1;
        if (cut.count > MOST_CUTS) violated(`session ${session} is cut for the ${cut.count}th time`);
      },
    };
  },
};

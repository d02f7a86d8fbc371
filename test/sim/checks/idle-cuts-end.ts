/** Counts the connections that a proxy has cut because they were idle. */
import { IDLE_CUT } from '../network/wire-link.js';
import { PerSession } from './check.js';
import type { Check } from './check.js';

/** Two cuts show the period. The pings of a third connection are early enough. */
const MOST_CUTS = 2;
/** A ping is sent at the earliest at this part of its interval. */
const EARLIEST_PING = 0.9;
/** The calls of an application that send audio. */
const SENDS = /^(write|sendAudio|end) /;

export const idleCutsEnd: Check = {
  name: 'idle-cuts-end',
  rule: 'after two idle cuts, pings are frequent enough to prevent a third',
  watch({ actors, schedule }, violated) {
    const { idleCutMs = 0, latencyMs, jitterMs } = schedule.climate;
    /**
     * Sessions whose regular pings may be on their way when the connection is cut. They detect no silence
     * then.
     */
    const pinging = new Set(
      actors.flatMap(({ options: { number, traits } }) => {
        const intervalMs = traits.heartbeat === false ? Infinity : traits.heartbeat.intervalMs;
        return idleCutMs + 2 * (latencyMs + jitterMs) < EARLIEST_PING * intervalMs ? [] : [number];
      }),
    );
    const owners = new Map<number, number>();
    const cuts = new PerSession(() => ({ count: 0 }));
    /**
     * Sockets that were cut, until their session detects it. `hasSent`: the session has sent something
     * meanwhile, so the connection was not silent then.
     */
    const unnoticed = new Map<number, { readonly session: number; hasSent: boolean }>();
    return {
      read(entry) {
        if (entry.kind === 'dialled') owners.set(entry.socket, entry.session);
        else if (entry.kind === 'did' && SENDS.test(entry.what)) {
          for (const cut of unnoticed.values()) if (cut.session === entry.session) cut.hasSent = true;
        } else if (entry.kind === 'disturbed' && entry.what === IDLE_CUT && entry.socket !== undefined) {
          unnoticed.set(entry.socket, { session: owners.get(entry.socket) ?? 0, hasSent: false });
        } else if (entry.kind === 'socketGone') {
          const noticed = unnoticed.get(entry.socket);
          unnoticed.delete(entry.socket);
          if (noticed?.hasSent !== false || pinging.has(noticed.session)) return;
          const cut = cuts.of(noticed.session);
          cut.count += 1;
          if (cut.count > MOST_CUTS)
            violated(`session ${noticed.session} is cut for the ${cut.count}th time`);
        }
      },
    };
  },
};

/** Counts the connections that a proxy cut because they were idle. */
import { IDLE_CUT } from '../network/wire-link.js';
import { PerSession } from './check.js';
import type { Check } from './check.js';

/** Two of them show the period; the pings of a third connection come in time. */
const MOST_CUTS = 2;
/** Pings come up to a tenth of their interval before its end. */
const EARLIEST_PING = 0.9;
/** What an application does that puts audio on the line. */
const SENDS = /^(write|sendAudio|end) /;

export const idleCutsEnd: Check = {
  name: 'idle-cuts-end',
  rule: 'after two idle cuts the pings come often enough that there is no third',
  watch({ actors, schedule }, violated) {
    const { idleCutMs = 0, latencyMs, jitterMs } = schedule.climate;
    /** Those whose ordinary pings may be on their way when the line is cut: they see no silence then. */
    const pinging = new Set(
      actors.flatMap(({ options: { number, traits } }) => {
        const intervalMs = traits.heartbeat === false ? Infinity : traits.heartbeat.intervalMs;
        return idleCutMs + 2 * (latencyMs + jitterMs) < EARLIEST_PING * intervalMs ? [] : [number];
      }),
    );
    const owners = new Map<number, number>();
    const cuts = new PerSession(() => ({ count: 0 }));
    /**
     * Sockets that were cut, until their session detects it; whether it sent something meanwhile: the
     * connection was not silent then.
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

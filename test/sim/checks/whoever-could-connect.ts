/**
 * Looks at the sessions of accounts that nothing is wrong with, in a process where others are in trouble. Knows how long a dial
 * takes over this network, and nothing of the line in front of it.
 */
import type { Disturbance, Schedule, SessionTraits } from '../world/schedule.js';
import { PerSession } from './check.js';
import type { Check } from './check.js';

/** A healthy endpoint has no pace: what is left is the computing of a dial, which takes no time here. */
const CALM_MS = 500;
/**
 * After trouble of the endpoint itself: the probe's period, the longest backoff of a session that has failed by itself, and
 * letting the line in at its pace.
 */
const AFTER_TROUBLE_MS = 40_000;
/** The longest period of the probes: for so long nobody may have noticed that the trouble is over. */
const PROBE_MS = 3_000;

export const whoeverCouldConnect: Check = {
  name: 'whoever-could-connect',
  rule: 'a session of an account that is well connects within the time that the endpoint itself demands, whatever others meet',
  watch({ schedule, actors, time }, violated) {
    if (schedule.accounts.length < 2) return {};
    const sessions = new PerSession(() => ({ wantsSinceMs: Infinity, stalledMs: 0 }));
    const healthy = actors.filter(({ options }) => isHealthy(options.traits, schedule));
    const { latencyMs, jitterMs } = schedule.climate;
    // Four ways for the token and the upgrade, two for the handshake.
    const dialMs = 6 * (latencyMs + jitterMs);
    const troubles = schedule.disturbances.flatMap((one) => troubleOf(one));
    const boundOf = (sinceMs: number): number => {
      const met = troubles.filter(
        ({ fromMs, toMs }) => toMs + PROBE_MS >= sinceMs && fromMs <= sinceMs + CALM_MS + dialMs,
      );
      const last = Math.max(...met.map(({ toMs }) => toMs));
      return met.length === 0 ? sinceMs + CALM_MS + dialMs : last + AFTER_TROUBLE_MS + dialMs;
    };
    return {
      read(entry) {
        if (entry.kind !== 'told') return;
        const session = sessions.of(entry.session);
        if (entry.name === 'close') session.wantsSinceMs = Infinity;
        if (entry.name !== 'state') return;
        const { from, to } = entry.payload;
        if (from === 'idle' || from === 'websocket_runtime') {
          Object.assign(session, { wantsSinceMs: entry.atMs, stalledMs: time.stalledMs });
        }
        if (to === 'websocket_runtime' || to === 'closing' || to === 'closed')
          session.wantsSinceMs = Infinity;
      },
      step() {
        for (const { options } of healthy) {
          const { wantsSinceMs, stalledMs } = sessions.of(options.number);
          if (wantsSinceMs === Infinity) continue;
          const dueMs = boundOf(wantsSinceMs) + time.stalledMs - stalledMs;
          if (time.nowMs > dueMs) {
            violated(`session ${options.number} could connect, and waits since ${wantsSinceMs} ms`);
          }
        }
      },
    };
  },
};

function isHealthy({ account, tokens, roomFunction }: SessionTraits, { accounts }: Schedule): boolean {
  const { maxSessions = Infinity, creditMs = Infinity } = accounts[account] ?? {};
  if (maxSessions !== Infinity || creditMs !== Infinity) return false;
  return tokens.kind === 'console' && roomFunction === 'works';
}

function troubleOf(disturbance: Disturbance): { readonly fromMs: number; readonly toMs: number }[] {
  const { kind } = disturbance;
  if (kind !== 'outage' && kind !== 'freeze' && kind !== 'gateway') return [];
  const { atMs, durationMs } = disturbance;
  return [{ fromMs: atMs, toMs: atMs + durationMs }];
}

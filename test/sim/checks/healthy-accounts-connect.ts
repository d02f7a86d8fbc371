/**
 * Checks the sessions of healthy accounts in a process where other accounts have trouble. Uses the time of a
 * dial over this network, and ignores the queue before it.
 */
import type { Disturbance, Schedule, SessionTraits } from '../world/schedule.js';
import { PerSession } from './check.js';
import type { Check } from './check.js';

/** A healthy endpoint has no minimum interval between dials, and computation takes no virtual time. */
const CALM_MS = 500;
/**
 * The time after trouble of the endpoint itself: the period of the probes, the longest backoff of a session
 * that has failed by itself, and the paced admission of the queue.
 */
const AFTER_TROUBLE_MS = 40_000;
/** The longest period of the probes. The end of the trouble may stay undetected for this time. */
const PROBE_MS = 3_000;

export const healthyAccountsConnect: Check = {
  name: 'healthy-accounts-connect',
  rule: 'a session of a healthy account connects within the time that the endpoint itself requires, whatever happens to other accounts',
  watch({ schedule, actors, time }, violated) {
    if (schedule.accounts.length < 2) return {};
    const sessions = new PerSession(() => ({ waitingSinceMs: Infinity, stalledMs: 0 }));
    const healthy = actors.filter(({ options }) => isHealthy(options.traits, schedule));
    const { latencyMs, jitterMs } = schedule.climate;
    // Four ways across the network for the token and the upgrade, two for the handshake.
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
        if (entry.kind !== 'emitted') return;
        const session = sessions.of(entry.session);
        if (entry.name === 'close') session.waitingSinceMs = Infinity;
        if (entry.name !== 'state') return;
        const { from, to } = entry.payload;
        if (from === 'idle' || from === 'websocket_runtime') {
          Object.assign(session, { waitingSinceMs: entry.atMs, stalledMs: time.stalledMs });
        }
        if (to === 'websocket_runtime' || to === 'closing' || to === 'closed')
          session.waitingSinceMs = Infinity;
      },
      step() {
        for (const { options } of healthy) {
          const { waitingSinceMs, stalledMs } = sessions.of(options.number);
          if (waitingSinceMs === Infinity) continue;
          const dueMs = boundOf(waitingSinceMs) + time.stalledMs - stalledMs;
          if (time.nowMs > dueMs) {
            violated(
              `session ${options.number} could connect, but has been waiting since ${waitingSinceMs} ms`,
            );
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

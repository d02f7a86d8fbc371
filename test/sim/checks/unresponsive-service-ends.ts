/**
 * Checks services that confirm every connection and show no sign of life afterwards. Computes from the policy
 * alone when a session has to be over.
 */
import { CLOSE_BOUND_MS } from '../application/actor.js';
import type { Schedule } from '../world/schedule.js';
import type { Check } from './check.js';
import { PerSession } from './check.js';
import { mostAttempts, tickMsOf } from './outage-book.js';

export const unresponsiveServiceEnds: Check = {
  name: 'unresponsive-service-ends',
  rule: 'a service that confirms and then reads nothing is one outage: the session ends by the limits of the policy, as with a service that drops connections',
  watch({ schedule, actors, time }, violated) {
    if (!isUnresponsive(schedule)) return {};
    const sessions = new PerSession(() => ({ startedAtMs: Infinity, dials: 0, isOver: false, stalledMs: 0 }));
    return {
      read(entry) {
        if (entry.kind !== 'emitted') return;
        const session = sessions.of(entry.session);
        if (entry.name === 'close') session.isOver = true;
        if (entry.name !== 'state' || entry.payload.to !== 'session_token') return;
        if (session.dials === 0)
          Object.assign(session, { startedAtMs: entry.atMs, stalledMs: time.stalledMs });
        session.dials += 1;
        const policy = actors.find(({ options }) => options.number === entry.session)?.policy;
        const most = policy === undefined ? 0 : mostAttempts(policy);
        if (session.dials > most)
          violated(`session ${entry.session} dials ${session.dials} times of ${most}`);
      },
      step() {
        for (const { options, policy } of actors) {
          const { number, traits } = options;
          const { startedAtMs, isOver, stalledMs } = sessions.of(number);
          const { heartbeat, timeoutMs } = traits;
          if (isOver || heartbeat === false) continue;
          const noticedMs = heartbeat.intervalMs + heartbeat.timeoutMs;
          const lateMs = time.stalledMs - stalledMs;
          // A heartbeat counts in ticks: each connection may seem to have worked for one tick.
          const ticksMs = mostAttempts(policy) * tickMsOf(heartbeat);
          // The outage begins when the first loss is detected. At the end of the outage, the detection may be
          // late by the same time.
          const boundMs =
            policy.maxElapsedMs +
            3 * Math.max(timeoutMs, policy.patienceMs) +
            2 * noticedMs +
            2 * CLOSE_BOUND_MS +
            ticksMs +
            lateMs;
          if (time.nowMs > startedAtMs + boundMs)
            violated(`session ${number} is still open after ${boundMs} ms`);
        }
      },
    };
  },
};

function isUnresponsive({ disturbances, sessions }: Schedule): boolean {
  const [only, ...others] = disturbances;
  if (only?.kind !== 'fault' || others.length > 0) return false;
  const { fault } = only;
  const showsNoLife = fault.kind === 'silence' || (fault.kind === 'deaf' && fault.pongs === false);
  const always = fault.times === 'always' && fault.nth === undefined && fault.probability === undefined;
  return showsNoLife && always && sessions.every(({ heartbeat }) => heartbeat !== false);
}

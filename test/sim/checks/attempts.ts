/**
 * Two rules about how often a session dials: one per outage, with independent counts (outage-book.ts), and
 * one by time only.
 */
import { beginsLife, decides, PerSession } from './check.js';
import type { Check } from './check.js';
import { mostAttempts, OutageBook } from './outage-book.js';

export const attempts: Check = {
  name: 'attempts',
  rule: 'attempts are counted per outage, never above the policy, and reset only after stableAfterMs of a confirmed connection',
  watch({ actors, time }, violated) {
    const books = new PerSession((session) => new OutageBook(actorOf(session), time));
    const actorOf = (session: number): (typeof actors)[number] => {
      const actor = actors.find(({ options }) => options.number === session);
      if (actor === undefined) throw new Error(`there is no session ${session}`);
      return actor;
    };
    return {
      read(entry) {
        if (!('session' in entry)) return;
        const { session } = entry;
        if (beginsLife(entry)) books.forget(session);
        const book = books.of(session);
        book.read(entry);
        if (entry.kind !== 'emitted') return;
        const most = mostAttempts(actorOf(session).policy);
        if (book.attempts > most) violated(`session ${session} makes attempt ${book.attempts} of ${most}`);
        const isDecision =
          entry.name === 'retry' && (entry.payload.source === 'gate' || decides(entry.payload.source));
        if (isDecision && !book.inRuntime && entry.payload.attempt !== book.attempts + 1) {
          violated(`session ${session} calls attempt ${book.attempts + 1} its ${entry.payload.attempt}th`);
        }
        if (entry.name === 'reconnect' && entry.payload.attempts !== book.attempts) {
          violated(`session ${session} says ${entry.payload.attempts} attempts after ${book.attempts}`);
        }
      },
    };
  },
};

export const attemptsInAnyWindow: Check = {
  name: 'attempts-in-any-window',
  rule: 'no window shorter than stableAfterMs has more dials than the policy allows, and two dials keep the minimum interval',
  watch({ actors }, violated) {
    const dials = new PerSession((): { atMs: number[]; replacesToken: boolean } => ({
      atMs: [],
      replacesToken: false,
    }));
    return {
      read(entry) {
        if (entry.kind !== 'emitted') return;
        if (beginsLife(entry)) dials.forget(entry.session);
        const book = dials.of(entry.session);
        if (entry.name === 'retry' && decides(entry.payload.source)) {
          book.replacesToken = entry.payload.source === 'staleToken';
        }
        if (entry.name !== 'state' || entry.payload.to !== 'session_token') return;
        const policy = actors.find(({ options }) => options.number === entry.session)?.policy;
        const lastMs = book.atMs.at(-1);
        book.atMs.push(entry.atMs);
        if (policy === undefined) return;
        const { minIntervalMs } = policy.backoff;
        // Sums of times have rounding errors.
        if (!book.replacesToken && lastMs !== undefined && entry.atMs - lastMs < minIntervalMs - 0.001) {
          violated(`session ${entry.session} dials ${entry.atMs - lastMs} ms after its last dial`);
        }
        book.replacesToken = false;
        const inWindow = book.atMs.filter((atMs) => atMs > entry.atMs - policy.stableAfterMs).length;
        if (inWindow > mostAttempts(policy)) {
          violated(`session ${entry.session} dials ${inWindow} times in ${policy.stableAfterMs} ms`);
        }
      },
    };
  },
};

/**
 * Two rules about when a session dials: not after the longest outage, and not before the time that the
 * service asked for.
 */
import { beginsLife, decides, PerSession } from './check.js';
import type { Check } from './check.js';
import { OutageBook } from './outage-book.js';

export const noSleepPastTheEnd: Check = {
  name: 'no-sleep-past-the-end',
  rule: 'no announced wait ends, and no dial begins, later than maxElapsedMs into the outage',
  watch({ actors, time }, violated) {
    const byNumber = new Map(actors.map((actor) => [actor.options.number, actor]));
    const books = new PerSession((session) => {
      const actor = byNumber.get(session);
      if (actor === undefined) throw new Error(`there is no session ${session}`);
      return { outage: new OutageBook(actor, time), stalledBeforeMs: 0 };
    });
    return {
      read(entry) {
        if (!('session' in entry)) return;
        if (beginsLife(entry)) books.forget(entry.session);
        const book = books.of(entry.session);
        const { outage } = book;
        const beforeMs = outage.startedAtMs;
        outage.read(entry);
        if (entry.kind !== 'emitted') return;
        if (outage.startedAtMs !== beforeMs) book.stalledBeforeMs = time.stalledMs;
        const policy = byNumber.get(entry.session)?.policy;
        if (policy === undefined || outage.inRuntime) return;
        const ruleMs = Object.values(policy.rules).map(({ maxElapsedMs }) => maxElapsedMs ?? 0);
        const mostMs = Math.max(policy.maxElapsedMs, ...ruleMs);
        if (entry.name === 'retry' && decides(entry.payload.source)) {
          const endsAtMs = outage.elapsedMs(entry.atMs) + entry.payload.delayMs;
          if (endsAtMs > mostMs)
            violated(`session ${entry.session} waits until ${endsAtMs} ms of its outage`);
        }
        if (entry.name === 'state' && entry.payload.to === 'session_token') {
          const lateMs = time.stalledMs - book.stalledBeforeMs;
          const intoMs = outage.elapsedMs(entry.atMs);
          // The old connection has to end first, which may take its close time-out.
          if (intoMs > mostMs + lateMs + 2_001)
            violated(`session ${entry.session} dials ${intoMs} ms into its outage`);
        }
      },
    };
  },
};

export const hintsAreFloors: Check = {
  name: 'hints-are-floors',
  rule: 'a wait that the service asked for is never shortened',
  watch({ actors }, violated) {
    const notBefore = new PerSession(() => ({ atMs: 0 }));
    const isDialling = (session: number): boolean =>
      actors.some(({ session: { state }, options: { number } }) => {
        return number === session && (state === 'session_token' || state === 'websocket_connect');
      });
    return {
      read(entry) {
        if (entry.kind === 'hinted') {
          // `init` is one attempt of the application, and reports its result. No dial has made this request.
          if (isDialling(entry.session)) notBefore.of(entry.session).atMs = entry.atMs + entry.hintMs;
          return;
        }
        if (entry.kind !== 'emitted') return;
        // The first dial of a life is requested by the application.
        if (beginsLife(entry)) notBefore.forget(entry.session);
        // The one exception: a refused token that was stale is replaced at once, as the protocol specifies.
        if (entry.name === 'retry' && entry.payload.source === 'staleToken')
          notBefore.of(entry.session).atMs = 0;
        if (entry.name !== 'state' || entry.payload.to !== 'session_token') return;
        const hint = notBefore.of(entry.session);
        if (entry.atMs < hint.atMs - 0.001) {
          violated(
            `session ${entry.session} dials at ${entry.atMs} ms, and was asked to wait until ${hint.atMs} ms`,
          );
        }
      },
    };
  },
};

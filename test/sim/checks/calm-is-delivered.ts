/**
 * Checks worlds in which nothing is lost: no connection is cut, the service has no limit, and the application
 * interrupts nothing. Slow links, early ends, compressed audio and readers that hang must not lose audio
 * there.
 */
import type { Schedule } from '../world/schedule.js';
import { PerSession } from './check.js';
import type { Check } from './check.js';

export const calmIsDelivered: Check = {
  name: 'calm-is-delivered',
  rule: 'if nothing is lost, every ended utterance is delivered over one connection',
  watch({ schedule, actors }, violated) {
    if (!isCalm(schedule)) return {};
    const ending = new PerSession(() => ({ is: false }));
    const judged = new Set<unknown>();
    return {
      read(entry) {
        if (entry.kind === 'did' && /^close|^abort/.test(entry.what)) ending.of(entry.session).is = true;
        if (entry.kind !== 'emitted') return;
        if (entry.name === 'retry' || entry.name === 'reconnect')
          violated(`session ${entry.session} loses its connection: ${entry.payload.error.message}`);
      },
      step() {
        for (const { books, options } of actors) {
          for (const book of books) {
            const isOver = book.result !== undefined || book.failed;
            if (!isOver || judged.has(book) || ending.of(options.number).is) continue;
            judged.add(book);
            if (book.result?.outcome === 'delivered') continue;
            violated(`${book.name} is ${book.result?.outcome ?? 'failed'} though nothing was lost`);
          }
        }
      },
    };
  },
};

function isCalm({
  climate,
  service,
  accounts,
  sessions,
  operations,
  disturbances,
  adversaries,
}: Schedule): boolean {
  const { tokenLifetimeMs, idleTimeoutMs, maxSessionMs, creditMs, maxSessions } = service;
  const isQuiet = disturbances.every((one) => one.kind === 'fault' && one.fault.kind === 'earlyEnd');
  const hasLimits = [tokenLifetimeMs, maxSessionMs, creditMs, maxSessions].some(
    (limit) => limit !== Infinity,
  );
  const starts = new Set(operations.flatMap(({ does, session }) => (does.kind === 'start' ? [session] : [])));
  return (
    adversaries.length > 0 &&
    isQuiet &&
    !hasLimits &&
    idleTimeoutMs === Infinity &&
    service.egressOverlap === 'queue' &&
    climate.idleCutMs === undefined &&
    accounts.length === 1 &&
    starts.size === sessions.length &&
    sessions.every(isPlain) &&
    operations.every(({ does }) => {
      if (does.kind === 'speak') return does.ends && does.stallsAfter === undefined;
      return does.kind === 'start' ? does.abortAfterMs === undefined : does.kind === 'explain';
    })
  );
}

/** Whether neither the configuration of the application nor its handlers end anything early. */
function isPlain({
  tokens,
  handlers,
  replay,
  maxSessionMs,
  timeoutMs,
}: Schedule['sessions'][number]): boolean {
  return (
    tokens.kind === 'console' &&
    handlers.kind !== 'meddling' &&
    Object.keys(replay).length === 0 &&
    maxSessionMs === undefined &&
    timeoutMs >= 3_000
  );
}

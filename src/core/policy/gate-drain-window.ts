/**
 * How far apart the sessions of one endpoint come back after a drain notice. A server that says goodbye closes all its
 * connections at once, and the others have to take every one of them: the more sessions, the wider the window that
 * each one's first delay is drawn from. It knows no session and does not draw.
 */
import { MAX_TIMER_MS } from '../option/option-check.js';
import type { Backoff } from './rule.js';

/** Going away, restarting, try again later, and the service's own word for a deploy. */
const DRAIN_NOTICES: ReadonlySet<number> = new Set([1001, 1012, 1013, 4503]);

/**
 * Window per session, milliseconds: a hundred sessions of a process come back per second, well below what the gate
 * lets through, so that several processes can do so beside each other. A thousand are back in ten seconds.
 */
const MS_PER_SESSION = 10;

/** Notices further apart than this are of two drains, milliseconds: a server that says goodbye does so within seconds. */
const DRAIN_LULL_MS = 5_000;

/** A server that is being emptied, as one process sees it. */
export interface Drain {
  /** Sessions that were there when its first notice came. */
  readonly sessions: number;
  /** When its latest notice came. */
  readonly noticedAtMs: number;
}

/**
 * One more notice of a drain, or the first one. The sessions leave one after the other, and the last of them must not
 * take itself for the only one.
 *
 * @param sessions confirmed sessions of this endpoint in the process now, the one with the notice included
 */
export function drainNoticed(drain: Drain | undefined, sessions: number, nowMs: number): Drain {
  const goesOn = drain !== undefined && nowMs - drain.noticedAtMs <= DRAIN_LULL_MS;
  return { sessions: goesOn ? Math.max(drain.sessions, sessions) : sessions, noticedAtMs: nowMs };
}

/** Whether the close code says that the server is being emptied, and that nothing is wrong with the session. */
export function isDrainNotice(closeCode: number | undefined): boolean {
  return closeCode !== undefined && DRAIN_NOTICES.has(closeCode);
}

/**
 * What takes the place of `baseMs` for the first delay after a drain notice, milliseconds: never less than `baseMs`,
 * and not above `capMs`, which wins. Up to `baseMs / 10` sessions nothing changes.
 *
 * @param sessions confirmed sessions of this endpoint in the process when the notice came, this one included
 */
export function drainWindowMs(sessions: number, { baseMs, capMs }: Backoff): number {
  return Math.min(Math.max(baseMs, sessions * MS_PER_SESSION), capMs, MAX_TIMER_MS);
}

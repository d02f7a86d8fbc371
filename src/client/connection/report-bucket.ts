/**
 * How many frames of one connection may be unusable, unknown, or errors: a leaky bucket that all of them share, so that mixing them
 * gains nothing. A service that errs now and then is reported each time; one that goes on loses its connection. Knows no clock.
 */

/** Reports in a burst. */
export const REPORT_BURST = 8;
/** Reports after a burst. */
export const REPORTS_PER_SECOND = 1;
/** Errors beyond the burst are not reported; with more than this in the bucket the connection ends. */
export const MAX_REPORT_LEVEL = 32;
/** Messages that say nothing to us are never reported, and may be the normal traffic of a newer service: so many weigh as one. */
export const IGNORED_PER_REPORT = 64;
/** A few ignored messages among eight reports, and a peer that sends exactly one a second while the clock here runs a little slow. */
const TOLERANCE = 0.5;

/**
 * - `unusable`: text, or bytes that do not decode; without room the connection ends, because nothing that follows can be relied on
 * - `serverError`: one that ends neither the connection nor a request of ours
 * - `ignored`: a message of an unknown type, a second confirmation, an error of a request that is over
 */
export type ReportedFrame = 'unusable' | 'serverError' | 'ignored';

export class ReportBucket {
  #level = 0;
  #atMs = 0;

  /** Whether the frame is reported; with `message`, the connection ends for that reason. */
  admit(kind: ReportedFrame, nowMs: number): boolean | { readonly message: string } {
    const leaked = (Math.max(nowMs - this.#atMs, 0) / 1_000) * REPORTS_PER_SECOND;
    this.#atMs = nowMs;
    this.#level = Math.max(this.#level - leaked, 0) + (kind === 'ignored' ? 1 / IGNORED_PER_REPORT : 1);
    const hasRoom = this.#level <= REPORT_BURST + TOLERANCE;
    const goesOn = this.#level > (kind === 'unusable' ? REPORT_BURST + TOLERANCE : MAX_REPORT_LEVEL);
    return goesOn ? { message: TOO_MANY[kind] } : hasRoom && kind !== 'ignored';
  }
}

const TOO_MANY: Readonly<Record<ReportedFrame, string>> = {
  unusable: 'too many unusable frames',
  serverError: 'too many errors',
  ignored: 'too many messages that mean nothing',
};

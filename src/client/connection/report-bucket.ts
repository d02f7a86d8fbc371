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
/** Ignored messages are never reported, and may be the normal traffic of a newer service: so many weigh as one. */
export const IGNORED_PER_REPORT = 8;
/** Frames under way when their request ended are normal traffic, thousands of them behind a slow line: so many weigh as one. */
export const LATE_PER_REPORT = 4_096;
/** Frames of a request that the service began by itself: one keyframe each, at five times real time, may go on for ever. */
export const UNREQUESTED_PER_REPORT = 128;
/** A peer that sends exactly one a second while the clock here runs a little slow. */
const TOLERANCE = 0.5;

/**
 * - `unusable`: text, or bytes that do not decode; without room the connection ends, because nothing that follows can be relied on
 * - `serverError`: one that ends neither the connection nor a request of ours
 * - `ignored`: a message of an unknown type, a second confirmation, an error of a request that is over, a frame of a request that
 *   does not exist, and the first frame of a request that the service began by itself
 * - `unrequested`: the other frames of a request that the service began
 * - `late`: a frame of a request of ours that was over a short time ago
 */
export type ReportedFrame = 'unusable' | 'serverError' | 'ignored' | 'unrequested' | 'late';

export class ReportBucket {
  /** All of them, by weight. */
  #level = 0;
  /** Without those that are never reported: they take no report from the others. */
  #reported = 0;
  #atMs = 0;

  /** Whether the frame is reported; with `message`, the connection ends for that reason. */
  admit(kind: ReportedFrame, nowMs: number): boolean | { readonly message: string } {
    const leaked = (Math.max(nowMs - this.#atMs, 0) / 1_000) * REPORTS_PER_SECOND;
    this.#atMs = nowMs;
    const weight = WEIGHT[kind];
    const isReport = weight === 1;
    this.#level = Math.max(this.#level - leaked, 0) + weight;
    this.#reported = Math.max(this.#reported - leaked, 0) + (isReport ? 1 : 0);
    const hasRoom = this.#reported <= REPORT_BURST + TOLERANCE;
    const goesOn = this.#level > MAX_REPORT_LEVEL || (kind === 'unusable' && !hasRoom);
    return goesOn ? { message: TOO_MANY[kind] } : hasRoom && isReport;
  }
}

const WEIGHT: Readonly<Record<ReportedFrame, number>> = {
  unusable: 1,
  serverError: 1,
  ignored: 1 / IGNORED_PER_REPORT,
  unrequested: 1 / UNREQUESTED_PER_REPORT,
  late: 1 / LATE_PER_REPORT,
};

const TOO_MANY: Readonly<Record<ReportedFrame, string>> = {
  unusable: 'too many unusable frames',
  serverError: 'too many errors',
  ignored: 'too many messages that mean nothing',
  unrequested: 'too many frames of requests that the service began',
  late: 'too many frames of requests that are over',
};

/** From the error that the application sees to what decisions are made of: the one place that picks the fields. */
import type { AvatarSDKError } from '../failure/avatar-sdk-error.js';
import type { DecidableFailure } from './decide.js';

/** What the error does not know. */
export interface DialKnowledge {
  /** The token of the failed dial had been fetched ahead. */
  readonly tokenStale?: boolean | undefined;
  /** Sessions of this process that the same drain notice sends away, this one included. */
  readonly drainedSessions?: number | undefined;
}

export function toDecidableFailure(
  error: AvatarSDKError,
  { tokenStale, drainedSessions }: DialKnowledge = {},
): DecidableFailure {
  const { code, phase, step, origin, permanent, retryAfterMs, httpStatus, closeCode } = error;
  return {
    code,
    phase,
    step,
    origin,
    permanent,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(httpStatus !== undefined && { httpStatus }),
    ...(closeCode !== undefined && { closeCode }),
    ...(tokenStale !== undefined && { tokenStale }),
    ...(drainedSessions !== undefined && { drainedSessions }),
  };
}

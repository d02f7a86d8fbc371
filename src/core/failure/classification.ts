/**
 * What `classify` answers: the fields of a failure, or "this was no failure". The fields are as observed and may
 * hold secrets, so they go through `toAvatarSDKError` before anybody outside sees them.
 */
import type { AvatarSDKErrorFields } from './avatar-sdk-error.js';
import type { FailureOrigin } from './phase.js';

/** A failure with its code; every field of the future error, not redacted and not bounded yet. */
export interface ClassifiedFailure extends AvatarSDKErrorFields {
  readonly normalEnd: false;
  readonly origin: FailureOrigin;
  /** Which row of which table led to the code, in words without secrets. */
  readonly matchedRow: string;
}

/** The service closed a confirmed session with 1000 while nothing was owed: the session is over, nothing failed. */
export interface NormalEnd {
  readonly normalEnd: true;
  readonly matchedRow: string;
  readonly closeCode: number;
  readonly closeReason: string;
  readonly connectionId?: string;
}

export type Classification = ClassifiedFailure | NormalEnd;

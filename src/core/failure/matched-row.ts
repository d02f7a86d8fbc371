/**
 * What a table says about a fact: the code, and the row that led to it, in words. The words are made where the row stands,
 * and only of what stands there: numbers, and texts of the tables, never what the service said.
 */
import type { AvatarSDKErrorCode } from './avatar-sdk-error-code.js';

export interface MatchedRow {
  readonly code: AvatarSDKErrorCode;
  /** One clause for people: `close code 4503: a rolling deploy or a failed inner service`. */
  readonly matchedRow: string;
}

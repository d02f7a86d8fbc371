/**
 * Builds a table with one entry for each of the 20 codes. The only place where a record over the codes is made
 * from a function, so that no code can be forgotten; it knows nothing about what the entries mean.
 */
import { AVATAR_SDK_ERROR_CODES } from '../failure/avatar-sdk-error-code.js';
import type { AvatarSDKErrorCode } from '../failure/avatar-sdk-error-code.js';

/** The entries stand in the order of `AVATAR_SDK_ERROR_CODES`. */
export function perCode<T>(
  entryFor: (code: AvatarSDKErrorCode) => T,
): Readonly<Record<AvatarSDKErrorCode, T>> {
  const entries = AVATAR_SDK_ERROR_CODES.map((code) => [code, entryFor(code)] as const);
  // fromEntries forgets the key type; the list above is all of it.
  return Object.fromEntries(entries) as Record<AvatarSDKErrorCode, T>;
}

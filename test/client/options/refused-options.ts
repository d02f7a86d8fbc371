/** The error that a session is refused with when its options are wrong. */
import { newAvatarSession } from '../../../src/index.js';
import type { AvatarSessionOptions } from '../../../src/index.js';

/** The options that every session needs. */
export const required = { apiKey: 'key', appId: 'app', avatarId: 'avatar' };

/** The error that making a session with these options throws, if any. */
export function refusal(given: unknown): Error | undefined {
  try {
    newAvatarSession(given as AvatarSessionOptions);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

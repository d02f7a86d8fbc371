/** The error with which a session is refused when its options are invalid. */
import { newAvatarSession } from '../../../src/index.js';
import type { AvatarSessionOptions } from '../../../src/index.js';

/** The options that every session needs. */
export const required = { apiKey: 'key', appId: 'app', avatarId: 'avatar' };

/** The error that the creation of a session with these options throws, or undefined. */
export function refusal(given: unknown): Error | undefined {
  try {
    newAvatarSession(given as AvatarSessionOptions);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

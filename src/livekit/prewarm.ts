/**
 * What the process of a job does before it has a job: everything that sessions of one process share, so that the first avatar starts
 * sooner. Must not know rooms.
 */
import type { JobProcess } from '@livekit/agents';
import { prewarm as prewarmSessions } from '../client/locate-session.js';
import { checkPluginOptions } from './plugin-options.js';
import type { AvatarSessionOptions } from './plugin-options.js';

/**
 * Prepares the process of an agent for its avatars: finds the region where it is `auto`, asks `session.tokenProvider` for a token where its
 * tokens can be used again, and loads the encoder where the audio format is `ogg_opus`. Fetches no token of the console, because each opens
 * one connection, and opens no WebSocket. Never throws and never rejects: wrong or missing options are reported by the constructor of
 * `AvatarSession`, and a request that fails here is made again by the session.
 *
 * @param _process the process of the job; not used, so that the function can be given to `defineAgent` as it is
 * @param options those of the avatars that follow; variables of the environment count where an option is not given
 * @example
 * ```ts
 * import { defineAgent } from '@livekit/agents';
 *
 * export default defineAgent({ prewarm, entry });
 * ```
 */
export async function prewarm(_process?: JobProcess, options: AvatarSessionOptions = {}): Promise<void> {
  try {
    const { session } = checkPluginOptions(options, process.env);
    // By its type, a session has one of `apiKey` and `tokenProvider`; which one, was checked.
    await prewarmSessions({ ...session, tokenProvider: session.tokenProvider });
  } catch {
    // The constructor of `AvatarSession` throws the same error, where the application sees it.
  }
}

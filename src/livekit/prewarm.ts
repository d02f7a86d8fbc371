/**
 * Prepares the process of a job before it has a job: everything that sessions of one process share, so that the first avatar starts
 * sooner. Must not know rooms.
 */
import type { JobProcess } from '@livekit/agents';
import { prewarm as prewarmSessions } from '../client/locate-session.js';
import { checkPluginOptions } from './plugin-options.js';
import type { AvatarSessionOptions } from './plugin-options.js';

/**
 * Prepares the process of an agent for its avatars: finds the region if it is `auto`, asks `session.tokenProvider` for a token if its
 * tokens can be reused, and loads the encoder if the audio format is `ogg_opus`. Fetches no token of the console, because each opens only
 * one connection, and opens no WebSocket. Never throws and never rejects: wrong or missing options are reported by the constructor of
 * `AvatarSession`, and the session repeats a request that fails here.
 *
 * @param _process the process of the job; unused, but `defineAgent` passes it
 * @param options the options of later avatars; environment variables apply if an option is not given
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
    // By its type, a session has one of `apiKey` and `tokenProvider`; the check has determined which one.
    await prewarmSessions({ ...session, tokenProvider: session.tokenProvider });
  } catch {
    // The constructor of `AvatarSession` throws the same error to the application.
  }
}

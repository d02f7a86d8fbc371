/// <reference types="node" preserve="true" />
/**
 * The public surface of `avatarkit-session/inspector`: a page that shows the sessions of this process. Before it is started, nothing is
 * loaded or run for it.
 */
import { SESSIONS_OF_PROCESS } from './sessions-of-process.js';
import { startInspectorOn } from './start-inspector.js';
import type { Inspector, InspectorOptions } from './start-inspector.js';

export type { Inspector, InspectorOptions } from './start-inspector.js';

/**
 * Starts a page in this process that shows its sessions live: states, outages, next attempts with their reasons, utterances, errors with
 * their remedies, and for one session the audio, and a face that is drawn from the keyframes. Sessions that were opened before are shown
 * as well.
 *
 * Rejects with TypeError or RangeError for a wrong option, and with the system's error if the port can't be opened. It does not keep the
 * process running. It sends no requests to other hosts; the page can't change a session.
 *
 * @example
 * ```ts
 * const inspector = await startInspector({ port: 4600 });
 * console.log(inspector.url); // open it in a browser
 * ```
 */
export function startInspector(options: InspectorOptions = {}): Promise<Inspector> {
  return startInspectorOn(SESSIONS_OF_PROCESS, options);
}

/// <reference types="node" preserve="true" />
/**
 * The public surface of `avatarkit-session/inspector`: a page that shows the sessions of this process. Nothing of it is loaded, and nothing
 * is done for it, before it is started.
 */
import { SESSIONS_OF_PROCESS } from './sessions-of-process.js';
import { startInspectorOn } from './start-inspector.js';
import type { Inspector, InspectorOptions } from './start-inspector.js';

export type { Inspector, InspectorOptions } from './start-inspector.js';

/**
 * Starts a page in this process that shows its sessions live: states, outages, attempts to come and why, utterances, errors and what to do
 * about them, and for one session the audio, and a face that is drawn from the keyframes. Sessions that were opened before are shown, too.
 *
 * Rejects with TypeError or RangeError for a wrong option, and with the error of the system where the port can't be had. It keeps no
 * process from ending. It asks no other host for anything, and sends nothing anywhere; the page can look, and change nothing.
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

/** The names of all events of a session. */
import type { SessionEventName } from '../../../src/index.js';

export const SESSION_EVENTS: readonly SessionEventName[] = [
  'state',
  'error',
  'retry',
  'reconnect',
  'frame',
  'playback',
  'close',
];

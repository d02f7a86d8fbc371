/** Pausing and resuming what the room hears: by capability, and with a clear refusal where it can't be done. */
import { encodeClientMessage } from '../wire/encode.js';
import { MessageType } from '../wire/message.js';
import type { SessionParts } from './session-parts.js';
import { quietRejection } from './waiting/quiet.js';

const PLAYBACK_CONTROL = 'playback_control';

/** Resolves when the message is on its way, for the oldest request that the service knows of. */
export function controlPlayback(
  parts: SessionParts,
  type: typeof MessageType.clientPause | typeof MessageType.clientResume,
): Promise<void> {
  const { playback, speech } = parts;
  const { connection, ending } = parts.driver;
  const reqId = speech.unfinished.oldestOnWire();
  if (ending !== undefined) return quietRejection(ending.error);
  if (connection === undefined || reqId === undefined) {
    const message = 'nothing is being said on a connection';
    return quietRejection(parts.refusal('invalidRequest', message, { problem: 'nothingSaid' }));
  }
  if (!connection.capabilities.includes(PLAYBACK_CONTROL)) {
    const message = `the service lacks the capability ${PLAYBACK_CONTROL}`;
    return quietRejection(parts.refusal('invalidRequest', message, { problem: 'noPlaybackControl' }));
  }
  connection.send(encodeClientMessage({ type, reqId }));
  const utterance = speech.unfinished.find(reqId);
  const state = type === MessageType.clientPause ? 'paused' : 'resumed';
  if (utterance !== undefined) playback.controlled(utterance, state);
  return Promise.resolve();
}

/**
 * Counts the frames that sockets bring for unknown requests, and those that are emitted: after a pause, if
 * there is one.
 */
import { decodeServerMessage } from '../../../src/wire/decode.js';
import { MessageType, WireError } from '../../../src/ports/message.js';
import { PerSession } from './check.js';
import type { Check } from './check.js';
import { isForeignReqId } from './frames-once.js';

export const foreignFrames: Check = {
  name: 'foreign-frames',
  rule: 'frames of requests that the service made up pass through, also those in one segment with the confirmation; in a pause they wait',
  watch({ actors }, violated) {
    const owed = new PerSession(() => ({ frames: 0, waiting: 0, isPaused: false }));
    return {
      read(entry) {
        if (entry.kind === 'did') {
          const { what } = entry;
          const debt = owed.of(entry.session);
          if (what === 'pause') {
            debt.isPaused = true;
            // Within a handler: the rest of what has just come waits, too.
            debt.waiting += debt.frames;
            debt.frames = 0;
          }
          // A close that drains may resume by itself.
          if (what === 'resume' || what.startsWith('close')) debt.isPaused = false;
          if (what === 'interrupt everything') debt.waiting = 0;
        }
        if (entry.kind === 'received' && typeof entry.data !== 'string' && isForeign(entry.data)) {
          const debt = owed.of(entry.session);
          if (debt.isPaused) debt.waiting += 1;
          else debt.frames += 1;
        }
        if (entry.kind === 'emitted' && entry.name === 'frame' && isForeignReqId(entry.payload.reqId)) {
          const debt = owed.of(entry.session);
          if (debt.waiting > 0) debt.waiting -= 1;
          else debt.frames -= 1;
        }
      },
      step() {
        for (const { session, options } of actors) {
          const debt = owed.of(options.number);
          // Before the confirmation they break the protocol, and at the end of a connection none has to be
          // emitted.
          if (session.state !== 'websocket_runtime') debt.frames = 0;
          if (session.state === 'closing' || session.state === 'closed') debt.waiting = 0;
          if (!debt.isPaused && debt.waiting > 0)
            violated(`session ${options.number} keeps what waited for a pause`);
          if (debt.frames > 0) violated(`session ${options.number} keeps ${debt.frames} frames to itself`);
          if (debt.frames < 0) violated(`session ${options.number} reports frames that never came`);
        }
      },
    };
  },
};

export function isForeign(bytes: Uint8Array): boolean {
  try {
    const message = decodeServerMessage(bytes);
    return message.type === MessageType.serverResponseAnimation && isForeignReqId(message.reqId);
  } catch (error) {
    if (error instanceof WireError) return false;
    throw error;
  }
}

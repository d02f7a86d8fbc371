/**
 * Counts the received frames of unknown requests, and the emitted ones. During a pause, they are emitted
 * after it.
 */
import { MessageType } from '../../../src/ports/message.js';
import { serverMessage } from '../network/read-message.js';
import { PerSession } from './check.js';
import type { Check } from './check.js';
import { isForeignReqId } from './frames-once.js';

export const foreignFrames: Check = {
  name: 'foreign-frames',
  rule: 'frames of requests that the service invented are emitted, also those in one segment with the confirmation; during a pause they wait',
  watch({ actors }, violated) {
    const owed = new PerSession(() => ({ frames: 0, waiting: 0, isPaused: false }));
    return {
      read(entry) {
        if (entry.kind === 'did') {
          const { what } = entry;
          const debt = owed.of(entry.session);
          if (what === 'pause') {
            debt.isPaused = true;
            // The pause is called in a handler. The remaining frames that have just arrived wait as well.
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
          // Frames before the confirmation violate the protocol. At the end of a connection, no frame has to
          // be emitted.
          if (session.state !== 'websocket_runtime') debt.frames = 0;
          if (session.state === 'closing' || session.state === 'closed') debt.waiting = 0;
          if (!debt.isPaused && debt.waiting > 0)
            violated(`session ${options.number} keeps frames that waited for the end of a pause`);
          if (debt.frames > 0) violated(`session ${options.number} has not emitted ${debt.frames} frames`);
          if (debt.frames < 0) violated(`session ${options.number} emitted frames that never arrived`);
        }
      },
    };
  },
};

export function isForeign(bytes: Uint8Array): boolean {
  const message = serverMessage(bytes);
  return message?.type === MessageType.serverResponseAnimation && isForeignReqId(message.reqId);
}

/**
 * Compares what the service had received of an utterance with the application's record of it, when the
 * connection is lost.
 */
import { MessageType } from '../../../src/ports/message.js';
import { serverMessage } from '../network/read-message.js';
import type { SpeechBook } from '../application/speech-book.js';
import type { Check } from './check.js';

export const failsAtTheLoss: Check = {
  name: 'fails-at-the-loss',
  rule: 'an utterance that is not re-sent has failed as soon as the session waits for another connection',
  watch({ actors }, violated) {
    /** The ids of requests of which a part was sent. */
    const begun = new Set<string>();
    /**
     * The ids of requests whose last frame has arrived. They need no connection, even if a pause delays their
     * end.
     */
    const answered = new Set<string>();
    /** Sessions that have waited since the last step. */
    const waiting = new Set<number>();
    return {
      read(entry) {
        if (entry.kind === 'service' && entry.entry.event === 'audio') begun.add(entry.entry.reqId);
        if (entry.kind === 'received' && typeof entry.data !== 'string') {
          const reqId = endedBy(entry.data);
          if (reqId !== undefined) answered.add(reqId);
        }
        if (entry.kind !== 'emitted' || entry.name !== 'state') return;
        const { from, to } = entry.payload;
        if (from === 'websocket_runtime' && to === 'waiting') waiting.add(entry.session);
      },
      step() {
        for (const { books, options } of waiting.size > 0 ? actors : []) {
          if (!waiting.has(options.number)) continue;
          const isUnknown = (book: SpeechBook): boolean =>
            isGivenUp(book) && begun.has(book.reqId) && !answered.has(book.reqId) && !isOver(book);
          const unknown = books.find(isUnknown);
          if (unknown !== undefined) violated(`${unknown.name} (${unknown.recovery}) has not failed`);
        }
        waiting.clear();
      },
    };
  },
};

function isGivenUp({ recovery, isFollowed }: SpeechBook): boolean {
  return isFollowed && (recovery === 'fail' || recovery === 'drop');
}

function isOver({ result, failed }: SpeechBook): boolean {
  return result !== undefined || failed;
}

/** The id of the request that this message ends. */
function endedBy(bytes: Uint8Array): string | undefined {
  const message = serverMessage(bytes);
  return message?.type === MessageType.serverResponseAnimation && message.end ? message.reqId : undefined;
}

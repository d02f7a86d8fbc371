/** Compares what the service had taken of an utterance with what the application knows of it when the connection is lost. */
import type { SpeechBook } from '../application/speech-book.js';
import type { Check } from './check.js';

export const failsAtTheLoss: Check = {
  name: 'fails-at-the-loss',
  rule: 'an utterance that is not to be sent again has failed as soon as the session waits for another connection',
  watch({ actors }, violated) {
    /** The ids of requests of which something had gone out. */
    const begun = new Set<string>();
    /** Sessions that wait since the last step. */
    const waiting = new Set<number>();
    return {
      read(entry) {
        if (entry.kind === 'service' && entry.entry.event === 'audio') begun.add(entry.entry.reqId);
        if (entry.kind !== 'told' || entry.name !== 'state') return;
        const { from, to } = entry.payload;
        if (from === 'websocket_runtime' && to === 'waiting') waiting.add(entry.session);
      },
      step() {
        for (const { books, options } of waiting.size > 0 ? actors : []) {
          if (!waiting.has(options.number)) continue;
          const unknown = books.find((book) => isGivenUp(book) && begun.has(book.reqId) && !isOver(book));
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

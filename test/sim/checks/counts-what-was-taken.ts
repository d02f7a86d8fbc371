/**
 * Compares results and positions with the frames that loops read, for applications that have no other way to
 * get frames.
 */
import { KEYFRAME_MS } from '../../../src/core/utterance/recovery.js';
import type { SpeechBook } from '../application/speech-book.js';
import type { Check } from './check.js';

export const countsWhatWasTaken: Check = {
  name: 'counts-what-was-taken',
  rule: 'no result and no position counts a keyframe that no loop has read; a loop that ended by itself has read all counted keyframes',
  watch({ actors }, violated) {
    const settled = new Set<SpeechBook>();
    const loopsOf = (session?: number): SpeechBook[] =>
      actors
        .filter(
          ({ options: { number, traits } }) => traits.loopsOnly === true && number === (session ?? number),
        )
        .flatMap(({ books }) => books.filter(({ isLooped }) => isLooped));
    return {
      read(entry) {
        if (entry.kind !== 'emitted' || entry.name !== 'playback') return;
        const { reqId, state, positionMs = 0 } = entry.payload;
        const book = loopsOf(entry.session).find((one) => one.reqId === reqId);
        if (book !== undefined && positionMs > takenBy(book) * KEYFRAME_MS)
          violated(
            `${book.name} is ${state} at ${positionMs} ms, and its loop took ${takenBy(book)} keyframes`,
          );
      },
      step() {
        for (const book of loopsOf()) {
          const { name, result, readToTheEnd } = book;
          if (result === undefined || settled.has(book)) continue;
          settled.add(book);
          const { outcome, keyframes } = result;
          const taken = takenBy(book);
          const isExact = readToTheEnd && outcome !== 'interrupted';
          if (keyframes > taken || (isExact && keyframes !== taken))
            violated(`${name} is ${outcome} with ${keyframes} keyframes, and its loop took ${taken}`);
        }
      },
    };
  },
};

function takenBy({ read }: SpeechBook): number {
  return read.reduce((sum, { keyframes }) => sum + keyframes.length, 0);
}

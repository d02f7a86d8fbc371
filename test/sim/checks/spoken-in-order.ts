/** Looks at whose frames the handlers get after whose. The order is worked out from when the application began what. */
import type { SpeechBook } from '../application/speech-book.js';
import { PerSession } from './check.js';
import type { Check } from './check.js';

export const spokenInOrder: Check = {
  name: 'spoken-in-order',
  rule: 'without egress frames come utterance by utterance, never in between, in the order in which they were begun or in which after puts them; those of a parallel one as they come, but not before the one that it comes after is over',
  watch({ actors }, violated) {
    const latest = new PerSession((): { book: SpeechBook | undefined } => ({ book: undefined }));
    const early = new Set<SpeechBook>();
    return {
      read(entry) {
        if (entry.kind !== 'told' || entry.name !== 'frame') return;
        const actor = actors.find(({ options }) => options.number === entry.session);
        if (actor === undefined || actor.options.traits.usesEgress) return;
        // The id of one of `sendAudio` may not be known yet.
        const book = actor.books.find(({ reqId }) => reqId === entry.payload.reqId);
        if (book === undefined) return;
        if (book.isParallel) {
          if (book.after?.isOver === false) early.add(book);
          return;
        }
        const before = latest.of(entry.session);
        if (before.book !== undefined && before.book !== book) {
          const line = lineOf(actor.books);
          // The session lets others pass one that is never ended.
          if (line.indexOf(book) < line.indexOf(before.book) && book.ends)
            violated(`${book.name} gives a frame after one of ${before.book.name}`);
        }
        before.book = book;
      },
      // The end of an utterance and the first frame of the next one come at the same time, before any promise is told.
      step() {
        for (const { name, after } of early) {
          if (after?.isOver === false) violated(`${name} gives a frame before ${after.name} is over`);
        }
        early.clear();
      },
    };
  },
};

/** Behind the one that it comes after, and behind whatever was put there before; otherwise at the end. */
function lineOf(books: readonly SpeechBook[]): readonly SpeechBook[] {
  const line: SpeechBook[] = [];
  for (const book of books.filter(({ isParallel }) => !isParallel)) {
    const at = book.after === undefined ? -1 : line.indexOf(book.after);
    let place = at < 0 ? line.length : at + 1;
    while (at >= 0 && line[place]?.after === book.after) place += 1;
    line.splice(place, 0, book);
  }
  return line;
}

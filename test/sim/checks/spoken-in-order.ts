/**
 * Checks in which order the handlers get the frames of utterances. The expected order follows from the order
 * in which the application started them.
 */
import type { SpeechBook } from '../application/speech-book.js';
import { PerSession } from './check.js';
import type { Check } from './check.js';

export const spokenInOrder: Check = {
  name: 'spoken-in-order',
  rule: 'without egress, frames are emitted utterance by utterance, never mixed, in the order of their start or of `after`; frames of a parallel utterance are emitted on arrival, but not before the utterance that it follows is over or silent for too long',
  watch({ actors, time }, violated) {
    /** When each utterance started, and which one it follows. */
    const begun = new Map<SpeechBook, Begun>();
    const latest = new PerSession((): { book: SpeechBook | undefined } => ({ book: undefined }));
    const early = new Set<SpeechBook>();
    return {
      read(entry) {
        if (entry.kind !== 'emitted' || entry.name !== 'frame') return;
        const actor = actors.find(({ options }) => options.number === entry.session);
        if (actor === undefined || actor.options.traits.usesEgress) return;
        // The id of an utterance of `sendAudio` may not be known yet.
        const book = actor.books.find(({ reqId }) => reqId === entry.payload.reqId);
        if (book === undefined) return;
        // The session skips an utterance that gives no frame for this time: one that is never ended, or waits
        // for room.
        const isOld = (one: SpeechBook): boolean =>
          time.nowMs - (begun.get(one)?.atMs ?? time.nowMs) >= actor.options.traits.silenceTimeoutMs;
        if (book.isParallel) {
          if (book.after?.isOver === false && !isOld(book.after)) early.add(book);
          return;
        }
        const before = latest.of(entry.session);
        if (before.book !== undefined && before.book !== book) {
          const line = lineOf(actor.books, begun);
          const isPassed = !book.ends || isOld(book);
          if (line.indexOf(book) < line.indexOf(before.book) && !isPassed)
            violated(`${book.name} has a frame after one of ${before.book.name}`);
        }
        before.book = book;
      },
      // The end of an utterance and the first frame of the next one have the same time, before any promise
      // settles.
      step() {
        for (const { books } of actors) {
          for (let at = books.length - 1; at >= 0; at--) {
            const book = books[at];
            if (book === undefined || begun.has(book)) break;
            begun.set(book, {
              atMs: time.nowMs,
              after: book.after?.isOver === true ? undefined : book.after,
            });
          }
        }
        for (const { name, after } of early) {
          if (after?.isOver === false) violated(`${name} has a frame before ${after.name} is over`);
        }
        early.clear();
      },
    };
  },
};

interface Begun {
  readonly atMs: number;
  readonly after: SpeechBook | undefined;
}

/**
 * The position of an utterance: after the one that it follows, after the utterances that were put there
 * before, and after those that follow these. It is last if the one that it follows was over.
 */
function lineOf(books: readonly SpeechBook[], begun: ReadonlyMap<SpeechBook, Begun>): readonly SpeechBook[] {
  const line: SpeechBook[] = [];
  const afterOf = (book: SpeechBook | undefined): SpeechBook | undefined =>
    book === undefined ? undefined : begun.get(book)?.after;
  for (const book of books.filter(({ isParallel }) => !isParallel)) {
    const after = afterOf(book);
    const at = after === undefined ? -1 : line.indexOf(after);
    let place = at < 0 ? line.length : at + 1;
    const passed = new Set([after]);
    for (let next = line[place]; at >= 0 && next !== undefined && passed.has(afterOf(next)); place += 1) {
      passed.add(next);
      next = line[place + 1];
    }
    line.splice(place, 0, book);
  }
  return line;
}

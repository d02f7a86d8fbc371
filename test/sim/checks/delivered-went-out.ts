/** Compares the audio that the service received with the outcome that the application gets. */
import type { Entry } from '../world/chronicle.js';
import type { SpeechBook } from '../application/speech-book.js';
import type { Check } from './check.js';

interface Taken {
  bytes: number;
  hasEnd: boolean;
}

/** Tolerance for sums of floating-point numbers. */
const ROUNDING_MS = 1e-6;

export const deliveredWentOut: Check = {
  name: 'delivered-went-out',
  rule: 'delivered and replayed mean that every accepted byte and the end of the utterance were sent',
  watch({ actors, service }, violated) {
    /** Received audio, by the request id on the wire. */
    const taken = new Map<string, Taken>();
    const judged = new Set<SpeechBook>();
    const read = (entry: Entry): void => {
      if (entry.kind !== 'service' || entry.entry.event !== 'audio') return;
      const { reqId, bytes, end } = entry.entry;
      const request = taken.get(reqId) ?? { bytes: 0, hasEnd: false };
      taken.set(reqId, request);
      request.bytes += bytes;
      request.hasEnd ||= end;
    };
    /** The service computes the duration of compressed audio itself. */
    const wasHeard = (book: SpeechBook): boolean => {
      const ended = service.heard.filter(({ ended }) => ended);
      const isWhole = ({ durationMs }: { readonly durationMs: number }): boolean =>
        Math.abs(durationMs - book.acceptedMs) < ROUNDING_MS;
      if (book.result?.outcome === 'delivered')
        return ended.some((request) => request.reqId === book.reqId && isWhole(request));
      return book.recovery === 'replay' ? ended.some(isWhole) : ended.length > 0;
    };
    const wentOut = (book: SpeechBook): boolean => {
      if (book.endCrossed) return true;
      if (book.isEncoded) return wasHeard(book);
      const expected = book.acceptedBytes;
      const isWhole = ({ bytes, hasEnd }: Taken): boolean => hasEnd && bytes === expected;
      const own = taken.get(book.reqId);
      if (book.result?.outcome === 'delivered') return own !== undefined && isWhole(own);
      // A re-send has a request id that only the session has. A tail is only a part of the utterance.
      if (book.recovery === 'replay' || !book.isCuttable) return [...taken.values()].some(isWhole);
      return [...taken.values()].some(({ hasEnd }) => hasEnd);
    };
    return {
      read,
      step() {
        for (const { books } of actors) {
          for (const book of books) {
            if (book.result === undefined || judged.has(book)) continue;
            judged.add(book);
            if (book.result.outcome === 'interrupted' || wentOut(book)) continue;
            violated(`${book.name} is ${book.result.outcome}, and not all of it was sent`);
          }
        }
      },
    };
  },
};

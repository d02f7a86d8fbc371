/** Compares the verdict of an error (whether the session retries) with what happens to the session. */
import type { AvatarSDKError, SessionState } from '../../../src/index.js';
import { MessageType } from '../../../src/ports/message.js';
import { serverMessage } from '../network/read-message.js';
import type { Emitted } from '../world/chronicle.js';
import { beginsLife, PerSession } from './check.js';
import type { Check } from './check.js';

/** A close within this time after an error of the connection may be the same failure. Milliseconds. */
const SAME_FAILURE_MS = 1_000;

const OVER: readonly string[] = ['closing', 'closed'] satisfies SessionState[];

interface Book {
  /** Errors that were received over the connection, and whose verdict is not known yet. */
  reports: { readonly code: string; readonly atMs: number }[];
  /** The time of the latest error on this connection whose verdict was that the session continues. */
  goesOnSinceMs: number | undefined;
  /** The verdict with which the session ended. */
  ended: AvatarSDKError | undefined;
}

export const verdictsComeTrue: Check = {
  name: 'verdicts-come-true',
  rule: 'an error with willRetry is emitted while the session continues, and no end by the same failure follows; the error of the end was emitted with its reason',
  watch(_world, violated) {
    const books = new PerSession((): Book => ({
      reports: [],
      goesOnSinceMs: undefined,
      ended: undefined,
    }));
    const readError = (
      book: Book,
      { session, state, payload }: Emitted & { readonly name: 'error' },
    ): void => {
      const { willRetry, reason, outcome, serverCode, step } = payload;
      if (willRetry && reason !== undefined)
        violated(`session ${session} continues, and gives a reason for its end`);
      if (willRetry && OVER.includes(state)) violated(`session ${session} emits willRetry, and is ${state}`);
      if (outcome === undefined && !willRetry) book.ended = payload;
      const nth = step === 'receive' ? book.reports.findIndex(({ code }) => code === serverCode) : -1;
      const [report] = nth < 0 ? [] : book.reports.splice(nth, 1);
      if (willRetry && state === 'websocket_runtime') book.goesOnSinceMs = report?.atMs ?? book.goesOnSinceMs;
    };
    return {
      read(entry) {
        if (entry.kind === 'received') {
          const { report, isAnswered } = meaningOf(entry.data);
          const book = books.of(entry.session);
          if (report !== undefined) book.reports.push({ code: report, atMs: entry.atMs });
          // Earlier reports were not part of the failure, because the connection works.
          if (isAnswered) book.reports = book.reports.map(({ code }) => ({ code, atMs: -Infinity }));
          if (isAnswered && book.goesOnSinceMs !== undefined) book.goesOnSinceMs = -Infinity;
        }
        if (entry.kind !== 'emitted') return;
        const { session } = entry;
        if (beginsLife(entry)) books.forget(session);
        const book = books.of(session);
        if (entry.name === 'error') readError(book, entry);
        if (entry.name === 'state') {
          const { from, to } = entry.payload;
          const afterMs = entry.atMs - (book.goesOnSinceMs ?? -Infinity);
          if (from === 'websocket_runtime' && to === 'closing' && afterMs < SAME_FAILURE_MS)
            violated(`session ${session} ends ${afterMs} ms after an error with willRetry`);
          if (from === 'websocket_runtime') Object.assign(book, { reports: [], goesOnSinceMs: undefined });
        }
        if (entry.name === 'close' && entry.payload.reason === 'failed') {
          const { code, reason } = entry.payload.error ?? {};
          if (book.ended === undefined || book.ended.code !== code || book.ended.reason !== reason)
            violated(`session ${session} ends with ${code} (${reason}), and no error has reported this`);
        }
      },
    };
  },
};

/** Decodes a message. `report`: the code of a ServerError. */
function meaningOf(data: Uint8Array | string): { readonly report?: string; readonly isAnswered: boolean } {
  const message = serverMessage(data);
  return {
    ...(message?.type === MessageType.serverError && { report: String(message.code) }),
    isAnswered: message?.type === MessageType.serverResponseAnimation && message.end,
  };
}

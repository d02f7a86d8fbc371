/** Compares what an error says of the session with what becomes of the session. */
import type { AvatarSDKError, SessionState } from '../../../src/index.js';
import { decodeServerMessage } from '../../../src/wire/decode.js';
import { MessageType, WireError } from '../../../src/ports/message.js';
import type { Told } from '../world/chronicle.js';
import { PerSession } from './check.js';
import type { Check } from './check.js';

/** A close that comes so soon after an error of the connection may be the same failure, milliseconds. */
const SAME_FAILURE_MS = 1_000;

const OVER: readonly string[] = ['closing', 'closed'] satisfies SessionState[];

interface Book {
  /** When errors without a request came over the connection; no verdict on them is known yet. */
  reportedAtMs: number[];
  /** When the error came that was the latest to say that the session goes on, on this connection. */
  goesOnSinceMs: number | undefined;
  /** The verdict with which the session ended. */
  ended: AvatarSDKError | undefined;
}

export const verdictsComeTrue: Check = {
  name: 'verdicts-come-true',
  rule: 'an error that says the session goes on comes while it does, and no end follows that is the same failure; the error of the end has been told with its reason',
  watch(_world, violated) {
    const books = new PerSession((): Book => ({
      reportedAtMs: [],
      goesOnSinceMs: undefined,
      ended: undefined,
    }));
    const readError = (book: Book, { session, state, payload }: Told & { readonly name: 'error' }): void => {
      const { willRetry, reason, outcome, serverCode, reqId, step } = payload;
      if (willRetry && reason !== undefined) violated(`session ${session} goes on, and says why it does not`);
      if (willRetry && OVER.includes(state))
        violated(`session ${session} says that it goes on, and is ${state}`);
      if (outcome === undefined && !willRetry) book.ended = payload;
      const waited = serverCode !== undefined && reqId === undefined && step === 'receive';
      const reportedAtMs = waited ? book.reportedAtMs.shift() : undefined;
      if (willRetry && state === 'websocket_runtime') book.goesOnSinceMs = reportedAtMs ?? book.goesOnSinceMs;
    };
    return {
      read(entry) {
        if (entry.kind === 'received') {
          const { isReport, isAnswered } = meaningOf(entry.data);
          const book = books.of(entry.session);
          if (isReport) book.reportedAtMs.push(entry.atMs);
          // What had been said before was no part of the failure: the connection works.
          if (isAnswered) book.reportedAtMs = book.reportedAtMs.map(() => -Infinity);
          if (isAnswered && book.goesOnSinceMs !== undefined) book.goesOnSinceMs = -Infinity;
        }
        if (entry.kind !== 'told') return;
        const { session } = entry;
        const book = books.of(session);
        if (entry.name === 'error') readError(book, entry);
        if (entry.name === 'state') {
          const { from, to } = entry.payload;
          const afterMs = entry.atMs - (book.goesOnSinceMs ?? -Infinity);
          if (from === 'websocket_runtime' && to === 'closing' && afterMs < SAME_FAILURE_MS)
            violated(`session ${session} ends ${afterMs} ms after an error that says it goes on`);
          if (from === 'websocket_runtime')
            Object.assign(book, { reportedAtMs: [], goesOnSinceMs: undefined });
        }
        if (entry.name === 'close' && entry.payload.reason === 'failed') {
          const { code, reason } = entry.payload.error ?? {};
          if (book.ended === undefined || book.ended.code !== code || book.ended.reason !== reason)
            violated(`session ${session} ends with ${code} (${reason}), and no error has said so`);
        }
      },
    };
  },
};

function meaningOf(data: Uint8Array | string): { readonly isReport: boolean; readonly isAnswered: boolean } {
  const nothing = { isReport: false, isAnswered: false };
  if (typeof data === 'string') return nothing;
  try {
    const message = decodeServerMessage(data);
    return {
      isReport: message.type === MessageType.serverError && message.reqId === '',
      isAnswered: message.type === MessageType.serverResponseAnimation && message.end,
    };
  } catch (error) {
    if (error instanceof WireError) return nothing;
    throw error;
  }
}

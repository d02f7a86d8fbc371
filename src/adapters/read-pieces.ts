/**
 * Reads a stream of the application's, such as the body of a `Response`, as text within bounds, and leaves it then: a body that never ends
 * costs neither memory nor the answer that it belongs to. Knows nothing of HTTP.
 */
import { ONCE } from '../ports/end-signal.js';
import type { EndSignal } from '../ports/end-signal.js';
import { UnusableHttpAnswer } from '../ports/http-post.js';
import { REAL_TIME } from './real-timers.js';

export interface Pieces {
  /** One call at a time. */
  next(): Promise<IteratorResult<unknown, unknown>>;
  /** Nothing more is read. May throw. */
  leave(): unknown;
}

export interface PiecesBounds {
  readonly maxBytes: number;
  /** How long to wait for the end; absent: until `signal` is aborted. */
  readonly withinMs: number | undefined;
  readonly signal: EndSignal;
}

export interface PiecesRead {
  /** As UTF-8, up to the bound, or as far as it came in time. */
  readonly text: string;
  /** The stream failed before its end, and with what. */
  readonly broken?: { readonly cause: unknown };
}

interface WebStream {
  getReader(): { read(): Promise<IteratorResult<unknown, unknown>>; cancel(): Promise<void> };
}

/** Of a web stream, or of anything that can be iterated asynchronously. Undefined for everything else; throws for a stream that is locked. */
export function piecesOf(body: unknown): Pieces | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  if ('getReader' in body && typeof body.getReader === 'function') {
    const reader = (body as WebStream).getReader();
    return { next: () => reader.read(), leave: () => reader.cancel() };
  }
  if (!(Symbol.asyncIterator in body)) return undefined;
  const iterator = (body as AsyncIterable<unknown>)[Symbol.asyncIterator]();
  const leave = (): unknown =>
    // The `return` of a Node stream waits for a `next` that has nothing to give.
    'destroy' in body ? (body as { destroy(): unknown }).destroy() : iterator.return?.();
  return { next: () => iterator.next(), leave };
}

/** Rejects with an UnusableHttpAnswer that the pieces reject with, and with nothing else. */
export function readPieces(
  pieces: Pieces,
  { maxBytes, withinMs, signal }: PiecesBounds,
): Promise<PiecesRead> {
  return new Promise((resolve, reject) => {
    const decoder = new TextDecoder();
    let text = '';
    let bytes = 0;
    let over = false;
    const isOver = (): boolean => over;
    const settle = (): boolean => {
      if (over) return false;
      over = true;
      REAL_TIME.clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      return true;
    };
    const stop = (): void => {
      if (!settle()) return;
      ignoreOutcome(() => pieces.leave());
      resolve({ text });
    };
    const timer = withinMs === undefined ? undefined : REAL_TIME.setTimeout(stop, withinMs);
    signal.addEventListener('abort', stop, ONCE);
    const take = (piece: unknown): void => {
      if (typeof piece === 'string') text += piece.slice(0, maxBytes - bytes);
      else if (ArrayBuffer.isView(piece)) {
        const part = new Uint8Array(
          piece.buffer,
          piece.byteOffset,
          Math.min(piece.byteLength, maxBytes - bytes),
        );
        text += decoder.decode(part, { stream: true });
      } else throw new TypeError('a piece of the body is neither bytes nor text');
      bytes += typeof piece === 'string' ? piece.length : piece.byteLength;
    };
    const read = async (): Promise<void> => {
      while (!isOver()) {
        const { done, value } = await pieces.next();
        if (isOver()) return;
        if (done === true) {
          if (settle()) resolve({ text: text + decoder.decode() });
          return;
        }
        take(value);
        if (bytes >= maxBytes) stop();
      }
    };
    read().catch((cause: unknown) => {
      if (!settle()) return;
      ignoreOutcome(() => pieces.leave());
      if (cause instanceof UnusableHttpAnswer) reject(cause);
      else resolve({ text, broken: { cause } });
    });
    if (signal.aborted) stop();
  });
}

function ignoreOutcome(call: () => unknown): void {
  try {
    Promise.resolve(call()).catch(() => undefined);
  } catch {
    // Nobody needs it any more.
  }
}

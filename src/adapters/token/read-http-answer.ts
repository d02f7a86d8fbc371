/**
 * Checks the answer of an application's `httpPost`: an HttpAnswer, or an unchanged `Response` of fetch. If a part of anything else is
 * missing, the error names it.
 */
import { answerMember } from '../../core/option/plain-object.js';
import { kindOf } from '../../core/option/shown-value.js';
import { ONCE } from '../../ports/end-signal.js';
import type { EndSignal } from '../../ports/end-signal.js';
import { UnusableHttpAnswer } from '../../ports/http-post.js';
import type { HttpAnswer } from '../../ports/http-post.js';
import { openSource } from '../../ports/source-reader.js';
import type { SourceReader } from '../../ports/source-reader.js';
import { refusalBodyWithinMs } from '../node/http-answer.js';
import { REAL_TIME } from '../node/runtime-sources.js';

/** The limit of every answer's body; for text, in characters. */
const MAX_BODY_BYTES = 1_024 * 1_024;
const MAX_HEADERS = 1_024;

type Headers = Record<string, string>;
interface HeaderList {
  forEach(visit: (value: unknown, name: unknown) => void): void;
}

/**
 * Reads the body up to a limit, that of a refusal for a second at most. A refusal whose body can't be read is still a refusal. Rejects
 * only with UnusableHttpAnswer.
 *
 * @param signal of the request; a body is not read any further once it is aborted
 */
export async function readHttpAnswer(answer: unknown, signal: EndSignal): Promise<HttpAnswer> {
  try {
    const status = statusOf(answer);
    const head = { status, headers: headersOf(answerMember(answer, 'headers')) };
    const succeeded = status >= 200 && status < 300;
    try {
      return { ...head, ...(await readAnswerBody(answer, signal, succeeded)) };
    } catch (error) {
      if (succeeded || error instanceof UnusableHttpAnswer) throw error;
      return { ...head, body: '', broken: brokenBy(error) };
    }
  } catch (error) {
    if (error instanceof UnusableHttpAnswer) throw error;
    throw new UnusableHttpAnswer('httpPost answered with something that can not be read', { cause: error });
  }
}

function statusOf(answer: unknown): number {
  if ((typeof answer !== 'object' && typeof answer !== 'function') || answer === null) {
    throw lacking(`an object, got ${kindOf(answer)}`);
  }
  const status = answerMember(answer, 'status');
  if (typeof status === 'number' && Number.isInteger(status) && status >= 100 && status <= 599) return status;
  throw lacking(`a status from 100 to 599, got ${typeof status === 'number' ? status : kindOf(status)}`);
}

function headersOf(given: unknown): Headers {
  if (typeof given !== 'object' || given === null)
    throw lacking(`headers that are an object, got ${kindOf(given)}`);
  const headers = Object.create(null) as Headers;
  let count = 0;
  const add = (name: unknown, value: unknown): void => {
    if (typeof name !== 'string' || count >= MAX_HEADERS) return;
    const text = Array.isArray(value) ? value.filter(isText).join(', ') : value;
    if (typeof text !== 'string' && typeof text !== 'number') return;
    headers[name.toLowerCase()] = String(text);
    count += 1;
  };
  // A `Headers` of fetch, or a Map.
  if (typeof answerMember(given, 'forEach') === 'function' && !Array.isArray(given)) {
    (given as HeaderList).forEach((value, name) => add(name, value));
  } else if (Array.isArray(given)) for (const pair of given as readonly unknown[]) addPair(pair, add);
  else for (const [name, value] of Object.entries(given)) add(name, value);
  return headers;
}

/** Adds one header as `new Headers()` does. */
function addPair(pair: unknown, add: (name: unknown, value: unknown) => void): void {
  if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== 'string') {
    throw lacking('headers that are an object, or a list of pairs of name and value, got another list');
  }
  add(pair[0], pair[1]);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

type BodyText = Pick<HttpAnswer, 'body' | 'broken'>;

/** Throws the error of a getter, a Proxy or a stream that can't be opened. */
async function readAnswerBody(answer: unknown, signal: EndSignal, succeeded: boolean): Promise<BodyText> {
  const body = answerMember(answer, 'body');
  if (typeof body === 'string') {
    const broken = answerMember(answer, 'broken');
    const whole = { body: body.slice(0, MAX_BODY_BYTES) };
    return broken === undefined ? whole : { ...whole, broken: brokenBy(answerMember(broken, 'cause')) };
  }
  if (typeof answerMember(answer, 'text') !== 'function') {
    throw lacking(`a body that is a string, got ${kindOf(body)}`);
  }
  const pieces = openPieces(answer, body);
  if (pieces === 'read before') {
    if (succeeded) throw lacking('a body that was not read before');
    return { body: '', broken: {} };
  }
  const reading = pieces ?? wholeText(answer as Response);
  const withinMs = succeeded ? undefined : refusalBodyWithinMs(signal);
  const { text, broken } = await readPieces(reading, { maxBytes: MAX_BODY_BYTES, withinMs, signal });
  return broken === undefined ? { body: text } : { body: text, broken: brokenBy(broken.cause) };
}

/** Undefined if the body is no stream. */
function openPieces(answer: unknown, body: unknown): SourceReader<unknown> | 'read before' | undefined {
  if (answerMember(answer, 'bodyUsed') === true) return 'read before';
  if (typeof body !== 'object' || body === null) return undefined;
  if (!('getReader' in body) && !(Symbol.asyncIterator in body)) return undefined;
  try {
    return openSource(body);
  } catch {
    return 'read before'; // Locked: it has another reader.
  }
}

/** For an answer that has only a function for its whole text. */
function wholeText(response: Response): SourceReader<unknown> {
  let isRead = false;
  return {
    async next() {
      if (isRead) return { done: true, value: undefined };
      isRead = true;
      const text: unknown = await response.text();
      if (typeof text !== 'string') throw lacking(`a text() that gives a string, got ${kindOf(text)}`);
      return { done: false, value: text };
    },
    leave: () => undefined,
  };
}

function brokenBy(cause: unknown): { readonly cause?: Error } {
  return cause instanceof Error ? { cause } : {};
}

function lacking(part: string): UnusableHttpAnswer {
  return new UnusableHttpAnswer(
    `httpPost must answer with a Response of fetch or { status, headers, body }: wanted ${part}`,
  );
}

/**
 * Reads a stream of the application's, such as the body of a `Response`, as text within limits, and cancels it afterwards: a body that
 * never ends costs neither memory nor its answer. Independent of HTTP.
 */
interface PiecesBounds {
  readonly maxBytes: number;
  /** How long to wait for the end; absent: until `signal` is aborted. */
  readonly withinMs: number | undefined;
  readonly signal: EndSignal;
}

const PIECES_IN_A_TURN = 64;

interface PiecesRead {
  /** The text as UTF-8, up to the limit, or as much as came in time. */
  readonly text: string;
  /** Set if the stream failed before its end. */
  readonly broken?: { readonly cause: unknown };
}

/** Rejects only with an UnusableHttpAnswer with which the pieces reject. */
function readPieces(
  pieces: SourceReader<unknown>,
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
      pieces.leave();
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
      for (let count = 0; !isOver(); count += 1) {
        // A stream that always has its next piece ready, an empty one for instance, would keep the process from its timers and sockets.
        if (count % PIECES_IN_A_TURN === PIECES_IN_A_TURN - 1)
          await new Promise<void>((resume) => void REAL_TIME.setImmediate(resume));
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
      pieces.leave();
      if (cause instanceof UnusableHttpAnswer) reject(cause);
      else resolve({ text, broken: { cause } });
    });
    if (signal.aborted) stop();
  });
}

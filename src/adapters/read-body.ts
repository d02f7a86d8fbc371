/**
 * Reads the body of an HTTP answer within bounds, decompressed, as text. A body only explains a refusal, so a peer that sends it
 * without end, slowly or not at all must not cost memory or time. Does not know what the text means.
 */
import type { IncomingMessage } from 'node:http';
import { ownMember } from '../core/option/plain-object.js';
import { REAL_TIME } from './real-timers.js';
import type { EndSignal } from '../ports/end-signal.js';
import { decodeContent } from './decode-content.js';

export interface BodyBounds {
  /** What lies beyond is not read: the answer is destroyed. */
  readonly maxBytes: number;
  /** How long to wait for the end, counted from the headers; absent: as long as the request lives. */
  readonly withinMs?: number;
}

export interface BodyRead {
  /** What came, without its content coding, as UTF-8, up to the bound; a character that is cut there is dropped. Empty when it can't be decoded. */
  readonly text: string;
  /** `cut` at `maxBytes`, `late` at `withinMs`, `broken` when the connection ended first. */
  readonly ended: 'whole' | 'cut' | 'late' | 'broken';
  /** What broke it. */
  readonly cause?: Error;
}

const NOTHING = Buffer.alloc(0);
/** To make one costs more than to use it. */
const DECODER = new TextDecoder();

/** How long the body of a refusal may take after its headers at most, milliseconds: the status alone is worth more than waiting. */
const REFUSAL_BODY_WITHIN_MS = 1_000;

/** The same in a step that `signal` ends: the status must be known before the time of the step is over. */
export function refusalBodyWithinMs({ limitMs = Infinity }: EndSignal): number {
  return Math.min(REFUSAL_BODY_WITHIN_MS, limitMs / 2);
}

/** Never rejects. The answer's socket is destroyed unless the body was `whole`. */
export function readBody(response: IncomingMessage, bounds: BodyBounds): Promise<BodyRead> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let done = false;
    const finish = (ended: BodyRead['ended'], cause?: Error): void => {
      if (done) return;
      done = true;
      REAL_TIME.clearTimeout(timer);
      response.off('data', onData);
      if (ended !== 'whole') response.destroy();
      const [first = NOTHING, ...more] = chunks;
      const came = (more.length === 0 ? first : Buffer.concat(chunks)).subarray(0, bounds.maxBytes);
      const read = (text: string): BodyRead =>
        cause === undefined ? { text, ended } : { text, ended, cause };
      const coding = ownMember(response.headers, 'content-encoding') ?? '';
      if (coding === '') resolve(read(textOf(came, ended !== 'whole')));
      else {
        void decodeContent(came, coding, bounds.maxBytes).then(({ bytes: decoded, isCut }) =>
          resolve(read(textOf(decoded, isCut || ended !== 'whole'))),
        );
      }
    };
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > bounds.maxBytes) finish('cut');
    };
    // A late timer runs before the socket is read: the body may be waiting there.
    const due = (): void => void REAL_TIME.setImmediate(() => finish('late'));
    const timer = bounds.withinMs === undefined ? undefined : REAL_TIME.setTimeout(due, bounds.withinMs);
    response.on('data', onData);
    response.once('end', () => finish('whole'));
    // Stays for the answer's whole life: destroying it may report an error after we are done.
    response.on('error', (error) => finish('broken', error));
    response.once('close', () => finish('broken'));
  });
}

function textOf(bytes: Uint8Array, isCut: boolean): string {
  return isCut ? new TextDecoder().decode(bytes, { stream: true }) : DECODER.decode(bytes);
}

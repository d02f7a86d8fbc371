/**
 * Compares the received frames with the keyframes of the written audio, which the records of the application
 * compute independently.
 */
import type { SpeechBook } from '../application/speech-book.js';
import type { Frame } from '../../../src/index.js';
import { decodeServerMessage } from '../../../src/wire/decode.js';
import { MessageType } from '../../../src/ports/message.js';
import type { World } from '../world/world.js';
import { PerSession } from './check.js';
import type { Check } from './check.js';
import { CrossedEnds } from './crossed-ends.js';

interface Given {
  readonly session: number;
  readonly frame: Frame;
}

export const framesOnce: Check = {
  name: 'frames-once',
  rule: 'every keyframe of the written audio arrives once and in order, no other keyframe arrives, and none after an interrupt; envelopes have the id of the request and exactly one end',
  watch(world, violated) {
    const crossed = new CrossedEnds();
    /** Frames of a request whose id the application does not have yet. */
    const unclaimed: (Given & { readonly interrupts: number })[] = [];
    const interrupts = new PerSession(() => ({ calls: new Set<string>(), settled: 0 }));
    const take = ({ session, frame }: Given, beforeInterrupt = false): boolean => {
      const book = bookOf(world, session, frame.reqId);
      if (book === undefined) return false;
      book.endCrossed ||= frame.end && crossed.isLast(session, frame.reqId);
      const wrong = whatIsWrong(book, frame, egressOf(world, session), beforeInterrupt);
      if (wrong !== undefined) violated(`${book.name}, frame ${frame.index}: ${wrong}`);
      return true;
    };
    const claim = (): void => {
      for (let [first] = unclaimed; first !== undefined; [first] = unclaimed) {
        if (!take(first, interrupts.of(first.session).settled > first.interrupts)) return;
        unclaimed.shift();
      }
    };
    return {
      read(entry) {
        crossed.read(entry);
        if (entry.kind === 'did' && entry.id !== undefined && entry.what.startsWith('interrupt'))
          interrupts.of(entry.session).calls.add(entry.id);
        if (entry.kind === 'settled') {
          const { calls } = interrupts.of(entry.session);
          if (calls.delete(entry.id)) interrupts.of(entry.session).settled += 1;
          claim();
        }
        if (entry.kind !== 'emitted' || entry.name !== 'frame') return;
        const { session, payload: frame } = entry;
        if (isForeignReqId(frame.reqId) || take({ session, frame })) return;
        unclaimed.push({ session, frame, interrupts: interrupts.of(session).settled });
      },
      step() {
        for (const { books, options } of world.actors) {
          if (options.traits.loopsOnly === true) continue;
          for (const book of books) {
            const wrong = whatIsMissing(book, options.traits.usesEgress);
            if (wrong !== undefined) violated(`${book.name}: ${wrong}`);
          }
        }
      },
    };
  },
};

/** The emulator's request id for unknown requests. */
const FOREIGN_REQ_ID = '20200101000000_unknownReque';
const FOREIGN_PREFIX = FOREIGN_REQ_ID.slice(0, -6);

export function isForeignReqId(reqId: string): boolean {
  return reqId.startsWith(FOREIGN_PREFIX);
}

function bookOf({ actors }: World, session: number, reqId: string): SpeechBook | undefined {
  const actor = actors.find(({ options }) => options.number === session);
  return actor?.books.find((book) => book.reqId === reqId);
}

function egressOf({ actors }: World, session: number): boolean {
  return actors.some(({ options }) => options.number === session && options.traits.usesEgress);
}

/**
 * Records the frame, and returns what is wrong with it. `beforeInterrupt`: it was emitted before an interrupt
 * that may already be recorded.
 */
function whatIsWrong(
  book: SpeechBook,
  frame: Frame,
  usesEgress: boolean,
  beforeInterrupt: boolean,
): string | undefined {
  if (book.interrupted && !beforeInterrupt) return 'it arrives after the interrupt';
  if (book.failed) return 'it arrives after the failure';
  if (book.result !== undefined) return 'it arrives after the end';
  if (book.frames.at(-1)?.end === true) return 'it arrives after the last frame';
  book.frames.push(frame);
  const envelope = decodeServerMessage(frame.raw);
  if (envelope.type !== MessageType.serverResponseAnimation || envelope.reqId !== frame.reqId)
    return 'its envelope names another request';
  if (envelope.end !== frame.end) return 'its envelope has another value of end';
  if (usesEgress) return frame.keyframes.length === 0 ? undefined : 'it has keyframes, though egress is used';
  if (frame.index !== book.keyframesGiven) return `keyframe ${book.keyframesGiven} was expected`;
  for (const [offset, given] of frame.keyframes.entries()) {
    const expected = book.keyframe(frame.index + offset);
    if (expected === undefined) return `keyframe ${frame.index + offset} belongs to no audio`;
    // The service counts a tail from zero, so only the loudness is equal to that of the whole utterance.
    const compared = book.recovery === 'tail' && book.isCuttable ? 1 : 4;
    for (let nth = 0; nth < compared; nth++) {
      if (given.expression[nth] !== expected.expression[nth])
        return `keyframe ${frame.index + offset} is not the one of the audio`;
    }
    book.keyframesGiven += 1;
  }
  if (frame.end && !book.endCrossed && book.keyframesGiven !== book.keyframeCount) {
    return `it is the last frame, after ${book.keyframesGiven} of ${book.keyframeCount} keyframes`;
  }
  return undefined;
}

function whatIsMissing(book: SpeechBook, usesEgress: boolean): string | undefined {
  const { result, frames, read } = book;
  for (; book.readCompared < read.length; book.readCompared++) {
    const nth = book.readCompared;
    if (!isSame(read[nth], frames[nth]))
      return `the loop got another frame than the handler, the ${nth + 1}th`;
  }
  if (read.length > (book.readAtInterrupt ?? Infinity)) return 'the loop got a frame after the interrupt';
  if (result === undefined || result.outcome === 'interrupted') return undefined;
  if (frames.at(-1)?.end !== true) return `it is ${result.outcome} without a last frame`;
  if (!usesEgress && result.keyframes !== book.keyframesGiven) return `it says ${result.keyframes} keyframes`;
  if (book.readToTheEnd && book.readAtInterrupt === undefined && read.length !== frames.length)
    return `the loop got ${read.length} of ${frames.length} frames`;
  return undefined;
}

/** A frame that waited for its loop is a copy, so the content is compared. */
function isSame(one: Frame | undefined, other: Frame | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  const { reqId, index, end, raw } = one;
  return (
    reqId === other.reqId &&
    index === other.index &&
    end === other.end &&
    Buffer.compare(raw, other.raw) === 0
  );
}

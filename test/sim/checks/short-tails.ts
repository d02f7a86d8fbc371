/**
 * How much of the audio is sent again that had come back as keyframes: it shows in the keyframes of a later run that the application
 * is not given a second time.
 */
import type { SpeechBook } from '../application/speech-book.js';
import { KEYFRAMES_PER_SECOND } from '../../../src/core/utterance/recovery.js';
import { decodeServerMessage } from '../../../src/wire/decode.js';
import { MessageType, WireError } from '../../../src/ports/message.js';
import type { Check } from './check.js';
import { isForeignReqId } from './frames-once.js';

/** `replay.leadInMs`, which no application here changes. */
const LEAD_IN_KEYFRAMES = KEYFRAMES_PER_SECOND;

/** One sending of an utterance, by its request id on the wire. */
interface Run {
  book: SpeechBook | undefined;
  repeated: number;
}

export const shortTails: Check = {
  name: 'short-tails',
  rule: 'of audio whose keyframes had come no more than the lead-in is sent again, where the tail is',
  watch({ actors, schedule }, violated) {
    const runs = new Map<string, Run>();
    /** The message that a session reads now, and how many keyframes of it the application was given. */
    let reading:
      | {
          readonly session: number;
          readonly run: Run;
          readonly count: number;
          given: number;
        }
      | undefined;
    // Frames that wait for the end of a pause are given with other messages than their own.
    const pausing = new Set(
      schedule.operations.filter(({ does }) => does.kind === 'pause').map(({ session }) => session),
    );
    for (const { options } of actors) {
      const { handlers } = options.traits;
      if (handlers.kind === 'meddling' && handlers.operation.kind === 'pause') pausing.add(options.number);
    }
    const booksOf = (session: number): readonly SpeechBook[] => {
      const actor = actors.find(({ options }) => options.number === session);
      const isSeen = actor?.options.traits.loopsOnly !== true && actor?.options.traits.usesEgress === false;
      return isSeen ? actor.books : [];
    };
    const judge = (): void => {
      if (reading === undefined) return;
      const { run, count, given } = reading;
      reading = undefined;
      run.repeated += count - given;
      const { book } = run;
      if (book === undefined || isOver(book) || book.recovery !== 'tail' || !book.isCuttable) return;
      if (run.repeated <= LEAD_IN_KEYFRAMES) return;
      violated(`${book.name}: ${run.repeated} keyframes of one run had come before`);
    };
    return {
      read(entry) {
        if (entry.kind === 'received') {
          judge();
          const { session, data } = entry;
          const message = animation(data);
          if (message === undefined || isForeignReqId(message.reqId) || pausing.has(session)) return;
          const books = booksOf(session);
          // The first run has the id of the utterance, and repeats nothing.
          if (books.length === 0 || books.some(({ reqId }) => reqId === message.reqId)) return;
          const run = runs.get(message.reqId) ?? {
            book: undefined,
            repeated: 0,
          };
          runs.set(message.reqId, run);
          reading = { session, run, count: message.keyframeCount, given: 0 };
        } else if (entry.kind === 'told' && entry.name === 'frame' && reading?.session === entry.session) {
          const { reqId, keyframes } = entry.payload;
          reading.run.book ??= booksOf(entry.session).find((book) => book.reqId === reqId);
          reading.given += keyframes.length;
        }
      },
      step: judge,
    };
  },
};

/** What comes of it afterwards is nobody's. */
function isOver({ result, failed, readAtInterrupt }: SpeechBook): boolean {
  return result !== undefined || failed || readAtInterrupt !== undefined;
}

function animation(data: Uint8Array | string): { reqId: string; keyframeCount: number } | undefined {
  if (typeof data === 'string') return undefined;
  try {
    const message = decodeServerMessage(data);
    return message.type === MessageType.serverResponseAnimation ? message : undefined;
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

/**
 * Checks how much audio is sent again though its keyframes had arrived. It is visible in the keyframes of a
 * later run that the application does not get a second time.
 */
import type { SpeechBook } from '../application/speech-book.js';
import { KEYFRAMES_PER_SECOND } from '../../../src/core/utterance/recovery.js';
import { MessageType } from '../../../src/ports/message.js';
import { serverMessage } from '../network/read-message.js';
import { PerSession } from './check.js';
import type { Check } from './check.js';
import { isForeignReqId } from './frames-once.js';

/** `replay.leadInMs`, which no application here changes. */
const LEAD_IN_KEYFRAMES = KEYFRAMES_PER_SECOND;

/** One transmission of an utterance, identified by its request id on the wire. */
interface Run {
  /** Keyframes of this run that arrived before the first one that the application got. */
  repeated: number;
  /** The id of its utterance; undefined until the application has got a frame of it. */
  ownerId: string | undefined;
  /**
   * Whether the first frame has been emitted, or frames may have waited for their turn meanwhile. Then this
   * check can't decide which frame was first.
   */
  isOver: boolean;
}

/** The animation message that a session is reading. */
interface Reading {
  readonly session: number;
  readonly reqId: string;
  /** Undefined for the first run. It has the id of the utterance, and repeats nothing. */
  readonly run: Run | undefined;
  readonly count: number;
}

export const shortTails: Check = {
  name: 'short-tails',
  rule: 'if the tail is re-sent, at most the lead-in is sent again of the audio whose keyframes had arrived',
  watch({ actors, schedule }, violated) {
    const runs = new PerSession(() => new Map<string, Run>());
    let reading: Reading | undefined;
    // Sessions with pauses are not checked: frames that wait for the end of a pause are emitted together with
    // later messages.
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
      return isSeen && !pausing.has(session) ? actor.books : [];
    };
    /** The application got no frame of this message, because it had got all of them before. */
    const skipped = (): void => {
      if (reading?.run?.isOver === false) reading.run.repeated += reading.count;
      reading = undefined;
    };
    return {
      read(entry) {
        if (entry.kind === 'received') {
          skipped();
          const { session, data } = entry;
          const message = animation(data);
          if (message === undefined || isForeignReqId(message.reqId)) return;
          const books = booksOf(session);
          if (books.length === 0) return;
          const { reqId, keyframeCount: count } = message;
          const ofSession = runs.of(session);
          const run = books.some((book) => book.reqId === reqId)
            ? undefined
            : (ofSession.get(reqId) ?? { repeated: 0, ownerId: undefined, isOver: false });
          if (run !== undefined) ofSession.set(reqId, run);
          reading = { session, reqId, run, count };
        } else if (entry.kind === 'emitted' && entry.name === 'frame') {
          const { reqId, keyframes } = entry.payload;
          const book = booksOf(entry.session).find((one) => one.reqId === reqId);
          if (book === undefined) return;
          const ofMessage = reading?.session === entry.session ? reading : undefined;
          const run = ofMessage?.run;
          const owner = run === undefined ? ofMessage?.reqId : (run.ownerId ??= reqId);
          if (owner !== reqId) {
            for (const one of runs.of(entry.session).values()) one.isOver = true;
            return;
          }
          if (ofMessage === undefined || run === undefined || run.isOver) return;
          run.isOver = true;
          const repeated = run.repeated + ofMessage.count - keyframes.length;
          if (isOver(book) || book.recovery !== 'tail' || !book.isCuttable) return;
          if (repeated > LEAD_IN_KEYFRAMES)
            violated(`${book.name}: ${repeated} keyframes of one run had arrived before`);
        }
      },
      step: skipped,
    };
  },
};

/** Frames that arrive afterwards belong to no utterance. */
function isOver({ result, failed, readAtInterrupt }: SpeechBook): boolean {
  return result !== undefined || failed || readAtInterrupt !== undefined;
}

function animation(data: Uint8Array | string): { reqId: string; keyframeCount: number } | undefined {
  const message = serverMessage(data);
  return message?.type === MessageType.serverResponseAnimation ? message : undefined;
}

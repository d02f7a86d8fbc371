/**
 * Compares the audio that the process keeps with the audio that the utterances of all its sessions may need.
 */
import { keptProcessBytes } from '../../../src/client/speech/replay-budget.js';
import { LARGEST_BLOCK_BYTES } from '../../../src/core/utterance/audio-log.js';
import { KEYFRAMES_PER_SECOND } from '../../../src/core/utterance/recovery.js';
import type { SpeechBook } from '../application/speech-book.js';
import type { SessionTraits } from '../world/schedule.js';
import type { Check } from './check.js';

/** `replay.leadInMs`, which no application here changes, plus the keyframe in which the lead-in begins. */
const LEAD_IN_KEYFRAMES = KEYFRAMES_PER_SECOND + 1;

export const littleIsKept: Check = {
  name: 'little-is-kept',
  rule: 'kept audio has not been returned as keyframes, except the lead-in and one block if the tail is re-sent',
  watch({ actors }, violated) {
    return {
      step() {
        let mostBytes = 0;
        for (const { books, options } of actors) {
          for (const book of books) mostBytes += mostKept(book, options.traits);
        }
        const keptBytes = keptProcessBytes();
        if (keptBytes > mostBytes)
          violated(`${keptBytes} bytes are kept, and at most ${mostBytes} are needed`);
      },
    };
  },
};

function mostKept(book: SpeechBook, { sampleRate, usesEgress, loopsOnly }: SessionTraits): number {
  if (book.result !== undefined || book.failed) return 0;
  // Without handlers, this check can't observe which frames have arrived.
  if (book.recovery !== 'tail' || !book.isCuttable || usesEgress || loopsOnly === true) return book.saidBytes;
  const keyframeBytes = (sampleRate * 2) / KEYFRAMES_PER_SECOND;
  const comeBytes = Math.max(0, book.keyframesGiven - LEAD_IN_KEYFRAMES) * keyframeBytes;
  return Math.min(book.saidBytes, Math.max(0, book.saidBytes - comeBytes) + LARGEST_BLOCK_BYTES);
}

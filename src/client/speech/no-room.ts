/** Why there is no room for audio: which bound, how large it is, who uses it, and what can be done. */
import type { LocalProblem } from '../../core/failure/local-problem.js';
import type { ReplayBudget, ReplayOptions } from './replay-budget.js';

export interface NoRoom {
  readonly problem: LocalProblem;
  readonly message: string;
}

const LIMIT = 'the audio kept for a re-send has reached its limit';
const ENDLESS = "set replay.onLimit to 'stopReplaying', which keeps no more of it and can't send it again";

/**
 * @param utteranceBytes what the utterance keeps, with the write that finds no room
 * @param writeBytes that write alone
 */
export function noRoom(
  { maxBytes, maxProcessBytes }: ReplayOptions,
  budget: ReplayBudget,
  utteranceBytes: number,
  writeBytes: number,
): NoRoom {
  if (utteranceBytes > maxBytes) {
    const message = `${LIMIT}: the utterance alone is more than replay.maxBytes (${maxBytes} bytes); raise that, or ${ENDLESS}`;
    return { problem: 'replayLimit', message };
  }
  const { largestInProcessBytes, othersBytes } = budget;
  if (utteranceBytes > largestInProcessBytes) {
    const message = `${LIMIT}: the utterance alone is more than one may keep of replay.maxProcessBytes (${largestInProcessBytes} of ${maxProcessBytes} bytes, because others need room too); raise that, or ${ENDLESS}`;
    return { problem: 'processReplayLimit', message };
  }
  if (!budget.sessionHasRoomFor(writeBytes)) {
    const message = `${LIMIT}: the unfinished utterances of this session have reached replay.maxBytes (${maxBytes} bytes); wait for one to finish, or raise that`;
    return { problem: 'replayLimit', message };
  }
  const message = `${LIMIT}: the sessions of this process have reached replay.maxProcessBytes (${maxProcessBytes} bytes), of which others keep ${othersBytes} bytes; raise that, or ${ENDLESS}`;
  return { problem: 'processReplayLimit', message };
}

/**
 * The specified outcome of half a minute of speech, for each fault plan of the emulator and each preset. A
 * new plan or preset does not compile, and does not pass, until its cells are added.
 */
import type { FaultPlanName } from '../../../src/emulator/index.js';
import type { AvatarSDKErrorCode, RetryPresetName } from '../../../src/index.js';
import type { AcceptedReason } from './accepted-reasons.js';

/**
 * One possible outcome of the speech. `delivered`: every keyframe arrived once, and the session is still
 * open. `givenUp`: the session ended, and the speech with it. `expired`: the speech became too old to be
 * sent; the session may fail later.
 */
export type End =
  | { readonly speech: 'delivered' }
  | {
      readonly speech: 'givenUp';
      readonly reason: Exclude<AcceptedReason, 'wordsTooOld'>;
      readonly code: AvatarSDKErrorCode;
    }
  | {
      readonly speech: 'expired';
      readonly session: 'open' | { readonly reason: AcceptedReason; readonly code: AvatarSDKErrorCode };
    };

export interface Cell {
  /** Why these outcomes are acceptable. */
  readonly because: string;
  /**
   * The possible outcomes. Each of them occurs with at least one of the test's seeds, and no other outcome
   * occurs.
   */
  readonly ends: readonly End[];
}

const DELIVERED: End = { speech: 'delivered' };
const givenUp = (reason: Exclude<AcceptedReason, 'wordsTooOld'>, code: AvatarSDKErrorCode): End => ({
  speech: 'givenUp',
  reason,
  code,
});
const TOO_OLD: End = { speech: 'expired', session: 'open' };
const cell = (because: string, ...ends: End[]): Cell => ({ because, ends });

const HEALS = 'the trouble ends within the limits';
const ONE_ATTEMPT = 'one attempt and no reconnect is configured';

/** `frames`: the application gets the frames itself. `room`: they go to a room, at the pace of playback. */
export type Delivery = 'frames' | 'room';

export type OutcomeTable = Readonly<Record<FaultPlanName, Readonly<Record<RetryPresetName, Cell>>>>;

const WITH_FRAMES: OutcomeTable = {
  none: {
    default: cell('nothing fails', DELIVERED),
    patient: cell('nothing fails', DELIVERED),
    interactive: cell('nothing fails', DELIVERED),
    never: cell('nothing fails', DELIVERED),
    test: cell('nothing fails', DELIVERED),
  },
  demo: {
    default: cell(HEALS, DELIVERED),
    patient: cell(HEALS, DELIVERED),
    interactive: cell(
      'silence is detected within three seconds in mid-sentence, so that silence and losses add up to less than ten',
      DELIVERED,
    ),
    never: cell(`the console answers 503, and ${ONE_ATTEMPT}`, givenUp('rule', 'upstreamError')),
    test: cell(HEALS, DELIVERED),
  },
  chaos: {
    default: cell(HEALS, DELIVERED),
    patient: cell(
      'delivered, unless the delays of patient are longer than audio is kept',
      DELIVERED,
      TOO_OLD,
    ),
    interactive: cell(
      'silence is detected within three seconds in mid-sentence, and losses are short',
      DELIVERED,
    ),
    never: cell(
      `delivered if nothing fails; otherwise the first failure ends it, because ${ONE_ATTEMPT}`,
      DELIVERED,
      givenUp('rule', 'connectionFailed'),
      givenUp('rule', 'connectionClosed'),
      givenUp('rule', 'upstreamError'),
    ),
    test: cell(HEALS, DELIVERED),
  },
  flap: {
    default: cell('no connection lasted for five minutes', givenUp('elapsed', 'connectionClosed')),
    patient: cell(
      'the speech is sent again repeatedly; for half a day no connection lasts',
      givenUp('elapsed', 'connectionClosed'),
    ),
    interactive: cell('eight connections in a row were dropped', givenUp('attempts', 'connectionClosed')),
    never: cell(`the first connection is dropped, and ${ONE_ATTEMPT}`, givenUp('rule', 'connectionClosed')),
    test: cell('a hundred connections in a row were dropped', givenUp('attempts', 'connectionClosed')),
  },
  overload: {
    default: cell(
      'the service asks for 30 s again and again, until five minutes are over',
      givenUp('elapsed', 'concurrencyLimit'),
    ),
    patient: cell('the speech is too old after five minutes; the service has no free place for half a day', {
      speech: 'expired',
      session: { reason: 'elapsed', code: 'concurrencyLimit' },
    }),
    interactive: cell(
      'the service asks for 30 s, and interactive waits for at most ten',
      givenUp('hintTooLong', 'concurrencyLimit'),
    ),
    never: cell(`the service has no free place, and ${ONE_ATTEMPT}`, givenUp('rule', 'concurrencyLimit')),
    test: cell(
      'the service asks for 30 s, and test waits for at most one',
      givenUp('hintTooLong', 'concurrencyLimit'),
    ),
  },
  rollingDeploy: {
    default: cell(HEALS, DELIVERED),
    patient: cell(HEALS, DELIVERED),
    interactive: cell('each loss is short, and time with a working connection does not count', DELIVERED),
    never: cell(`the first connection is closed, and ${ONE_ATTEMPT}`, givenUp('rule', 'upstreamError')),
    test: cell(HEALS, DELIVERED),
  },
  deaf: {
    default: cell(HEALS, DELIVERED),
    patient: cell(HEALS, DELIVERED),
    interactive: cell('the limit counts from the detection of the silence', DELIVERED),
    never: cell(`the heartbeat detects the loss, and ${ONE_ATTEMPT}`, givenUp('rule', 'connectionClosed')),
    test: cell(HEALS, DELIVERED),
  },
};

/**
 * In a room, speech takes as long as its playback. There, a few worlds have more trouble than the preset
 * tolerates.
 */
const IN_A_ROOM: OutcomeTable = {
  ...WITH_FRAMES,
  demo: {
    ...WITH_FRAMES.demo,
    interactive: cell(
      'delivered, unless silence and losses together take more than the ten seconds of interactive',
      DELIVERED,
      givenUp('elapsed', 'connectionClosed'),
    ),
  },
  chaos: {
    ...WITH_FRAMES.chaos,
    interactive: cell(
      'delivered, unless there are eight losses in a row',
      DELIVERED,
      givenUp('attempts', 'connectionClosed'),
    ),
  },
};

export const OUTCOMES: Readonly<Record<Delivery, OutcomeTable>> = { frames: WITH_FRAMES, room: IN_A_ROOM };

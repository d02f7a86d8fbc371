/**
 * The outcome of a speech of half a minute under each fault plan of the emulator, with each preset: the
 * specification, cell by cell. A new plan or preset does not compile, and does not pass, before it has its
 * cells.
 */
import type { FaultPlanName } from '../../../src/emulator/index.js';
import type { AvatarSDKErrorCode, RetryPresetName } from '../../../src/index.js';
import type { AcceptedReason } from './accepted-reasons.js';

/**
 * One way in which the speech may end. `delivered`: every keyframe came once, and the session is still open.
 * `givenUp`: the session ended, and the speech with it. `expired`: the speech became too old to be sent; the
 * session may fail later.
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
  /** Each of them is seen with one of the test's seeds at least, and no other is. */
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

const HEALS = 'the trouble passes within the limits';
const ONE_ATTEMPT = 'one attempt and no reconnect was asked for';

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
      'the silence is noticed within three seconds in mid-sentence, so that it and the losses add up to less than ten',
      DELIVERED,
    ),
    never: cell(`the console answers 503, and ${ONE_ATTEMPT}`, givenUp('rule', 'upstreamError')),
    test: cell(HEALS, DELIVERED),
  },
  chaos: {
    default: cell(HEALS, DELIVERED),
    patient: cell('delivered, unless patient delays are longer than words are kept', DELIVERED, TOO_OLD),
    interactive: cell(
      'silence is noticed within three seconds in mid-sentence, and losses are short',
      DELIVERED,
    ),
    never: cell(
      `delivered where nothing fails; else the first failure ends it, because ${ONE_ATTEMPT}`,
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
      'the words are on the air again and again; half a day passes without a connection that lasts',
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
    patient: cell('the words are too old after five minutes; the service has no place for half a day', {
      speech: 'expired',
      session: { reason: 'elapsed', code: 'concurrencyLimit' },
    }),
    interactive: cell(
      'the service asks for 30 s, and a person waits for ten',
      givenUp('hintTooLong', 'concurrencyLimit'),
    ),
    never: cell(`the service has no place, and ${ONE_ATTEMPT}`, givenUp('rule', 'concurrencyLimit')),
    test: cell(
      'the service asks for 30 s, and a test waits for one',
      givenUp('hintTooLong', 'concurrencyLimit'),
    ),
  },
  rollingDeploy: {
    default: cell(HEALS, DELIVERED),
    patient: cell(HEALS, DELIVERED),
    interactive: cell(
      'each loss is short, and the time in which a connection works does not count',
      DELIVERED,
    ),
    never: cell(`the first connection is closed, and ${ONE_ATTEMPT}`, givenUp('rule', 'upstreamError')),
    test: cell(HEALS, DELIVERED),
  },
  deaf: {
    default: cell(HEALS, DELIVERED),
    patient: cell(HEALS, DELIVERED),
    interactive: cell('the limit counts from the moment in which the silence is noticed', DELIVERED),
    never: cell(
      `the heartbeat finds the connection lost, and ${ONE_ATTEMPT}`,
      givenUp('rule', 'connectionClosed'),
    ),
    test: cell(HEALS, DELIVERED),
  },
};

/**
 * In a room, where speech takes as long as its playback, a few worlds have more trouble than the preset
 * tolerates.
 */
const IN_A_ROOM: OutcomeTable = {
  ...WITH_FRAMES,
  demo: {
    ...WITH_FRAMES.demo,
    interactive: cell(
      'delivered, unless silence and losses together take more than the ten seconds for which a person waits',
      DELIVERED,
      givenUp('elapsed', 'connectionClosed'),
    ),
  },
  chaos: {
    ...WITH_FRAMES.chaos,
    interactive: cell(
      'delivered, unless one loss follows another eight times',
      DELIVERED,
      givenUp('attempts', 'connectionClosed'),
    ),
  },
};

export const OUTCOMES: Readonly<Record<Delivery, OutcomeTable>> = { frames: WITH_FRAMES, room: IN_A_ROOM };

/** The verdict of an error whose event had to wait for its turn: a handler that was called before may have ended the session. */
import { describe, expect, it } from 'vitest';
import { AvatarSDKError, recordVerdict } from '../../../src/core/failure/avatar-sdk-error.js';
import type { FailureVerdict } from '../../../src/core/failure/avatar-sdk-error.js';
import { Lifecycle } from '../../../src/client/events/lifecycle.js';
import { VirtualClock } from '../../virtual-clock.js';

const GOES_ON = { willRetry: true, attempt: 1 };

function failure(verdict: FailureVerdict): AvatarSDKError {
  const fields = { code: 'serverError', phase: 'websocket_runtime', step: 'receive', message: 'no' } as const;
  return recordVerdict(new AvatarSDKError(fields), verdict);
}

/** What handlers of `error` see, where the handler of the change of state before it ends the session: for `why`. */
function seenAfter(why: string | undefined, verdict: FailureVerdict): object | undefined {
  const seen: object[] = [];
  const lifecycle: Lifecycle = new Lifecycle({
    clock: new VirtualClock(),
    ingressEndpointUrl: 'wss://ingress.test/v2',
    callbacks: {
      state: ({ to }) => {
        if (to === 'waiting' && why !== undefined) lifecycle.move('endingStarted', why);
      },
      error: ({ willRetry, reason, outcome, attempt }) => seen.push({ willRetry, reason, outcome, attempt }),
    },
  });
  lifecycle.notifier.batch(() => {
    lifecycle.move('heldBack', 'the gate');
    lifecycle.failed(failure(verdict));
  });
  expect(seen).toHaveLength(1);
  return seen[0];
}

describe('an error that is emitted after a handler has ended the session', () => {
  it.each<readonly [string, string | undefined, FailureVerdict, object]>([
    ['nothing has ended it: goes on', undefined, GOES_ON, { ...GOES_ON, reason: undefined }],
    ['close(): does not go on', 'closed', GOES_ON, { willRetry: false, reason: 'closed', attempt: 1 }],
    ['an abort: does not go on', 'aborted', GOES_ON, { willRetry: false, reason: 'aborted', attempt: 1 }],
    [
      'an error of a request has no reason: the session has an error of its own',
      'closed',
      { willRetry: true, outcome: 'expired' },
      { willRetry: false, reason: undefined, outcome: 'expired' },
    ],
    [
      'what was to be sent again never is',
      'closed',
      { willRetry: true, outcome: 'replayed' },
      { willRetry: false, reason: undefined, outcome: 'failed' },
    ],
    [
      'a verdict that it ends stays as it is',
      'closed',
      { willRetry: false, reason: 'attempts' },
      { willRetry: false, reason: 'attempts' },
    ],
  ])('%s', (_what, why, verdict, expected) => {
    expect(seenAfter(why, verdict)).toMatchObject(expected);
  });
});

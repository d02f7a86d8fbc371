/**
 * The verdict of an error whose event is emitted after other events. A handler of one of these can have ended the
 * session.
 */
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

/**
 * The fields of the error that handlers of `error` get after the handler of the preceding change of state has
 * ended the session with the reason `why`.
 */
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
    ['not ended: will retry', undefined, GOES_ON, { ...GOES_ON, reason: undefined }],
    ['close(): will not retry', 'closed', GOES_ON, { willRetry: false, reason: 'closed', attempt: 1 }],
    ['an abort: will not retry', 'aborted', GOES_ON, { willRetry: false, reason: 'aborted', attempt: 1 }],
    [
      'an error of a request has no reason, because the session gets its own error',
      'closed',
      { willRetry: true, outcome: 'expired' },
      { willRetry: false, reason: undefined, outcome: 'expired' },
    ],
    [
      'a request that was to be sent again has failed',
      'closed',
      { willRetry: true, outcome: 'replayed' },
      { willRetry: false, reason: undefined, outcome: 'failed' },
    ],
    [
      'a verdict without a retry is not changed',
      'closed',
      { willRetry: false, reason: 'attempts' },
      { willRetry: false, reason: 'attempts' },
    ],
  ])('%s', (_what, why, verdict, expected) => {
    expect(seenAfter(why, verdict)).toMatchObject(expected);
  });
});

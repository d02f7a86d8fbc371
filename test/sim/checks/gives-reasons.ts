/**
 * Checks at every end of an outage whether the policy that the application configured has ended it, and
 * checks every end of a request.
 */
import { AvatarSDKError } from '../../../src/index.js';
import { GIVE_UP_REASONS } from '../../../src/core/failure/avatar-sdk-error.js';
import { decides } from './check.js';
import type { Check } from './check.js';

const OF_REQUEST = /^(write|sendAudio|end) |to be finished$/;

export const givesReasons: Check = {
  name: 'gives-reasons',
  rule: 'a session that ends gives the reason, and only a rule of the policy ends it for a temporary failure; an error of a request has its id and its outcome',
  watch({ actors }, violated) {
    const reasons: readonly (string | undefined)[] = GIVE_UP_REASONS;
    /** Sessions that have had a confirmed connection. */
    const confirmed = new Set<number>();
    /** The promises that belong to one request. */
    const ofRequests = new Set<string>();
    return {
      read(entry) {
        if (entry.kind === 'did' && entry.id !== undefined && OF_REQUEST.test(entry.what))
          ofRequests.add(entry.id);
        if (entry.kind === 'settled' && ofRequests.delete(entry.id) && entry.outcome.how === 'rejected') {
          const { error } = entry.outcome;
          const { reqId, outcome } = error instanceof AvatarSDKError ? error : {};
          if (reqId === undefined || outcome === undefined)
            violated(`${entry.id} fails without a request id or an outcome`);
        }
        if (entry.kind !== 'emitted') return;
        const { session, state } = entry;
        if (entry.name === 'state' && entry.payload.to === 'websocket_runtime') confirmed.add(session);
        if (entry.name === 'error') {
          const { willRetry, outcome, reason, reqId, attempt } = entry.payload;
          // A request that is sent again has no outcome yet.
          const isResent = willRetry && attempt !== undefined;
          if (reqId !== undefined && outcome === undefined && !isResent)
            violated(`an error of the request ${reqId} has no outcome`);
          // `init` is one attempt without a decision. The failure of a request has the outcome of the
          // request.
          if (willRetry || outcome !== undefined || state === 'idle') return;
          if (!reasons.includes(reason)) violated(`session ${session} ends with an error without a reason`);
        }
        if (entry.name === 'retry') {
          const policy = actors.find(({ options }) => options.number === session)?.policy;
          const { code, phase, serverCode } = entry.payload.error;
          const ranOut = code === 'sessionTokenExpired' && phase === 'websocket_runtime';
          const roomRanOut = code === 'invalidEgressConfig' && serverCode === '16' && confirmed.has(session);
          const fatal = policy?.rules[code].action === 'surface' && !ranOut && !roomRanOut;
          if (fatal && entry.payload.source !== 'staleToken' && decides(entry.payload.source)) {
            violated(`session ${session} retries ${code}, which the policy surfaces`);
          }
        }
        if (entry.name !== 'close') return;
        const { reason, error } = entry.payload;
        if (reason === 'closed' || reason === 'ended') return;
        if (!(error instanceof AvatarSDKError) || !reasons.includes(error.reason)) {
          violated(`session ${session} ends as ${reason} and gives no reason`);
        }
      },
    };
  },
};

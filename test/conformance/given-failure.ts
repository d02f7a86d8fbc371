/**
 * Converts the facts and failures of a case to those of the product, with the defaults that README.md lists.
 * No other file uses the types of both.
 */
import type { Classification, FailureFacts } from '../../src/core/failure/failure-facts.js';
import { classify } from '../../src/core/failure/classify.js';
import { isRoomTokenRefusal } from '../../src/core/failure/server-error-rules.js';
import type { Phase, Step } from '../../src/core/failure/avatar-sdk-error-code.js';
import type { DecidableFailure } from '../../src/core/policy/decide.js';
import { isDrainNotice } from '../../src/core/policy/delay.js';
import type { GivenFacts, GivenFailure } from './case-file.js';

/** The time of cases whose result does not depend on the date. */
const SOME_EPOCH_MS = 0;

export function classifyGiven(given: GivenFacts, nowEpochMs = SOME_EPOCH_MS): Classification {
  return classify(factsOf(given), nowEpochMs);
}

/**
 * @param sessions for a drain notice: the number of sessions of the process that got it, this one included
 * @param lone whether no other session of the process lost this endpoint within the last second
 */
export function failureOf(given: GivenFailure, sessions = 1, lone = false): DecidableFailure {
  const { tokenStale = false } = given;
  if (!('facts' in given)) return { permanent: false, ...given, tokenStale, isLone: lone };
  const classified = classifyGiven(given.facts);
  if (classified.normalEnd) throw new Error('a normal end is not a failure, so there is no decision');
  const { mintsRoomTokens = false } = given;
  const roomTokenRefused = mintsRoomTokens && isRoomTokenRefusal(classified);
  const failure = { ...classified, permanent: classified.permanent ?? false, tokenStale, roomTokenRefused };
  return isDrainNotice(classified.closeCode)
    ? { ...failure, drainedSessions: sessions }
    : { ...failure, isLone: lone };
}

function factsOf(given: GivenFacts): FailureFacts {
  const phase = given.phase ?? onlyPhaseOf(given.kind);
  const defaults = {
    step: stepOf(given.kind, phase),
    usesEgress: false,
    headers: {},
    body: '',
    closeReason: '',
    unfinishedRequests: 0,
    message: '',
    timeoutMs: 10_000,
    silentMs: 10_000,
  };
  // The schema requires the members that have no default.
  return { ...defaults, ...given, phase, confirmed: phase === 'websocket_runtime' } as FailureFacts;
}

/** The phase of facts that occur in one phase only. For all other facts the case names the phase. */
function onlyPhaseOf(kind: FailureFacts['kind']): Phase {
  return kind === 'heartbeatMissed' ? 'websocket_runtime' : 'session_token';
}

function stepOf(kind: FailureFacts['kind'], phase: Phase): Step {
  if (phase === 'session_token') return 'request';
  if (phase === 'websocket_connect') {
    return kind === 'httpRefused' || kind === 'transportFailed' ? 'upgrade' : 'handshake';
  }
  if (kind === 'heartbeatMissed') return 'heartbeat';
  return kind === 'socketClosed' ? 'close' : 'receive';
}

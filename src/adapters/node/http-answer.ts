/** What every answer over HTTP has in common: how long its body is waited for, and the error where the connection ended without one. */
import type { EndSignal } from '../../ports/end-signal.js';

/** How long the body of a refusal may take after its headers at most, milliseconds: the status alone is worth more than waiting. */
const REFUSAL_BODY_WITHIN_MS = 1_000;

/** The same in a step that `signal` ends: the status must be known before the time of the step is over. */
export function refusalBodyWithinMs({ limitMs = Infinity }: EndSignal): number {
  return Math.min(REFUSAL_BODY_WITHIN_MS, limitMs / 2);
}

export function connectionEnded(): Error {
  return Object.assign(new Error('the connection ended without an answer'), { code: 'ECONNRESET' });
}

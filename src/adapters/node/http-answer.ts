/** Shared by all answers over HTTP: how long the body is waited for, and the error if the connection ended without an answer. */
import type { EndSignal } from '../../ports/end-signal.js';

/** How long the body of a refusal may take after its headers, milliseconds: the status alone is of more use than a long wait. */
const REFUSAL_BODY_WITHIN_MS = 1_000;

/** The limit for the body in a step that `signal` ends: the status must be known before the time of the step is over. */
export function refusalBodyWithinMs({ limitMs = Infinity }: EndSignal): number {
  return Math.min(REFUSAL_BODY_WITHIN_MS, limitMs / 2);
}

export function connectionEnded(): Error {
  return Object.assign(new Error('the connection ended without an answer'), { code: 'ECONNRESET' });
}

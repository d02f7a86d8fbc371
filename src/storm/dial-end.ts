/** How a simulated dial failed; `retryAfterMs` is the service's hint, where the model has it give hints. */
export interface DialEnd {
  readonly kind: 'refused' | 'timedOut';
  readonly retryAfterMs?: number;
}

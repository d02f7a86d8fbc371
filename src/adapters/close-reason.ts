/**
 * Decides how much of a close reason fits into a close frame: 125 bytes of payload less two for the code, and no
 * character cut in half. Both WebSocket implementations throw on a longer one.
 */
const MAX_REASON_BYTES = 123;

export function fitCloseReason(reason: string): string {
  // Nearly always: an encoder is worth making only where there is something to cut.
  if (reason === '') return reason;
  const { read } = new TextEncoder().encodeInto(reason, new Uint8Array(MAX_REASON_BYTES));
  return reason.slice(0, read);
}

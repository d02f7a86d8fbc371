/** Sessions in virtual time whose service confirms every dial, and functions that read their messages. */
import type { AvatarSessionOptions } from '../../src/index.js';
import { MessageType } from '../../src/ports/message.js';
import type { ClientAudioInput } from '../../src/ports/message.js';
import { startedVirtualSession } from '../client/virtual-session.js';
import type { VirtualSession, VirtualSessionPlan } from '../client/virtual-session.js';

/** A started session. It has no heartbeat, so that only the messages of the test are on the connection. */
export function confirmedSession(
  options: Partial<AvatarSessionOptions> = {},
  plan: Partial<VirtualSessionPlan> = {},
): Promise<VirtualSession> {
  return startedVirtualSession({
    service: (dial) => void dial.confirm(),
    ...plan,
    options: { heartbeat: false, ...options },
  });
}

/** Closes the session, and waits until every step of the close has reached its time limit or finished. */
export async function closeSession({ session, clock }: VirtualSession): Promise<void> {
  const closed = session.close();
  await clock.advance(2_000);
  await closed;
}

/** The session token of each dial. */
export function tokensOf({ transport }: VirtualSession): unknown[] {
  return transport.dials.map(({ request }) => request.headers['X-Session-Key']);
}

/** The messages with audio that were sent over the latest connection. */
export function audioMessages({ transport }: VirtualSession): ClientAudioInput[] {
  return transport.latest.received.flatMap((one) => (one.type === MessageType.clientAudioInput ? [one] : []));
}

/** The request ids of the latest connection, in the order of their first audio. */
export function wireIdsOf(virtual: VirtualSession): string[] {
  return [...new Set(audioMessages(virtual).map(({ reqId }) => reqId))];
}

/**
 * `pending`, or the value that `settled` makes from the result or the error, after everything has run that
 * needs no virtual time.
 */
export async function stateOf<T>(
  { clock }: Pick<VirtualSession, 'clock'>,
  promise: Promise<T>,
  settled: { readonly value: (value: T) => unknown; readonly error: (error: unknown) => unknown },
): Promise<unknown> {
  let state: unknown = 'pending';
  promise.then(
    (value) => (state = settled.value(value)),
    (error: unknown) => (state = settled.error(error)),
  );
  await clock.settle();
  return state;
}

/**
 * For tests of the verdicts of errors: a started session without pings, and ServerErrors for it. In virtual time.
 */
import type { AvatarSDKError, AvatarSessionOptions } from '../../src/index.js';
import { MessageType } from '../../src/ports/message.js';
import type { FakeSocket } from './fake-transport.js';
import { virtualSession } from './virtual-session.js';
import type { VirtualSession } from './virtual-session.js';

export async function started(options: Partial<AvatarSessionOptions> = {}): Promise<VirtualSession> {
  const virtual = virtualSession({
    service: (dial) => void dial.confirm(),
    options: { heartbeat: false, ...options },
  });
  void virtual.session.start();
  await virtual.clock.settle();
  return virtual;
}

/** Sends a ServerError, without a request by default. */
export function complain(socket: FakeSocket, code: number, message: string, reqId = ''): void {
  socket.say({ type: MessageType.serverError, connectionId: 'connection-1', reqId, code, message });
}

export type Verdict = readonly [code: string, willRetry: boolean, reason?: string];

export function verdicts(errors: readonly AvatarSDKError[]): Verdict[] {
  return errors.map(({ code, willRetry, reason }) =>
    reason === undefined ? [code, willRetry] : [code, willRetry, reason],
  );
}

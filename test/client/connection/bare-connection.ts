/**
 * One connection without a session. It has a fake socket, and its owner is a fake that records the calls.
 */
import { LiveConnection } from '../../../src/client/connection/live-connection.js';
import type { ConnectionOwner } from '../../../src/client/connection/live-connection.js';
import type { FailureFacts } from '../../../src/core/failure/failure-facts.js';
import { encodeServerMessage } from '../../../src/wire/encode.js';
import { MessageType } from '../../../src/ports/message.js';
import type { ServerMessageContent } from '../../../src/ports/message.js';
import { VirtualClock } from '../../virtual-clock.js';
import { FakeSocket } from '../fake-transport.js';

export const CONFIGURE = encodeServerMessage({
  type: 4,
  connectionId: '',
  reqId: 'any bytes',
  code: 0,
  message: '',
});
export const confirmation: ServerMessageContent = {
  type: MessageType.serverConfirmSession,
  connectionId: 'c-1',
  capabilities: ['playback_state'],
};
export const animation = (reqId: string, end = false): ServerMessageContent => ({
  type: MessageType.serverResponseAnimation,
  connectionId: 'c-1',
  reqId,
  end,
  avatarId: '',
  keyframes: [],
});

export class Owner implements ConnectionOwner {
  readonly reported: string[] = [];
  unfinished = 0;
  isSpeaking = false;
  received(...[message]: Parameters<ConnectionOwner['received']>): void {
    this.reported.push(`message ${message.type} ${message.reqId}`);
  }
  undecodable(facts: FailureFacts): void {
    this.reported.push(`undecodable ${facts.kind === 'protocolViolated' ? facts.message : facts.kind}`);
  }
  drained(): void {
    this.reported.push('drained');
  }
  pingAnswered(): void {
    this.reported.push('ping answered');
  }
  unfinishedRequests(): number {
    return this.unfinished;
  }
}

export function connect(): {
  clock: VirtualClock;
  connection: LiveConnection;
  socket: FakeSocket;
  owner: Owner;
} {
  const clock = new VirtualClock();
  const connection = new LiveConnection(clock, false);
  const socket = new FakeSocket(connection);
  connection.opened(socket, CONFIGURE);
  return { clock, connection, socket, owner: new Owner() };
}

export async function confirmed(): Promise<ReturnType<typeof connect>> {
  const all = connect();
  all.socket.say(confirmation);
  await all.connection.confirmed;
  all.connection.attach(all.owner, undefined);
  return all;
}

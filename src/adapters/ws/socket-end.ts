/**
 * What happens when a peer ends the TCP connection. `ws` then ends it as well, and ends its receiver twice: a system call, a callback, and
 * an unused error with a stack. Together these are a fifth of a cut (test/bench/NOTES.md). Here the socket is closed instead.
 */
import type { Socket } from 'node:net';
import { IS_REPLACED } from './ws-package.js';

type EndListener = (this: Socket) => void;

/** The part of a `ws` client that is used here. */
interface Terminated {
  terminate(): void;
}

/** What `ws` does at the end; known from the first connection on. */
let endOfWs: EndListener | undefined;

/** The client of a socket, for the one listener below: one for each would cost an idle socket a hundred bytes. */
const CLIENT = Symbol('client');
type OwnedSocket = Socket & { [CLIENT]?: Terminated };

const NO_LISTENERS: readonly unknown[] = [];

/** For `closeAtEnd`, before `ws` has taken the socket over. */
export function endListenersOf(socket: Socket | undefined): readonly unknown[] {
  return socket === undefined || IS_REPLACED || endOfWs !== undefined
    ? NO_LISTENERS
    : socket.listeners('end');
}

/**
 * Has the socket closed at its end, where it is known what `ws` does then.
 *
 * @param before what `endListenersOf` gave
 */
export function closeAtEnd(client: Terminated, socket: OwnedSocket, before: readonly unknown[]): void {
  if (IS_REPLACED) return;
  endOfWs ??= addedListener(socket, before);
  if (endOfWs === undefined || socket.listenerCount('end', endOfWs) !== 1) return;
  socket.removeListener('end', endOfWs);
  socket[CLIENT] = client;
  socket.on('end', onEnd);
}

/** Undefined where `ws` has added none, or more than one. */
function addedListener(socket: Socket, before: readonly unknown[]): EndListener | undefined {
  const added = socket.listeners('end').filter((listener) => !before.includes(listener));
  return added.length === 1 ? (added[0] as EndListener) : undefined;
}

function onEnd(this: OwnedSocket): void {
  // What has not gone out yet still may: the peer has ended its own half only.
  if (this.writableLength > 0) endOfWs?.call(this);
  else this[CLIENT]?.terminate();
}

/**
 * Handles a peer's end of the TCP connection. `ws` then ends it as well, and ends its receiver twice: a system call, a callback, and an
 * unused error with a stack. Together these are a fifth of the cost of a cut (test/bench/NOTES.md). Here the socket is closed instead.
 */
import type { Socket } from 'node:net';
import { IS_REPLACED } from './ws-package.js';

type EndListener = (this: Socket) => void;

/** The part of a `ws` client that is used here. */
interface Terminated {
  terminate(): void;
}

/** The listener with which `ws` handles the end; known from the first connection on. */
let endOfWs: EndListener | undefined;

/** The property with a socket's client, for the one listener below: one listener per socket would cost an idle socket a hundred bytes. */
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
 * Closes the socket at its end, if the listener of `ws` is known.
 *
 * @param before the result of `endListenersOf`
 */
export function closeAtEnd(client: Terminated, socket: OwnedSocket, before: readonly unknown[]): void {
  if (IS_REPLACED) return;
  endOfWs ??= addedListener(socket, before);
  if (endOfWs === undefined || socket.listenerCount('end', endOfWs) !== 1) return;
  socket.removeListener('end', endOfWs);
  socket[CLIENT] = client;
  socket.on('end', onEnd);
}

/** Undefined if `ws` has added none, or more than one. */
function addedListener(socket: Socket, before: readonly unknown[]): EndListener | undefined {
  const added = socket.listeners('end').filter((listener) => !before.includes(listener));
  return added.length === 1 ? (added[0] as EndListener) : undefined;
}

function onEnd(this: OwnedSocket): void {
  // Bytes that have not been sent yet still may be: the peer has ended only its own half.
  if (this.writableLength > 0) endOfWs?.call(this);
  else this[CLIENT]?.terminate();
}

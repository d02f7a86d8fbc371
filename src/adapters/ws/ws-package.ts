/**
 * The `ws` package, loaded so that it works also if the native `bufferutil` is broken or replaced: everything that uses `ws` imports it
 * from here. (`utf-8-validate` is not used by the versions of Node that this package runs on.)
 */
import { restoreEnvironment, masksWrongly } from './buffer-util.js';
import * as ws from 'ws';
import { ModuleNotLoadedError } from '../node/lazy-module.js';
import type { FrameMaker } from './buffer-util.js';

restoreEnvironment();

/** The module as found: bundlers for browsers and for Cloudflare's workers put a function that throws in the place of `ws`. */
type Found = Partial<typeof ws> & {
  /** Missing from the types of `ws`; Bun has a package of its own in the place of `ws`, whose `Sender` makes no frames. */
  readonly Sender?: Partial<FrameMaker>;
};
const { WebSocket: FoundClient, WebSocketServer: FoundServer, Sender: given } = ws as Found;

/** Used in the place of a missing class: it can be extended, so that everything else of this package can be loaded. */
function Missing(): never {
  throw new ModuleNotLoadedError(
    'this runtime has no package `ws`: pass createWebSocketTransport() as `transport`, and `useQueryAuth: true`',
  );
}

export type WebSocket = ws.WebSocket;
export const WebSocket = FoundClient ?? (Missing as unknown as typeof ws.WebSocket);
export type WebSocketServer = ws.WebSocketServer;
export const WebSocketServer = FoundServer ?? (Missing as unknown as typeof ws.WebSocketServer);

const Sender = typeof given?.frame === 'function' ? (given as FrameMaker) : undefined;

/** Whether the runtime has replaced `ws` by a package of its own, as Bun does: its sockets show other properties. */
export const IS_REPLACED = Sender === undefined;

/**
 * The option `generateMask`. Undefined if `ws` masks messages as it should. If it can't, because the application has loaded it with a
 * broken `bufferutil` before, a key of zeros makes masking unnecessary; RFC 6455 §5.3 requires an unpredictable one, for peers behind
 * intermediaries that take WebSocket traffic for HTTP.
 */
export const GENERATE_MASK =
  Sender !== undefined && masksWrongly(Sender) ? (key: Buffer): void => void key.fill(0) : undefined;

/** Options for a whole binary message of a client. Has all properties that `ws` reads, so none is inherited. */
const messageOptions = (readOnly: boolean): object =>
  Object.freeze({
    fin: true,
    generateMask: GENERATE_MASK,
    mask: true,
    maskBuffer: Buffer.alloc(4),
    opcode: 2,
    readOnly,
    rsv1: false,
  });
const MESSAGE = messageOptions(true);
const MESSAGE_IN_PLACE = messageOptions(false);

/**
 * The frame of one binary message to a server, masked, without compression, as `ws` itself makes it; the bytes are copied. Undefined if
 * `ws` makes it in pieces. The `send` of `ws` makes two objects of options and looks for a Blob twice for each message, which is 4 % of
 * the cost of a message (test/bench/NOTES.md).
 */
export function frameOf(bytes: Uint8Array): Buffer | undefined {
  const pieces = Sender?.frame(bytes, MESSAGE);
  return pieces?.length === 1 ? (pieces[0] as Buffer) : undefined;
}

/**
 * Like `frameOf`, but masks the bytes in place and returns the head that has to precede them. Undefined if `ws` makes frames in another
 * way; the bytes may have been changed then, too.
 */
export function headOfMasked(bytes: Buffer): Buffer | undefined {
  const pieces = Sender?.frame(bytes, MESSAGE_IN_PLACE);
  return pieces?.length === 2 && pieces[1] === bytes ? (pieces[0] as Buffer) : undefined;
}

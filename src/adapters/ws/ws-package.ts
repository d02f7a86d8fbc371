/**
 * The `ws` package, loaded so that it works also where the native `bufferutil` is broken or replaced: everything that uses `ws` imports it
 * from here. (`utf-8-validate` is not used by the versions of Node that this package runs on.)
 */
import { restoreEnvironment, masksWrongly } from './buffer-util.js';
import * as ws from 'ws';
import type { FrameMaker } from './buffer-util.js';

restoreEnvironment();

/** As it is found: bundlers for browsers and for workers of Cloudflare put a function that throws in the place of `ws`. */
type Found = Partial<typeof ws> & {
  /** Not in its types; Bun has a package of its own in the place of `ws`, whose `Sender` makes no frames. */
  readonly Sender?: Partial<FrameMaker>;
};
const { WebSocket: FoundClient, WebSocketServer: FoundServer, Sender: given } = ws as Found;

/** In the place of a class that is missing: it can be extended, so that everything else of this package can be loaded. */
function Missing(): never {
  throw new Error(
    'this runtime has no package `ws`: pass createWebSocketTransport() as `transport`, and `useQueryAuth: true`',
  );
}

export type WebSocket = ws.WebSocket;
export const WebSocket = FoundClient ?? (Missing as unknown as typeof ws.WebSocket);
export type WebSocketServer = ws.WebSocketServer;
export const WebSocketServer = FoundServer ?? (Missing as unknown as typeof ws.WebSocketServer);

const Sender = typeof given?.frame === 'function' ? (given as FrameMaker) : undefined;

/** The runtime has replaced `ws` by a package of its own, as Bun does: what it shows of its sockets differs. */
export const IS_REPLACED = Sender === undefined;

/**
 * For the option `generateMask`. Undefined where `ws` masks messages as it should. Where it can't, because
 * the application has loaded it with a broken `bufferutil` before, a key of zeros needs no masking; RFC 6455
 * §5.3 requires an unpredictable one, for peers behind intermediaries that take WebSocket traffic for HTTP.
 */
export const GENERATE_MASK =
  Sender !== undefined && masksWrongly(Sender) ? (key: Buffer): void => void key.fill(0) : undefined;

/** Of a whole binary message of a client. Its properties are those that `ws` reads, so none is inherited. */
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
 * The frame of one binary message to a server, masked, without compression, as `ws` itself makes it; the bytes are copied. Undefined where
 * `ws` makes it in pieces. Its `send` makes two objects of options and looks for a Blob twice for each message: that costs 4 % of it
 * (test/bench/NOTES.md).
 */
export function frameOf(bytes: Uint8Array): Buffer | undefined {
  const pieces = Sender?.frame(bytes, MESSAGE);
  return pieces?.length === 1 ? (pieces[0] as Buffer) : undefined;
}

/**
 * As `frameOf`, but masks the bytes where they are: returns the head that belongs in front of them. Undefined where `ws` makes frames in
 * another way; the bytes may be changed then, too.
 */
export function headOfMasked(bytes: Buffer): Buffer | undefined {
  const pieces = Sender?.frame(bytes, MESSAGE_IN_PLACE);
  return pieces?.length === 2 && pieces[1] === bytes ? (pieces[0] as Buffer) : undefined;
}

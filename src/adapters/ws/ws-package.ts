/**
 * The `ws` package, loaded so that it works also where the native `bufferutil` is broken or replaced: everything that uses `ws` imports it
 * from here. (`utf-8-validate` is not used by the versions of Node that this package runs on.)
 */
import { restoreEnvironment, masksWrongly } from './buffer-util.js';
import * as ws from 'ws';
import type { FrameMaker } from './buffer-util.js';

restoreEnvironment();

export { WebSocket, WebSocketServer } from 'ws';

/** Not in its types; Bun has a package of its own in the place of `ws`, whose `Sender` makes no frames. */
const { Sender: given } = ws as unknown as { readonly Sender?: Partial<FrameMaker> };
const Sender = typeof given?.frame === 'function' ? (given as FrameMaker) : undefined;

/** The runtime has replaced `ws` by a package of its own, as Bun does: what it shows of its sockets differs. */
export const IS_REPLACED = Sender === undefined;

/**
 * For the option `generateMask`. Undefined where `ws` masks messages as it should. Where it can't, because the application has loaded it
 * with a broken `bufferutil` before, a key of zeros needs no masking; RFC 6455 §5.3 wants an unpredictable one, for peers behind
 * intermediaries that take WebSocket traffic for HTTP.
 */
export const GENERATE_MASK =
  Sender !== undefined && masksWrongly(Sender) ? (key: Buffer): void => void key.fill(0) : undefined;

/** Of a whole binary message of a client. Its properties are those that `ws` reads, so none is inherited. */
const MESSAGE = Object.freeze({
  fin: true,
  generateMask: GENERATE_MASK,
  mask: true,
  maskBuffer: Buffer.alloc(4),
  opcode: 2,
  readOnly: true,
  rsv1: false,
});

/**
 * The frame of one binary message to a server, masked, without compression, as `ws` itself makes it; the bytes are copied. Undefined where
 * `ws` makes it in pieces. Its `send` makes two objects of options and looks for a Blob twice for each message: that costs 4 % of it
 * (test/bench/NOTES.md).
 */
export function frameOf(bytes: Uint8Array): Buffer | undefined {
  const pieces = Sender?.frame(bytes, MESSAGE);
  return pieces?.length === 1 ? (pieces[0] as Buffer) : undefined;
}

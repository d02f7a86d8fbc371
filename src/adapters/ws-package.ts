/**
 * The `ws` package, loaded so that it works whatever has become of the native `bufferutil`: everything that uses `ws` takes it from here.
 * (`utf-8-validate` is not used by the versions of Node that this package runs on.)
 */
import { restoreEnvironment } from './ws-load-begin.js';
import * as ws from 'ws';
import { masksWrongly } from './buffer-util.js';
import type { FrameMaker } from './buffer-util.js';

restoreEnvironment();

export { WebSocket, WebSocketServer } from 'ws';

/** Not in its types. */
const { Sender } = ws as unknown as { readonly Sender?: FrameMaker };

/**
 * For the option `generateMask`. Undefined where `ws` masks messages as it should. Where it can't, because the application has loaded it
 * with a broken `bufferutil` before, a key of zeros needs no masking; RFC 6455 §5.3 wants an unpredictable one, for peers behind
 * intermediaries that take WebSocket traffic for HTTP.
 */
export const GENERATE_MASK =
  Sender !== undefined && masksWrongly(Sender) ? (key: Buffer): void => void key.fill(0) : undefined;

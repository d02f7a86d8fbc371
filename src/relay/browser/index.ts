/** The client of a relay for browsers: nothing here needs Node or another package. */
export { connectRelay, RelayClient } from './relay-client.js';
export type {
  RelayClientHandlers,
  RelayClientOptions,
  RelayClientState,
  RelayReady,
  WebSocketLike,
} from './relay-client-options.js';
export { readKeyframes } from './read-keyframes.js';
export type { TypedKeyframe } from '../../ports/message.js';

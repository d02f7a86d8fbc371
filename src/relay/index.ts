/// <reference types="node" preserve="true" />
/**
 * Relays: a session's audio and frames to a browser over its WebSocket. The other files of this folder are not public.
 */
export { createRelay, Relay } from './relay.js';
export { createRelayHub, RelayHub } from './relay-hub.js';
export type { OpenRelay, RelayVisitor } from './relay-hub.js';
export type { Handler } from '../client/events/notifier.js';
export type { RelayDialect } from './dialects.js';
export type { RelayAudioFormat, Transcript } from './messages.js';
export type { RelayEmitter, RelayEvents } from './relay-events.js';
export type { AttachOptions, RelayOptions } from './relay-options.js';
export type { RelaySocket, SocketData } from './relay-socket.js';

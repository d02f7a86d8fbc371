/**
 * The messages of the protocol, for code that reads and writes the wire itself. They are defined with the port of the codec, because the
 * session uses messages and no bytes.
 */
export * from '../ports/message.js';

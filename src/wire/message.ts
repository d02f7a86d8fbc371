/**
 * The messages of the protocol, for code that reads and writes the wire by itself. They are defined with the codec's port, because the
 * session knows messages and no bytes.
 */
export * from '../ports/message.js';

/**
 * Bytes of one frame to a message: which types belong to which direction, and what happens to the others. Throws
 * WireError and nothing else, whatever the bytes are; time and memory are linear in their number.
 */
import { CLIENT_READERS } from './client-reader.js';
import { contentOf, readEnvelope } from './envelope.js';
import type { Envelope } from './envelope.js';
import { toWireError } from './field-reader.js';
import { MessageType } from '../ports/message.js';
import type { ClientMessage, IgnoredMessage, ServerMessage } from '../ports/message.js';
import type { FieldReader } from './field-reader.js';
import type { AnimationTexts } from './repeated-text.js';
import { readResponseAnimation, SERVER_READERS } from './server-reader.js';

type Readers<Message> = ReadonlyMap<number, (reader: FieldReader) => Message>;
const READ_BY_CLIENT = byType(SERVER_READERS);
const READ_BY_SERVICE = byType(CLIENT_READERS);

/**
 * Decodes what a service sent. Keyframes are counted and their framing is checked, but no float is decoded. Message
 * types that are unknown, or that only clients send, come back as `ignored`; unknown fields are skipped. Does not
 * judge values: an empty connection id decodes. `texts`, of the connection that the bytes came over, makes decoding cheaper.
 */
export function decodeServerMessage(
  bytes: Uint8Array,
  texts?: AnimationTexts,
): ServerMessage | IgnoredMessage {
  try {
    const envelope = readEnvelope(bytes);
    // Nearly all messages: without a look into the table.
    if (envelope.type === MessageType.serverResponseAnimation) {
      return readResponseAnimation(contentOf(envelope), texts);
    }
    return readBy(READ_BY_CLIENT, envelope);
  } catch (cause) {
    throw toWireError(cause);
  }
}

/** Decodes what a client sent; otherwise as `decodeServerMessage`. `audio` is a view into `bytes`, not a copy. */
export function decodeClientMessage(bytes: Uint8Array): ClientMessage | IgnoredMessage {
  try {
    return readBy(READ_BY_SERVICE, readEnvelope(bytes));
  } catch (cause) {
    throw toWireError(cause);
  }
}

function readBy<Message>(readers: Readers<Message>, envelope: Envelope): Message | IgnoredMessage {
  const read = readers.get(envelope.type);
  return read === undefined ? { type: 'ignored', messageType: envelope.type } : read(contentOf(envelope));
}

function byType<Message>(
  readers: Readonly<Record<number, (reader: FieldReader) => Message>>,
): Readers<Message> {
  return new Map(Object.entries(readers).map(([type, read]) => [Number(type), read]));
}

/** Messages of the wire as checks and sabotages read them: undefined for a text, and for bytes that are no message. */
import { WireError } from '../../../src/ports/message.js';
import { decodeClientMessage, decodeServerMessage } from '../../../src/wire/decode.js';

type Read<Message> = (data: Uint8Array | string) => Message | undefined;

export const serverMessage: Read<ReturnType<typeof decodeServerMessage>> = (data) =>
  read(data, decodeServerMessage);

export const clientMessage: Read<ReturnType<typeof decodeClientMessage>> = (data) =>
  read(data, decodeClientMessage);

function read<Message>(
  data: Uint8Array | string,
  decode: (bytes: Uint8Array) => Message,
): Message | undefined {
  if (typeof data === 'string') return undefined;
  try {
    return decode(data);
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

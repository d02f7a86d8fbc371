/** Runs a wire case: bytes to a message, and a message of a client to bytes. */
import { decodeClientMessage, decodeServerMessage } from '../../src/wire/decode.js';
import { encodeClientMessage } from '../../src/wire/encode.js';
import { decodeKeyframes } from '../../src/wire/keyframes.js';
import { decodeTraceContext } from '../../src/wire/trace-context.js';
import { MessageType, WireError } from '../../src/ports/message.js';
import type { ClientMessage } from '../../src/ports/message.js';
import type { Expectation, WireCase } from './case-file.js';
import { disagreements } from './disagreements.js';

export function runWire(one: WireCase): string[] {
  const bytes = Uint8Array.from(Buffer.from(one.hex, 'hex'));
  if (one.from === 'service') return disagreements('expect', one.expect, received(bytes));
  const decoded = decodeClientMessage(bytes);
  const message = 'audio' in decoded ? { ...decoded, audio: hexOf(decoded.audio) } : decoded;
  const differences = disagreements('expect', one.expect, { message });
  if (one.encodes === false || differences.length > 0) return differences;
  return disagreements('encoded', { hex: one.hex }, { hex: hexOf(encodeClientMessage(given(one.expect))) });
}

function received(bytes: Uint8Array): Expectation {
  try {
    const message = decodeServerMessage(bytes);
    if (message.type === 'ignored') return { outcome: 'ignored' };
    if (message.type !== MessageType.serverResponseAnimation) return { outcome: 'message', message };
    // The product decodes keyframes after the message, so invalid ones throw here.
    const keyframes = decodeKeyframes(bytes);
    return {
      outcome: 'message',
      message: { ...message, keyframes, traceContext: decodeTraceContext(bytes) },
    };
  } catch (error) {
    if (error instanceof WireError) return { outcome: 'refused' };
    throw error;
  }
}

/** The message as a case writes it, with its audio as bytes. */
function given({ message }: Expectation): ClientMessage {
  const { audio, ...rest } = message as { readonly audio?: string };
  // The schema does not check these fields. A wrong one changes the bytes, so the case fails.
  return {
    ...rest,
    ...(audio !== undefined && { audio: Buffer.from(audio, 'hex') }),
  } as unknown as ClientMessage;
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

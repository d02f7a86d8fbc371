/**
 * ClientAudioInput, the one message sent fifty times a second: sized first, then written into one allocation, the
 * audio copied once; or its head alone, for audio that is sent from where it is. Gives the bytes that any proto3 encoder gives.
 */
import type { AudioHead, AudioPlace } from '../ports/codec.js';
import { MessageType } from '../ports/message.js';
import type { TraceContext } from '../ports/message.js';

/**
 * Encodes one chunk of a request's audio.
 *
 * @param reqId   text; a lone surrogate becomes U+FFFD
 * @param end     whether this is the request's last chunk
 * @param audio   bytes in the session's format; copied, so the caller may reuse them; may be empty
 * @param traceContext   of the request, for its first chunk
 */
export function encodeAudioInput(
  reqId: string,
  end: boolean,
  audio: Uint8Array,
  traceContext?: TraceContext,
): Uint8Array {
  const idBytes = Buffer.byteLength(reqId);
  const audioBytes = audio.length;
  const trace = traceContext === undefined ? undefined : encodeTraceContext(traceContext);
  const contentBytes =
    fieldBytes(idBytes) +
    (end ? 2 : 0) +
    fieldBytes(audioBytes) +
    (trace === undefined ? 0 : 1 + varintBytes(trace.length) + trace.length);
  const out = Buffer.allocUnsafe(3 + varintBytes(contentBytes) + contentBytes);
  out[0] = 0x08;
  out[1] = MessageType.clientAudioInput;
  let at = writeHead(out, 2, 0x22, contentBytes);
  if (idBytes > 0) at = writeText(out, at, 0x0a, reqId, idBytes);
  if (end) {
    out[at] = 0x10;
    out[at + 1] = 1;
    at += 2;
  }
  if (audioBytes > 0) {
    at = writeHead(out, at, 0x1a, audioBytes);
    out.set(audio, at);
    at += audioBytes;
  }
  if (trace !== undefined) out.set(trace, writeHead(out, at, 0x22, trace.length));
  return out;
}

function encodeTraceContext(trace: TraceContext): Uint8Array {
  const parentBytes = Buffer.byteLength(trace.traceparent);
  const state = trace.tracestate ?? '';
  const stateBytes = Buffer.byteLength(state);
  const out = Buffer.allocUnsafe(fieldBytes(parentBytes) + fieldBytes(stateBytes));
  let at = 0;
  if (parentBytes > 0) at = writeText(out, at, 0x0a, trace.traceparent, parentBytes);
  if (stateBytes > 0) writeText(out, at, 0x12, state, stateBytes);
  return out;
}

/** Bytes of a length-delimited field with a one-byte tag; an empty one is left out. */
function fieldBytes(valueBytes: number): number {
  return valueBytes === 0 ? 0 : 1 + varintBytes(valueBytes) + valueBytes;
}

/** Bytes of a length on the wire. */
export function varintBytes(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  return value < 0x1000_0000 ? 4 : 5;
}

function writeHead(out: Uint8Array, at: number, tag: number, valueBytes: number): number {
  out[at] = tag;
  return writeVarint(out, at + 1, valueBytes);
}

/** Writes a length and gives the offset behind it. */
export function writeVarint(out: Uint8Array, at: number, value: number): number {
  let next = at;
  let left = value;
  while (left > 0x7f) {
    out[next] = (left & 0x7f) | 0x80;
    next += 1;
    left >>>= 7;
  }
  out[next] = left;
  return next + 1;
}

function writeText(out: Buffer, at: number, tag: number, text: string, textBytes: number): number {
  const start = writeHead(out, at, tag, textBytes);
  // One byte per character means ASCII, which latin1 writes alike and faster.
  return start + out.write(text, start, textBytes, textBytes === text.length ? 'latin1' : 'utf8');
}

/** Enough for the ids that sessions make: 27 bytes, and at most 14 of tags, lengths and the end. */
export const AUDIO_HEAD_ROOM_BYTES = 44;

const TYPE_BYTES = 2;
const END_BYTES = 2;

export class AudioInputHead implements AudioHead {
  readonly reqId: string;
  /** Field `req_id` with its tag and length. */
  readonly #reqIdField: Uint8Array;

  constructor(reqId: string) {
    this.reqId = reqId;
    // What an envelope without audio holds behind its type, tag and length.
    const whole = encodeAudioInput(reqId, false, new Uint8Array(0));
    const contentBytes =
      reqId === '' ? 0 : 1 + varintBytes(Buffer.byteLength(reqId)) + Buffer.byteLength(reqId);
    this.#reqIdField = Uint8Array.prototype.slice.call(whole, whole.length - contentBytes);
  }

  write({ block, from, to, roomBytes }: AudioPlace, end: boolean): Uint8Array {
    const idField = this.#reqIdField;
    const audioBytes = to - from;
    const audioHeadBytes = audioBytes === 0 ? 0 : 1 + varintBytes(audioBytes);
    const contentBytes = idField.length + (end ? END_BYTES : 0) + audioHeadBytes + audioBytes;
    const headBytes = TYPE_BYTES + 1 + varintBytes(contentBytes) + contentBytes - audioBytes;
    if (headBytes > roomBytes) {
      return encodeAudioInput(this.reqId, end, block.subarray(from, to));
    }
    let at = from - headBytes;
    block[at] = 0x08;
    block[at + 1] = MessageType.clientAudioInput;
    block[at + 2] = 0x22;
    at = writeVarint(block, at + 3, contentBytes);
    block.set(idField, at);
    at += idField.length;
    if (end) {
      block[at] = 0x10;
      block[at + 1] = 1;
      at += END_BYTES;
    }
    if (audioBytes > 0) {
      block[at] = 0x1a;
      writeVarint(block, at + 1, audioBytes);
    }
    return block.subarray(from - headBytes, to);
  }
}

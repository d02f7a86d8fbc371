/**
 * ClientAudioInput, the only message that is sent fifty times a second: its size is computed first, then it is written into one
 * allocation, and the audio is copied once; or into memory that is overwritten by the next message, for transports that copy the bytes
 * they send. The bytes equal those of any proto3 encoder.
 */
import type { AudioMessages } from '../ports/codec.js';
import { MessageType } from '../ports/message.js';
import type { TraceContext } from '../ports/message.js';

/**
 * Encodes one chunk of a request's audio.
 *
 * @param reqId   text; a lone surrogate becomes U+FFFD
 * @param end     whether this is the request's last chunk
 * @param audio   bytes in the session's format; copied, so the caller may reuse them; may be empty
 * @param traceContext the trace of the request, for its first chunk
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

/** The size of a length-delimited field with a one-byte tag, bytes; an empty field is left out. */
function fieldBytes(valueBytes: number): number {
  return valueBytes === 0 ? 0 : 1 + varintBytes(valueBytes) + valueBytes;
}

/** The size of a length on the wire, bytes. */
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

/** Writes a length and returns the offset after it. */
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
  // One byte per character means ASCII, for which latin1 writes the same bytes faster.
  return start + out.write(text, start, textBytes, textBytes === text.length ? 'latin1' : 'utf8');
}

/** The largest audio of a session's messages, and a size that is enough for the fields before it with the ids of sessions: 41 bytes. */
const MOST_AUDIO_BYTES = 64 * 1024;
const MOST_HEAD_BYTES = 64;

const TYPE_BYTES = 2;
const END_BYTES = 2;

/**
 * The memory in which messages are written, one at a time: the audio always at the same place, so that chunks of one size need one view.
 */
const scratch = Buffer.allocUnsafeSlow(MOST_HEAD_BYTES + MOST_AUDIO_BYTES);
let view: Uint8Array = scratch.subarray(0, 0);
let viewFrom = 0;

export class AudioInputMessages implements AudioMessages {
  readonly reqId: string;
  /** Field `req_id` with its tag and length. */
  readonly #reqIdField: Uint8Array;

  constructor(reqId: string) {
    this.reqId = reqId;
    // The content of an envelope without audio, after its type, tag and length.
    const whole = encodeAudioInput(reqId, false, new Uint8Array(0));
    const contentBytes =
      reqId === '' ? 0 : 1 + varintBytes(Buffer.byteLength(reqId)) + Buffer.byteLength(reqId);
    this.#reqIdField = Uint8Array.prototype.slice.call(whole, whole.length - contentBytes);
  }

  write(audio: Uint8Array, end: boolean): Uint8Array {
    const idField = this.#reqIdField;
    const audioBytes = audio.length;
    const audioHeadBytes = audioBytes === 0 ? 0 : 1 + varintBytes(audioBytes);
    const contentBytes = idField.length + (end ? END_BYTES : 0) + audioHeadBytes + audioBytes;
    const headBytes = TYPE_BYTES + 1 + varintBytes(contentBytes) + contentBytes - audioBytes;
    if (headBytes > MOST_HEAD_BYTES || audioBytes > MOST_AUDIO_BYTES) {
      return encodeAudioInput(this.reqId, end, audio);
    }
    const from = MOST_HEAD_BYTES - headBytes;
    scratch[from] = 0x08;
    scratch[from + 1] = MessageType.clientAudioInput;
    scratch[from + 2] = 0x22;
    let at = writeVarint(scratch, from + 3, contentBytes);
    scratch.set(idField, at);
    at += idField.length;
    if (end) {
      scratch[at] = 0x10;
      scratch[at + 1] = 1;
      at += END_BYTES;
    }
    if (audioBytes > 0) {
      scratch[at] = 0x1a;
      writeVarint(scratch, at + 1, audioBytes);
      scratch.set(audio, MOST_HEAD_BYTES);
    }
    if (viewFrom !== from || view.length !== headBytes + audioBytes) {
      view = scratch.subarray(from, MOST_HEAD_BYTES + audioBytes);
      viewFrom = from;
    }
    return view;
  }
}

/**
 * Changes what an animation envelope says about its request, and nothing else: the request id of a re-send becomes the one that
 * the application knows, and the end of a segment is no end of the request. Every other byte stays, and so does the length.
 */
import { contentTag } from './envelope.js';
import { openFields, skipField, toWireError } from './field-reader.js';
import type { FieldReader } from './field-reader.js';
import { readAnimationEnvelope } from './keyframes.js';
import { MessageType } from './message.js';

const CONTENT_TAG = contentTag(MessageType.serverResponseAnimation);
/** ServerResponseAnimation fields `req_id` and `end`. */
const REQ_ID_TAG = 0x12;
const END_TAG = 0x18;

export interface AnimationPatch {
  /** Written over the request id; one of another length is left as it is. */
  readonly reqId?: string;
  /** True makes `end` false. */
  readonly clearEnd?: boolean;
}

/** A patched copy; `raw` is not written to. Throws WireError for anything but an animation envelope. */
export function patchAnimation(raw: Uint8Array, patch: AnimationPatch): Uint8Array {
  try {
    const { contentFrom } = readAnimationEnvelope(raw);
    // Not Buffer.from: its memory is shared with other buffers of the process.
    const copy = Uint8Array.prototype.slice.call(raw);
    const reader = openFields(raw);
    while (reader.pos < raw.length) {
      const fieldFrom = reader.pos;
      const tag = reader.tag();
      if (tag !== CONTENT_TAG) {
        skipField(reader, tag);
        continue;
      }
      const size = reader.size();
      // Earlier content was overridden and does not count.
      if (fieldFrom >= contentFrom) patchContent(openFields(raw, reader.pos, reader.pos + size), copy, patch);
      reader.skip(size);
    }
    return copy;
  } catch (cause) {
    throw toWireError(cause);
  }
}

function patchContent(reader: FieldReader, copy: Uint8Array, { reqId, clearEnd }: AnimationPatch): void {
  const idBytes = reqId === undefined ? undefined : Buffer.from(reqId);
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    if (tag === REQ_ID_TAG) {
      const size = reader.size();
      if (idBytes?.length === size) copy.set(idBytes, reader.pos);
      reader.skip(size);
      continue;
    }
    const valueFrom = reader.pos;
    skipField(reader, tag);
    if (tag !== END_TAG || clearEnd !== true) continue;
    // A varint keeps its length, however it was written: its value bits become 0.
    for (let at = valueFrom; at < reader.pos; at += 1) copy[at] = (copy[at] ?? 0) & 0x80;
  }
}

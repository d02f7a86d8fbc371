/**
 * The W3C trace context of a message. For an animation message it is read only on request, so it costs nothing when a frame is received.
 * Independent of the meaning of a trace.
 */
import type { TraceContext } from '../ports/message.js';
import { readNested, readShortText, skipField } from './field-reader.js';
import type { FieldReader } from './field-reader.js';
import { readAnimationEnvelope } from './keyframes.js';

/** ServerResponseAnimation field `trace_context`. */
const TRACE_CONTEXT_TAG = 0x32;

/** Undefined if the envelope names none, or an unreadable one: that does not affect the frame. */
export function decodeTraceContext(raw: Uint8Array): TraceContext | undefined {
  try {
    const reader = readAnimationEnvelope(raw).content;
    let found: TraceContext | undefined;
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      if (tag === TRACE_CONTEXT_TAG) found = readTraceContext(reader, found);
      else skipField(reader, tag);
    }
    return found;
  } catch {
    return undefined;
  }
}

/** @param earlier the same field, read before in this message: proto3 merges the two */
export function readTraceContext(reader: FieldReader, earlier: TraceContext | undefined): TraceContext {
  let traceparent = earlier?.traceparent ?? '';
  let tracestate = earlier?.tracestate ?? '';
  readNested(reader, (tag) => {
    switch (tag) {
      case 0x0a:
        traceparent = readShortText(reader, 'traceparent');
        return;
      case 0x12:
        tracestate = readShortText(reader, 'tracestate');
        return;
      default:
        skipField(reader, tag);
    }
  });
  return tracestate === '' ? { traceparent } : { traceparent, tracestate };
}

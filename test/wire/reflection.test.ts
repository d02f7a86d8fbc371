/** Compares all of `src/wire` with a codec that protobufjs makes from avatar.proto. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeClientMessage, decodeServerMessage } from '../../src/wire/decode.js';
import { encodeClientMessage, encodeServerMessage } from '../../src/wire/encode.js';
import { decodeKeyframes } from '../../src/wire/keyframes.js';
import { decodeTraceContext } from '../../src/wire/trace-context.js';
import { MessageType } from '../../src/ports/message.js';
import type { ServerMessageContent } from '../../src/ports/message.js';
import { anyClientMessage, anyServerMessage } from './message-arbitraries.js';
import { encodeByReflection } from './reflected-avatar.js';

function decodeContent(bytes: Uint8Array): unknown {
  const message = decodeServerMessage(bytes);
  if (message.type !== MessageType.serverResponseAnimation) return message;
  const { keyframeCount, ...others } = message;
  const keyframes = decodeKeyframes(bytes);
  expect(keyframes).toHaveLength(keyframeCount);
  const traceContext = decodeTraceContext(bytes);
  const traced = traceContext === undefined ? {} : { traceContext };
  return { ...others, keyframes, ...traced } satisfies ServerMessageContent;
}

describe('the hand-written codec, compared with reflection of avatar.proto,', () => {
  it('encodes any client message to the same bytes', () => {
    fc.assert(
      fc.property(anyClientMessage, (message) => {
        expect(Uint8Array.from(encodeClientMessage(message))).toEqual(
          Uint8Array.from(encodeByReflection(message)),
        );
      }),
      { numRuns: 400 },
    );
  });

  it('encodes any server message to the same bytes', () => {
    fc.assert(
      fc.property(anyServerMessage, (content) => {
        expect(Uint8Array.from(encodeServerMessage(content))).toEqual(
          Uint8Array.from(encodeByReflection(content)),
        );
      }),
      { numRuns: 400 },
    );
  });

  it('decodes any client message that reflection encoded', () => {
    fc.assert(
      fc.property(anyClientMessage, (message) => {
        expect(decodeClientMessage(Uint8Array.from(encodeByReflection(message)))).toStrictEqual(message);
      }),
      { numRuns: 400 },
    );
  });

  it('decodes any server message, with its keyframes, that reflection encoded', () => {
    fc.assert(
      fc.property(anyServerMessage, (content) => {
        expect(decodeContent(encodeByReflection(content))).toStrictEqual(content);
      }),
      { numRuns: 400 },
    );
  });
});

/** Compares all of `src/wire` with bytes that protoc made. */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeClientMessage, decodeServerMessage } from '../../src/wire/decode.js';
import { encodeClientMessage, encodeServerMessage } from '../../src/wire/encode.js';
import { decodeKeyframes } from '../../src/wire/keyframes.js';
import { decodeTraceContext } from '../../src/wire/trace-context.js';
import { MessageType } from '../../src/ports/message.js';
import type { ServerMessage, ServerMessageContent } from '../../src/ports/message.js';
import { goldenBytes, goldenNames } from './golden/golden-bytes.js';
import { goldenClientMessages, goldenServerMessages } from './golden/golden-messages.js';

/** protoc writes map entries in another order. */
const ENTRY_ORDER_DIFFERS = 'client-configure-several-params';

function asReceived(content: ServerMessageContent): ServerMessage {
  if (content.type !== MessageType.serverResponseAnimation) return content;
  const { type, connectionId, reqId, end, avatarId, keyframes } = content;
  return { type, connectionId, reqId, end, avatarId, keyframeCount: keyframes.length };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

describe('golden bytes made by protoc', () => {
  it('exist for every text file and every message value, and for nothing else', () => {
    const texts = readdirSync(new URL('golden/', import.meta.url))
      .filter((name) => name.endsWith('.txtpb'))
      .map((name) => name.slice(0, -'.txtpb'.length));
    const values = [...Object.keys(goldenClientMessages), ...Object.keys(goldenServerMessages)];
    expect([...goldenNames].sort()).toEqual(texts.sort());
    expect([...goldenNames].sort()).toEqual(values.sort());
  });

  it('exist for every message type', () => {
    const messages = [...Object.values(goldenClientMessages), ...Object.values(goldenServerMessages)];
    expect(new Set(messages.map(({ type }) => type))).toEqual(new Set(Object.values(MessageType)));
  });

  it.each(Object.entries(goldenClientMessages))('%s decodes to its values', (name, message) => {
    const decoded = decodeClientMessage(goldenBytes(name));
    expect(
      'audio' in decoded ? { ...decoded, audio: Uint8Array.from(decoded.audio) } : decoded,
    ).toStrictEqual(message);
  });

  it.each(Object.entries(goldenClientMessages).filter(([name]) => name !== ENTRY_ORDER_DIFFERS))(
    '%s encodes to the same bytes',
    (name, message) => {
      expect(hex(encodeClientMessage(message))).toBe(hex(goldenBytes(name)));
    },
  );

  it('several map entries survive encoding and decoding', () => {
    const message = goldenClientMessages[ENTRY_ORDER_DIFFERS];
    if (message === undefined) throw new Error('the fixture client-configure-several-params is missing');
    const encoded = encodeClientMessage(message);
    expect(decodeClientMessage(encoded)).toStrictEqual(message);
    expect(encoded).toHaveLength(goldenBytes(ENTRY_ORDER_DIFFERS).length);
  });

  it.each(Object.entries(goldenServerMessages))('%s decodes to its values', (name, content) => {
    expect(decodeServerMessage(goldenBytes(name))).toStrictEqual(asReceived(content));
  });

  it.each(Object.entries(goldenServerMessages))('%s encodes to the same bytes', (name, content) => {
    expect(hex(encodeServerMessage(content))).toBe(hex(goldenBytes(name)));
  });

  it.each(Object.entries(goldenServerMessages).filter(([name]) => name.startsWith('server-animation')))(
    '%s decodes to its keyframes and its trace',
    (name, content) => {
      expect(decodeKeyframes(goldenBytes(name))).toStrictEqual(
        'keyframes' in content ? content.keyframes : [],
      );
      expect(decodeTraceContext(goldenBytes(name))).toStrictEqual(
        'traceContext' in content ? content.traceContext : undefined,
      );
    },
  );

  it.each(goldenNames)(
    '%s decodes to the same value from a Uint8Array in the middle of a larger buffer',
    (name) => {
      const bytes = goldenBytes(name);
      const surroundings = new Uint8Array(bytes.length + 32).fill(0xff);
      surroundings.set(bytes, 16);
      const view = surroundings.subarray(16, 16 + bytes.length);
      const decode = name.startsWith('client') ? decodeClientMessage : decodeServerMessage;
      expect(decode(view)).toStrictEqual(decode(Uint8Array.from(bytes)));
    },
  );
});

/**
 * Random messages of a browser, in every dialect: each is a valid message or a protocol error with a close
 * code. No other error is thrown.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dialectOf, RELAY_DIALECTS } from '../../src/relay/dialects.js';
import type { Dialect } from '../../src/relay/dialects.js';
import { BrokenRule } from '../../src/relay/messages.js';
import type { UpMessage } from '../../src/relay/messages.js';

const UP_TYPES: readonly UpMessage['type'][] = [
  ...(['text', 'micAudio', 'setAvatar', 'speak', 'interrupt', 'played', 'message'] as const),
];
const CLOSE_CODES = [1003, 1008, 1009];

const word = fc.oneof(
  fc.constantFrom('text', 'mic_audio', 'set_avatar', 'speak', 'interrupt', 'played', '__proto__', 'toString'),
  fc.string(),
);
const fields = fc.dictionary(
  fc.oneof(fc.constantFrom('type', 'text', 'audio', 'avatarId', 'reqId', 'ms', '__proto__'), fc.string()),
  fc.oneof(fc.anything(), word, fc.base64String()),
);
const json = fc.tuple(word, fields).map(([type, more]) => JSON.stringify({ ...more, type }, undefined, 0));
const sent = fc.oneof(
  json,
  // A part of a message.
  fc.tuple(json, fc.nat(300)).map(([text, length]) => text.slice(0, length)),
  fc.json(),
  fc.integer({ min: 1, max: 100_000 }).map((depth) => '['.repeat(depth)),
  fc
    .integer({ min: 1, max: 100_000 })
    .map((depth) => `{"type":"text","text":${'['.repeat(depth)}${']'.repeat(depth)}}`),
);
const bytes = fc.oneof(
  sent.map((text) => new Uint8Array(Buffer.from(text))),
  fc.uint8Array({ maxLength: 400 }),
);

function decoded(dialect: Dialect, data: Uint8Array, isBinary: boolean): UpMessage | BrokenRule {
  try {
    return dialect.decode(data, isBinary);
  } catch (error) {
    if (error instanceof BrokenRule) return error;
    throw error;
  }
}

describe.each(RELAY_DIALECTS)('the dialect %s', (name) => {
  it('reads the messages of a browser, or reports the broken rule', () => {
    fc.assert(
      fc.property(bytes, fc.boolean(), (data, isBinary) => {
        const message = decoded(dialectOf(name), data, isBinary);
        if (message instanceof BrokenRule) expect(CLOSE_CODES).toContain(message.closeCode);
        else expect(UP_TYPES).toContain(message.type);
      }),
      { numRuns: 500 },
    );
  });

  it('reads no field from a polluted prototype', () => {
    const data = new Uint8Array(Buffer.from('{"__proto__":{"text":"hidden"},"type":"text"}'));
    expect(decoded(dialectOf(name), data, false)).toBeInstanceOf(BrokenRule);
  });
});

/** Tests with all of `src/wire` that every field of avatar.proto is written and read. */
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { decodeClientMessage, decodeServerMessage } from '../../src/wire/decode.js';
import { encodeClientMessage, encodeServerMessage } from '../../src/wire/encode.js';
import { decodeKeyframes } from '../../src/wire/keyframes.js';
import { decodeTraceContext } from '../../src/wire/trace-context.js';
import { AudioFormat, EgressType, MessageType, PlaybackStateValue } from '../../src/ports/message.js';
import type { ServerResponseAnimationContent } from '../../src/ports/message.js';
import { avatarRoot, contentField, envelopeType } from './reflected-avatar.js';

/** A value of this type in which no field is absent or zero, also in nested messages. */
function everyFieldSet(type: protobuf.Type): Record<string, unknown> {
  return Object.fromEntries(type.fieldsArray.map((field) => [field.name, valueFor(field)]));
}

function valueFor(field: protobuf.Field): unknown {
  const { resolvedType } = field.resolve();
  if (field instanceof protobuf.MapField) return { key: 'value' };
  const value =
    resolvedType instanceof protobuf.Type ? everyFieldSet(resolvedType) : scalarFor(field.name, field.type);
  return field.repeated ? [value, value] : value;
}

function scalarFor(name: string, type: string): unknown {
  if (type === 'string') return `a ${name}`;
  if (type === 'bytes') return Uint8Array.of(1, 2, 3);
  if (type === 'bool') return true;
  if (type === 'float') return 0.5;
  // 1 is a number, and a value of every enumeration, or else one that stands for a value of a newer service.
  return 1;
}

function recoded(bytes: Uint8Array): Uint8Array {
  const fromClient = decodeClientMessage(bytes);
  if (fromClient.type !== 'ignored') return encodeClientMessage(fromClient);
  const fromServer = decodeServerMessage(bytes);
  switch (fromServer.type) {
    case 'ignored':
      throw new Error(`neither direction has the type ${fromServer.messageType}`);
    case MessageType.serverResponseAnimation:
      return encodeServerMessage({ ...fromServer, keyframes: decodeKeyframes(bytes), ...traceOf(bytes) });
    case MessageType.serverConfirmSession:
    case MessageType.serverError:
    case MessageType.serverPlaybackState:
      return encodeServerMessage(fromServer);
  }
}

function traceOf(bytes: Uint8Array): Pick<ServerResponseAnimationContent, 'traceContext'> {
  const traceContext = decodeTraceContext(bytes);
  return traceContext === undefined ? {} : { traceContext };
}

function everyComment(
  namespace: protobuf.NamespaceBase,
): [name: string, comment: string | null | undefined][] {
  return namespace.nestedArray.flatMap((nested): [string, string | null | undefined][] => {
    if (nested instanceof protobuf.Type) {
      const fields = nested.fieldsArray.map((field): [string, string | null] => [
        field.fullName,
        field.comment,
      ]);
      return [[nested.fullName, nested.comment], ...fields, ...everyComment(nested)];
    }
    if (nested instanceof protobuf.Enum) {
      const values = Object.keys(nested.values).map((name): [string, string | null | undefined] => [
        `${nested.fullName}.${name}`,
        nested.comments[name],
      ]);
      return [[nested.fullName, nested.comment], ...values];
    }
    return nested instanceof protobuf.Namespace ? everyComment(nested) : [];
  });
}

describe('avatar.proto and the codec', () => {
  it.each(Object.entries(MessageType))('every field of %s is decoded and encoded', (_, type) => {
    const field = contentField(type).resolve();
    if (!(field.resolvedType instanceof protobuf.Type)) throw new Error(`${field.name} is no message`);
    const envelope = envelopeType.fromObject({ type, [field.name]: everyFieldSet(field.resolvedType) });
    const bytes = Uint8Array.from(envelopeType.encode(envelope).finish());
    expect(Uint8Array.from(recoded(bytes))).toEqual(bytes);
  });

  it.each([
    ['MessageType', MessageType, ['unspecified']],
    ['AudioFormat', AudioFormat, []],
    ['EgressType', EgressType, []],
    ['PlaybackState', PlaybackStateValue, []],
  ])('the values of %s are the same in both', (name, values, onlyInProto) => {
    const inProto = Object.keys(avatarRoot.lookupEnum(`message.${name}`).values);
    expect(inProto).toHaveLength(Object.keys(values).length + onlyInProto.length);
    expect(Object.values(avatarRoot.lookupEnum(`message.${name}`).values)).toEqual(
      expect.arrayContaining(Object.values(values)),
    );
  });

  it('the content field of every type is numbered one above the type', () => {
    const types = avatarRoot.lookupEnum('message.MessageType').values;
    for (const [name, type] of Object.entries(types)) {
      if (type !== 0)
        expect(`MESSAGE_TYPE_${contentField(type).name.replace(/[A-Z]/g, '_$&').toUpperCase()}`).toBe(name);
    }
  });

  it('type 6 and its content field are reserved for use inside the service', () => {
    expect(avatarRoot.lookupEnum('message.MessageType').isReservedId(6)).toBe(true);
    expect(envelopeType.isReservedId(7)).toBe(true);
  });

  const comments = everyComment(avatarRoot);

  it('are all found', () => {
    expect(comments.length).toBeGreaterThan(90);
  });

  it.each(comments)('%s has a comment', (_, comment) => {
    expect(comment ?? '').toMatch(/\w.*\./s);
  });
});

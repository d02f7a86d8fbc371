/** A codec from proto/avatar.proto by reflection of protobufjs. Tests compare the hand-written codec with it. */
import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';
import type { ClientMessage, ServerMessageContent } from '../../src/ports/message.js';

const source = readFileSync(new URL('../../proto/avatar.proto', import.meta.url), 'utf8');

/** Names in camelCase, as in message.ts; the comments of the file are kept. */
export const avatarRoot = new protobuf.Root();
protobuf.parse(source, avatarRoot, { keepCase: false, alternateCommentMode: true });
avatarRoot.resolveAll();

export const envelopeType: protobuf.Type = avatarRoot.lookupType('message.Message');

/** The content field of a message type. */
export function contentField(type: number): protobuf.Field {
  const field = envelopeType.fieldsById[type + 1];
  if (field === undefined) throw new Error(`no content field for type ${type}`);
  return field;
}

/** Encodes a message by reflection, without the zero values, which proto3 does not write. */
export function encodeByReflection(message: ClientMessage | ServerMessageContent): Uint8Array {
  const { type, ...fields } = message;
  const { keyframes, ...others } = { keyframes: [], ...fields };
  const content = keyframes.length > 0 ? { ...others, animation: { keyframes } } : others;
  const envelope = { type, [contentField(type).name]: withoutZeros(content) };
  return envelopeType.encode(envelopeType.fromObject(envelope)).finish();
}

function withoutZeros(fields: object): Record<string, unknown> {
  const kept = Object.entries(fields).filter(
    ([, value]: [string, unknown]) =>
      value !== 0 && value !== '' && value !== false && !(value instanceof Uint8Array && value.length === 0),
  );
  return Object.fromEntries(
    kept.map(([name, value]: [string, unknown]) => [
      name,
      isEgressOrTrace(name, value) ? withoutZeros(value) : value,
    ]),
  );
}

function isEgressOrTrace(name: string, value: unknown): value is object {
  return ['livekitEgress', 'agoraEgress', 'traceContext'].includes(name) && typeof value === 'object';
}

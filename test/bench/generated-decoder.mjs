// @ts-check
/** The decoder that protobufjs generates from proto/avatar.proto: the alternative to this package. */
import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';

/** @returns {Promise<(bytes: Uint8Array) => unknown>} */
export async function generatedDecoder() {
  const source = readFileSync(new URL('../../proto/avatar.proto', import.meta.url), 'utf8');
  const type = protobuf.parse(source, new protobuf.Root()).root.lookupType('message.Message');
  return Promise.resolve((bytes) => type.decode(bytes));
}

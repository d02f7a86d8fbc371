// @ts-check
/**
 * Decodes keyframes without a socket: into typed arrays and into plain arrays, beside the decoder that
 * protobufjs generates (`raw`).
 */
import { decodeKeyframes } from '../../../dist/wire/keyframes.js';
import { decodeTypedKeyframes } from '../../../dist/wire/typed-keyframes.js';
import { encodeServerMessage } from '../../../dist/wire/encode.js';
import { generatedDecoder } from '../generated-decoder.mjs';
import { KEYFRAME } from '../keyframe.mjs';
import { compare, cpuEach } from '../measure.mjs';

/** @param {boolean} quick */
export async function measure(quick) {
  const decode = await generatedDecoder();
  const rows = [];
  for (const keyframes of [1, 10]) {
    const bytes = encodeServerMessage({
      type: 5,
      connectionId: 'bench-connection',
      reqId: '20260101000000_abcdefghijkl',
      end: false,
      avatarId: 'bench-avatar',
      keyframes: Array.from({ length: keyframes }, () => KEYFRAME),
    });
    // One message for every offset from a multiple of four, because messages from a socket have any offset.
    const messages = [0, 1, 2, 3].map((offset) => {
      const memory = Buffer.alloc(bytes.length + 4);
      memory.set(bytes, offset);
      return memory.subarray(offset, offset + bytes.length);
    });
    const times = (quick ? 400 : 40_000) / keyframes;
    /** @param {(message: Uint8Array) => unknown} read */
    const contender = (read) => () =>
      cpuEach(() => {
        for (let i = 0; i < times; i += 1) read(messages[i & 3] ?? bytes);
      }, times * keyframes);
    rows.push(
      ...(await compare(`decode a keyframe, ${keyframes} a message`, 'µs', quick ? 1 : 9, {
        raw: contender(decode),
        'ours, typed': contender(decodeTypedKeyframes),
        'ours, plain': contender(decodeKeyframes),
      })),
    );
  }
  return rows;
}

/**
 * The cost of a message depends on its length and not on its content. To decode a message and its keyframes,
 * or to refuse it, takes at most 20 times the processor time of ordinary animation of the same length, and the
 * result takes at most 8 times the memory of the bytes.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { WireError } from '../../src/ports/message.js';
import { decodeServerMessage } from '../../src/wire/decode.js';
import { encodeServerMessage } from '../../src/wire/encode.js';
import { decodeKeyframes } from '../../src/wire/keyframes.js';
import { decodeTypedKeyframes } from '../../src/wire/typed-keyframes.js';
import { MessageType } from '../../src/ports/message.js';
import { field, number, varint } from './wire-bytes.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const BYTES = 256 * 1_024;
const MOST_TIMES = 20;
const MOST_MEMORY = 8;
/** The memory that a message of any length may take in addition. */
const FIXED_BYTES = 512 * 1_024;

const head = (tag: number, length: number): Uint8Array =>
  Uint8Array.from([...varint(tag * 8 + 2), ...varint(length)]);
const large = (tag: number, content: Uint8Array): Buffer =>
  Buffer.concat([head(tag, content.length), content]);
const message = (type: number, content: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(number(1, type)), large(type + 1, content)]);
/** These bytes repeated, up to a length of `bytes`. */
const filled = (part: readonly number[] | Uint8Array, bytes = BYTES): Buffer =>
  Buffer.alloc(Math.floor(bytes / part.length) * part.length, Uint8Array.from(part));
const animation = (keyframes: Uint8Array): Buffer => message(5, large(4, keyframes));
/** A message filled with keyframes of this content, but at most 16 384, the accepted number. */
const keyframesOf = (flame: readonly number[] | Uint8Array): Buffer => {
  const one = large(1, Uint8Array.from(flame));
  return animation(filled(one, Math.min(BYTES, 16_384 * one.length)));
};
/** 130 bytes: just above the size at which a keyframe counts as small. */
const SEVEN_LISTS = [
  ...Array.from({ length: 6 }, (_, list) => field(list + 1, new Uint8Array(16))).flat(),
  ...field(7, new Uint8Array(20)),
];
const nested = (depth: number): number[] => [
  ...Array.from({ length: depth }, () => 20 * 8 + 3 - 128 + 128).flatMap((tag) => [tag, 1]),
];

const HARMLESS = encodeServerMessage({
  type: MessageType.serverResponseAnimation,
  connectionId: 'c',
  reqId: 'r',
  avatarId: 'a',
  end: false,
  keyframes: Array.from({ length: Math.floor(BYTES / 300) }, (_, at) => ({
    translation: [at, 1, 2],
    rotation: [1, 2, 3],
    neckPose: [1, 2, 3],
    jawPose: [1, 2, 3],
    eyePose: [1, 2, 3, 4, 5, 6],
    eyeLid: [0, 0],
    expression: Array.from({ length: 50 }, (__, n) => n / 7),
  })),
});

const HOSTILE: readonly (readonly [what: string, bytes: () => Uint8Array])[] = [
  ['empty keyframes', () => keyframesOf([])],
  ['keyframes of empty lists', () => keyframesOf(filled([0x0a, 0], 64))],
  ['keyframes just above the limit for small ones', () => keyframesOf(SEVEN_LISTS)],
  [
    'the accepted number of small keyframes, then empty ones',
    () =>
      animation(
        Buffer.concat([
          filled(large(1, Uint8Array.of(0x0d, 0, 0, 0, 0)), 1_024 * 7),
          filled([0x0a, 0], 31_000),
        ]),
      ),
  ],
  ['keyframes of one float each, not packed', () => keyframesOf([0x0d, 0, 0, 0, 0])],
  ['a keyframe list that is not packed', () => keyframesOf(filled([0x3d, 0, 0, 0, 0], 60_000))],
  ['lists in pieces of one float', () => keyframesOf(filled([0x3a, 4, 0, 0, 0, 0], 60_000))],
  ['lists in pieces, in turn', () => keyframesOf(filled([0x0a, 4, 0, 0, 0, 0, 0x12, 4, 0, 0, 0, 0], 60_000))],
  ['keyframes of unknown fields', () => keyframesOf(filled([0xa0, 0x01, 0x00], 60_000))],
  [
    'keyframes in one field each',
    () => message(5, filled(large(4, large(1, Uint8Array.of(0x0a, 0))), 90_000)),
  ],
  ['many long request ids in one message', () => message(5, filled(field(2, 'r'.repeat(1_000))))],
  ['many short request ids in one message', () => message(5, filled(field(2, 'r')))],
  ['request ids with characters of two bytes', () => message(5, filled(field(2, 'é'.repeat(500))))],
  ['unknown fields', () => Buffer.concat([Buffer.from(number(1, 5)), filled([0xa0, 0x01, 0x00])])],
  ['unknown fields within animation', () => message(5, filled([0xa0, 0x01, 0x00]))],
  [
    'unknown fields of ten bytes',
    () => message(5, filled([0xa0, 0x01, ...Array.from({ length: 9 }, () => 0x80), 1])),
  ],
  ['nested groups', () => Buffer.concat([Buffer.from(number(1, 5)), filled(nested(1))])],
  ['groups side by side', () => message(5, filled([0xa3, 0x01, 0xa4, 0x01]))],
  ['many types in one message', () => filled(number(1, 5))],
  ['contents in empty pieces', () => Buffer.concat([Buffer.from(number(1, 5)), filled([0x32, 0])])],
  [
    'a long text of an error, which is cut',
    () => message(4, Buffer.concat([Buffer.from(number(3, 4001)), large(4, filled([0xc3, 0xa9]))])),
  ],
  ['a text of an error that is not UTF-8', () => message(4, large(4, filled([0xff])))],
  ['many texts of an error in one message', () => message(4, filled(field(4, 'words '.repeat(100))))],
  ['empty capabilities', () => message(2, filled(field(2, '')))],
  ['many connection ids in one message', () => message(2, filled(field(1, 'c'.repeat(1_000))))],
  ['many reasons of a playback state in one message', () => message(10, filled(field(5, 'reason')))],
  ['zeros', () => Buffer.alloc(BYTES)],
  ['ones', () => Buffer.alloc(BYTES, 0xff)],
];

const KINDS = [
  ['plain', decodeKeyframes],
  ['typed', decodeTypedKeyframes],
] as const;

/** Decodes as a session does: first the message and then, if it is accepted, its keyframes. */
function decoded(bytes: Uint8Array, keyframes: (raw: Uint8Array) => unknown): unknown[] {
  try {
    const message = decodeServerMessage(bytes);
    return message.type === MessageType.serverResponseAnimation ? [message, keyframes(bytes)] : [message];
  } catch (error) {
    if (error instanceof WireError) return [error];
    throw error;
  }
}

/** The shortest time of several runs, because other work of the machine only makes a run slower. */
function leastMs(bytes: Uint8Array, keyframes: (raw: Uint8Array) => unknown, enoughMs = 0): number {
  let least = Infinity;
  for (let round = 0; round < 9 && least >= enoughMs; round += 1) {
    const before = process.cpuUsage();
    decoded(bytes, keyframes);
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1_000);
  }
  return least;
}

function usedBytes(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe.each(KINDS)('a message, its keyframes decoded as %s values, made of', (_kind, keyframes) => {
  const plainMs = leastMs(HARMLESS, keyframes) / HARMLESS.length;

  it.each(HOSTILE)('%s costs a small multiple of its bytes, in time and in memory', (_what, make) => {
    const bytes = make();
    expect(bytes.length).toBeGreaterThan(32 * 1_024);
    // A time below the resolution of the processor's clock counts as that resolution.
    const limitMs = Math.max(MOST_TIMES * plainMs * bytes.length, 5);
    expect(leastMs(bytes, keyframes, limitMs)).toBeLessThan(limitMs);
    const before = usedBytes();
    const kept = decoded(bytes, keyframes);
    expect(usedBytes() - before).toBeLessThan(MOST_MEMORY * bytes.length + FIXED_BYTES);
    expect(kept.length).toBeGreaterThan(0);
  });
});

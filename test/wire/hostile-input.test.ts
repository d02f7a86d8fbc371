/** Tests all of `src/wire` with bytes that no correct service sends. */
import { describe, expect, it } from 'vitest';
import { decodeClientMessage, decodeServerMessage } from '../../src/wire/decode.js';
import { decodeKeyframes } from '../../src/wire/keyframes.js';
import { MessageType, WireError } from '../../src/ports/message.js';
import { animation, envelope, field, number, varint } from './wire-bytes.js';

const elevenByteVarint = [...Array.from({ length: 10 }, () => 0x80), 0x01];
const startGroup = (fieldNumber: number): number[] => varint(fieldNumber * 8 + 3);
const endGroup = (fieldNumber: number): number[] => varint(fieldNumber * 8 + 4);
const times = (count: number, bytes: readonly number[]): Buffer =>
  Buffer.alloc(count * bytes.length, Uint8Array.from(bytes));
const nestedGroups = (depth: number): Buffer =>
  Buffer.concat([times(depth, startGroup(20)), times(depth, endGroup(20))]);
const reqId = field(1, 'req-1');

describe('hostile bytes are refused with a WireError', () => {
  it.each<[string, readonly number[] | Uint8Array]>([
    ['no bytes', []],
    ['an envelope without a type', field(6, [])],
    ['a type of zero', [...number(1, 0), ...field(3, field(1, 'c'))]],
    ['a type without its content', number(1, 2)],
    ['a type with the content of another type', [...number(1, 2), ...field(6, [])]],
    ['a length beyond the frame', [...number(1, 4), ...varint(5 * 8 + 2), ...varint(1000), 1]],
    ['a length of 4 GiB', [...number(1, 4), ...varint(5 * 8 + 2), 0xff, 0xff, 0xff, 0xff, 0x0f]],
    ['a nested length beyond its message', envelope(5, [...varint(4 * 8 + 2), 5, 0x0a, 0])],
    ['a varint of eleven bytes', [...number(1, 99), ...varint(20 * 8), ...elevenByteVarint]],
    [
      'a varint that never ends',
      [...number(1, 99), ...varint(20 * 8), ...Array.from({ length: 500 }, () => 0xff)],
    ],
    ['a tag of eleven bytes', [...number(1, 99), ...elevenByteVarint, 0]],
    ['field number 0', [...number(1, 99), 0x02, 0x00]],
    ['field number 0 within a group', [...number(1, 99), ...startGroup(20), 0x00, 0x00, ...endGroup(20)]],
    ['wire type 6', [...number(1, 99), 20 * 8 + 6 - 128 + 256, 0x01]],
    ['a group that ends without a beginning', [...number(1, 99), ...endGroup(20)]],
    ['a group that never ends', [...number(1, 99), ...startGroup(20), ...number(1, 1)]],
    ['a group that ends with another field number', [...number(1, 99), ...startGroup(20), ...endGroup(21)]],
    ['groups nested 101 deep', [...number(1, 99), ...nestedGroups(101)]],
    ['groups nested a million deep', [...number(1, 99), ...nestedGroups(1_000_000)]],
    ['invalid UTF-8 in a connection id', envelope(2, field(1, [0xff, 0xfe]))],
    ['invalid UTF-8 in a capability', envelope(2, [...field(1, 'c'), ...field(2, [0xc0, 0x80])])],
    ['an encoded surrogate in a request id', envelope(10, field(2, [0xed, 0xa0, 0x80]))],
    ['a played_ms of 2^53', envelope(10, [...varint(4 * 8), ...varint(2 ** 53)])],
    ['a played_ms of -2^63', envelope(10, [...varint(4 * 8), ...Array.from({ length: 9 }, () => 0x80), 1])],
    ['a packed list of 5 bytes', animation(field(1, [0, 0, 0, 0, 0]))],
    ['a packed list of 129 bytes', animation(field(7, new Uint8Array(129)))],
    ['a list longer than its keyframe', animation([0x0a, 8, 0, 0, 0, 0])],
    ['a list that ends before its length', animation([0x0a])],
    ['a list that ends within its two-byte length', animation([0x0a, 0x80])],
    ['a single float that is cut', animation([0x0d, 0, 0, 0])],
    ['a varint of eleven bytes in a keyframe', animation([...varint(20 * 8), ...elevenByteVarint])],
    ['a later keyframe that is cut', animation(field(1, [0, 0, 0, 0]), [0x3a, 4, 0, 0])],
    [
      'a content in two pieces, with a field that begins in the first one and ends in the second one',
      [...envelope(5, [0x2a, 3, 0x61]), ...field(6, [0x62, 0x63, ...number(3, 1)])],
    ],
  ])('%s', (_, bytes) => {
    expect(() => decodeServerMessage(Uint8Array.from(bytes))).toThrow(WireError);
    expect(() => decodeKeyframes(Uint8Array.from(bytes))).toThrow(WireError);
  });

  it.each<[string, Uint8Array]>([
    ['an unknown audio format', envelope(1, number(3, 2))],
    ['an unknown egress type', envelope(1, number(5, 3))],
    ['invalid UTF-8 in a map key', envelope(1, field(8, field(1, [0xff])))],
    ['invalid UTF-8 in a map value', envelope(1, field(8, [...field(1, 'k'), ...field(2, [0xff])]))],
    ['invalid UTF-8 in a credential', envelope(1, field(6, field(3, [0xff])))],
    ['a request id longer than its message', envelope(7, [0x0a, 9, 65])],
  ])('from a client: %s', (_, bytes) => {
    expect(() => decodeClientMessage(bytes)).toThrow(WireError);
  });

  it('with the original error as the cause', () => {
    const thrown = (): unknown => {
      try {
        return decodeServerMessage(envelope(2, field(1, [0xff])));
      } catch (error) {
        return error;
      }
    };
    expect(thrown()).toMatchObject({ name: 'WireError', cause: { name: 'TypeError' } });
  });

  it('refuses 4 MiB of the shortest fields, cut in the last one, in bounded time', () => {
    const many = Buffer.alloc(4 * 1024 * 1024, Uint8Array.of(0xa0, 0x01, 0x00));
    many.set([0x08, 0xe3, 0x00]);
    const startedAtMs = performance.now();
    expect(() => decodeServerMessage(many)).toThrow(WireError);
    expect(performance.now() - startedAtMs).toBeLessThan(5_000);
  });
});

describe('unusual but valid bytes are decoded by the rules of proto3', () => {
  const playback = { type: 10, connectionId: '', reqId: 'req-1', state: 0, playedMs: 0, reason: '' };

  it.each<[string, Uint8Array | readonly number[], unknown]>([
    ['an unknown type', [...number(1, 99), ...field(6, [1, 2, 3])], { type: 'ignored', messageType: 99 }],
    ["the service's internal type", envelope(6, []), { type: 'ignored', messageType: 6 }],
    ['a type that only clients send', envelope(3, reqId), { type: 'ignored', messageType: 3 }],
    [
      'a negative type',
      [0x08, ...Array.from({ length: 9 }, () => 0xff), 1],
      { type: 'ignored', messageType: -1 },
    ],
    ['the type after the content', [...field(11, field(2, 'req-1')), ...number(1, 10)], playback],
    [
      'a type given twice: the last one applies',
      [...number(1, 2), ...envelope(10, field(2, 'req-1'))],
      playback,
    ],
    [
      'content of another type before the right one: the last one applies',
      [...number(1, 10), ...field(3, [0xff]), ...field(11, field(2, 'req-1'))],
      playback,
    ],
    [
      'one content in two pieces: they are merged',
      [...envelope(10, field(2, 'old')), ...field(11, [...field(2, 'req-1'), ...field(5, 'explicit')])],
      { ...playback, reason: 'explicit' },
    ],
    [
      'pieces before content of another type: they are dropped',
      [
        ...envelope(10, field(5, 'lost')),
        ...field(11, field(5, 'lost too')),
        ...field(3, []),
        ...field(11, field(2, 'req-1')),
      ],
      playback,
    ],
    [
      'a known field with another wire type: it counts as unknown',
      envelope(10, [...field(2, 'req-1'), ...number(5, 7), ...field(4, 'x')]),
      playback,
    ],
    [
      'unknown fields of every wire type',
      envelope(10, [
        ...number(20, 2 ** 40),
        ...field(21, 'x'),
        ...varint(22 * 8 + 1),
        1,
        2,
        3,
        4,
        5,
        6,
        7,
        8,
        ...varint(23 * 8 + 5),
        1,
        2,
        3,
        4,
        ...nestedGroups(100),
        ...field(2, 'req-1'),
      ]),
      playback,
    ],
    [
      'a playback state of a newer service',
      envelope(10, [...field(2, 'req-1'), ...number(3, 77)]),
      { ...playback, state: 77 },
    ],
    [
      'a tag and a length in more bytes than needed',
      [0x88, 0x00, 0x8a, 0x00, ...field(11, []).slice(0, 1), 0x87, 0x00, ...field(2, 'req-1')],
      playback,
    ],
    [
      'damaged UTF-8 in the text of an error: the code is still read',
      envelope(4, [...number(3, 4001), ...field(4, [0x63, 0xff])]),
      { type: 4, connectionId: '', reqId: '', code: 4001, message: 'c\uFFFD' },
    ],
  ])('%s', (_, bytes, expected) => {
    expect(decodeServerMessage(Uint8Array.from(bytes))).toStrictEqual(expected);
  });

  it('the map key __proto__ is an ordinary entry', () => {
    const entry = field(8, [...field(1, '__proto__'), ...field(2, 'x')]);
    const message = decodeClientMessage(envelope(1, entry));
    expect(
      message.type === MessageType.clientConfigureSession && Object.entries(message.extraParams),
    ).toEqual([['__proto__', 'x']]);
  });

  it('a repeated map key keeps its last value, a missing key or value is empty', () => {
    const entries = [[...field(1, 'k'), ...field(2, '1')], [...field(1, 'k'), ...field(2, '2')], []];
    expect(
      decodeClientMessage(
        envelope(
          1,
          entries.flatMap((entry) => field(8, entry)),
        ),
      ),
    ).toMatchObject({
      extraParams: { k: '2', '': '' },
    });
  });

  it('an egress and a trace context in two pieces are merged', () => {
    const livekit = [
      ...field(6, field(1, 'a')),
      ...field(6, [...field(4, 'room'), ...field(6, field(1, 'k'))]),
    ];
    const agora = [...field(7, field(1, 'b')), ...field(7, number(3, 5))];
    expect(decodeClientMessage(envelope(1, [...livekit, ...agora]))).toMatchObject({
      livekitEgress: { url: 'a', roomName: 'room', extraAttributes: { k: '' } },
      agoraEgress: { channelName: 'b', uid: 5 },
    });
    const trace = [...field(4, field(1, 'parent')), ...field(4, field(2, 'state'))];
    expect(decodeClientMessage(envelope(3, trace))).toMatchObject({
      traceContext: { traceparent: 'parent', tracestate: 'state' },
    });
  });
});

/**
 * Rooms that are given to the constructor: a field of the wrong type is refused there, with its name and without
 * its value.
 */
import { describe, expect, it } from 'vitest';
import { checkAgoraEgress, checkLiveKitEgress } from '../../../src/client/options/resolve-egress.js';
import { refusal, required } from './refused-options.js';

type Row = readonly [name: string, value: unknown, kind: 'TypeError' | 'RangeError', message: string];

/** A class whose fields are getters of its prototype. */
class RoomOfGetters {
  get url(): string {
    return ROOM.url;
  }
  get apiToken(): string {
    return ROOM.apiToken;
  }
}

const ROOM = { url: 'wss://room.test', apiToken: 'room-token' };
const NO_ROOM_CREDENTIALS =
  'livekitEgress must have an apiToken, or both an apiKey and an apiSecret; none may be empty';
const ROOM_ROWS: readonly Row[] = [
  ...[null, [], 'room-token'].map((value): Row => [
    'livekitEgress',
    value,
    'TypeError',
    'livekitEgress must be an object or a function, got',
  ]),
  ['livekitEgress', {}, 'TypeError', 'livekitEgress.url must be a string, got undefined'],
  ['livekitEgress', { ...ROOM, url: null }, 'TypeError', 'livekitEgress.url must be a string, got null'],
  ['livekitEgress', { ...ROOM, url: ' ' }, 'RangeError', 'livekitEgress.url must not be empty'],
  [
    'livekitEgress',
    { ...ROOM, url: 'x'.repeat(16_385) },
    'RangeError',
    'livekitEgress.url must be at most 16384 characters long, got 16385',
  ],
  [
    'livekitEgress',
    { ...ROOM, room: 'r' },
    'TypeError',
    'unknown option livekitEgress.room; known names: url, apiKey',
  ],
  [
    'livekitEgress',
    { ...ROOM, roomName: 7 },
    'TypeError',
    'livekitEgress.roomName must be a string, got number',
  ],
  [
    'livekitEgress',
    { ...ROOM, publisherId: null },
    'TypeError',
    'livekitEgress.publisherId must be a string, got null',
  ],
  [
    'livekitEgress',
    { ...ROOM, apiToken: new Uint8Array([0xff, 0xfe]) },
    'TypeError',
    'livekitEgress.apiToken must be a string, or its bytes in UTF-8',
  ],
  [
    'livekitEgress',
    { ...ROOM, apiToken: 'two\nlines' },
    'RangeError',
    'livekitEgress.apiToken must not have control characters',
  ],
  ...['nope', 'room.example', 'wss://'].map((url): Row => [
    'livekitEgress',
    { ...ROOM, url },
    'RangeError',
    'livekitEgress.url must be a URL with ws:, wss:, http:, https:, got something that is no URL: begin it with ws:// or wss:// or http:// or https://',
  ]),
  [
    'livekitEgress',
    { ...ROOM, url: 'ftp://room.example' },
    'RangeError',
    'livekitEgress.url must be a URL with ws:, wss:, http:, https:, got a URL with ftp:',
  ],
  [
    'livekitEgress',
    { ...ROOM, url: 'hunter2:swordfish' },
    'RangeError',
    'livekitEgress.url must be a URL with ws:, wss:, http:, https:, got a URL with another scheme',
  ],
  [
    'livekitEgress',
    { ...ROOM, url: 'wss://room\0.example' },
    'RangeError',
    'livekitEgress.url must not have control characters',
  ],
  ...['roomName', 'publisherId'].flatMap((name): Row[] => [
    [
      'livekitEgress',
      { ...ROOM, [name]: 'a\0b' },
      'RangeError',
      `livekitEgress.${name} must not have control characters`,
    ],
    [
      'livekitEgress',
      { ...ROOM, [name]: 'a\tb' },
      'RangeError',
      `livekitEgress.${name} must not have control characters`,
    ],
    [
      'livekitEgress',
      { ...ROOM, [name]: ' ' },
      'RangeError',
      `livekitEgress.${name} must not be empty, got only white space`,
    ],
    [
      'livekitEgress',
      { ...ROOM, [name]: '\ud800' },
      'RangeError',
      `livekitEgress.${name} must be well-formed text`,
    ],
  ]),
  ...['channelName', 'publisherId'].map((name): Row => [
    'agoraEgress',
    { channelName: 'c', [name]: 'a\0b' },
    'RangeError',
    `agoraEgress.${name} must not have control characters`,
  ]),
  [
    'livekitEgress',
    { ...ROOM, extraAttributes: { a: 'b\0' } },
    'RangeError',
    'livekitEgress.extraAttributes.a must be well-formed text without NUL',
  ],
  [
    'livekitEgress',
    { ...ROOM, extraAttributes: new Map([['a', 'b']]) },
    'TypeError',
    'livekitEgress.extraAttributes must be an object, got a Map',
  ],
  [
    'livekitEgress',
    new RoomOfGetters(),
    'TypeError',
    'livekitEgress.url must be an own property of its object, got an inherited one: copy it',
  ],
  [
    'livekitEgress',
    Object.assign(Object.create({ apiToken: 'token-of-room' }) as object, { url: 'wss://room.test' }),
    'TypeError',
    'livekitEgress.apiToken must be an own property of its object, got an inherited one: copy it',
  ],
  [
    'livekitEgress',
    { ...ROOM, apiSecret: ['a'] },
    'TypeError',
    'livekitEgress.apiSecret must be a string, got an array',
  ],
  [
    'livekitEgress',
    { ...ROOM, apiSecret: 12_345_678 },
    'TypeError',
    'livekitEgress.apiSecret must be a string, got number',
  ],
  [
    'livekitEgress',
    { ...ROOM, idleTimeout: '5' },
    'TypeError',
    'livekitEgress.idleTimeout must be a number, got "5"',
  ],
  [
    'livekitEgress',
    { ...ROOM, idleTimeout: 2 ** 31 },
    'RangeError',
    'livekitEgress.idleTimeout must be a whole number from 0 to 2147483647, got',
  ],
  [
    'livekitEgress',
    { ...ROOM, extraAttributes: 'a' },
    'TypeError',
    'livekitEgress.extraAttributes must be an object, got "a"',
  ],
  [
    'livekitEgress',
    { ...ROOM, extraAttributes: { a: 1 } },
    'TypeError',
    'livekitEgress.extraAttributes.a must be a string, got number',
  ],
  ['livekitEgress', { url: ROOM.url }, 'RangeError', NO_ROOM_CREDENTIALS],
  ['livekitEgress', { url: ROOM.url, apiToken: '' }, 'RangeError', NO_ROOM_CREDENTIALS],
  ['livekitEgress', { url: ROOM.url, apiKey: 'key' }, 'RangeError', NO_ROOM_CREDENTIALS],
  ['livekitEgress', { url: ROOM.url, apiKey: '', apiSecret: 'secret' }, 'RangeError', NO_ROOM_CREDENTIALS],
  ['agoraEgress', { channelName: '' }, 'RangeError', 'agoraEgress.channelName must not be empty'],
  ['agoraEgress', { channelName: 5 }, 'TypeError', 'agoraEgress.channelName must be a string, got number'],
  [
    'agoraEgress',
    { channelName: 'c', token: 5 },
    'TypeError',
    'agoraEgress.token must be a string, got number',
  ],
  [
    'agoraEgress',
    { channelName: 'c', uid: -1 },
    'RangeError',
    'agoraEgress.uid must be a whole number from 0 to 4294967295, got -1',
  ],
  ['agoraEgress', { channelName: 'c', uid: '5' }, 'TypeError', 'agoraEgress.uid must be a number, got "5"'],
  [
    'agoraEgress',
    { channel: 'c' },
    'TypeError',
    'unknown option agoraEgress.channel; known names: channelName',
  ],
];

describe('invalid options of a room', () => {
  it.each(ROOM_ROWS)('%s: %j → %s', (name, value, kind, message) => {
    const error = refusal({ ...required, [name]: value });
    expect([error?.name, error?.message.slice(0, message.length)]).toEqual([kind, message]);
  });

  it('suggests the name that was probably meant', () => {
    const error = refusal({ ...required, livekitEgress: { ...ROOM, token: 't' } });
    expect(error?.message).toMatch(/did you mean apiToken\?$/);
  });
});

describe('credentials of a room', () => {
  it('can be the bytes of a text, and lose white space around it', () => {
    const { apiToken, apiKey, apiSecret } = checkLiveKitEgress({
      ...ROOM,
      apiToken: Buffer.from('room-token\n'),
      apiKey: ' key ',
      apiSecret: new TextEncoder().encode('geheim-ü'),
    });
    expect([apiToken, apiKey, apiSecret]).toEqual(['room-token', 'key', 'geheim-ü']);
    expect(checkAgoraEgress({ channelName: 'c', token: Buffer.from('t') }).token).toBe('t');
  });
});

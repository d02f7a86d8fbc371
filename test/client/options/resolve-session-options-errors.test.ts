/**
 * Every option with a value of the wrong type and a value out of its bounds: the message names the option, the
 * bound and the value, but never shows a secret.
 */
import { describe, expect, it } from 'vitest';
import { refusal, required } from './refused-options.js';

type Row = readonly [name: string, value: unknown, kind: 'TypeError' | 'RangeError', message: string];

const TIMER = 'a whole number from 1 to 2147483647';
const CALLBACKS = [
  'tokenProvider',
  'onError',
  'onRetry',
  'onReconnect',
  'onStateChange',
  'onFrame',
  'onPlayback',
  'onClose',
  'transportFrames',
];

const ROWS: readonly Row[] = [
  ['apiKey', 7, 'TypeError', 'apiKey must be a string, got number'],
  ['apiKey', '', 'RangeError', 'apiKey must not be empty, got ""'],
  ['apiKey', undefined, 'TypeError', 'apiKey must be a string, got undefined (or give a tokenProvider)'],
  ['appId', 7, 'TypeError', 'appId must be a string, got 7'],
  ['appId', '', 'RangeError', 'appId must not be empty, got ""'],
  ['appId', undefined, 'TypeError', 'appId must be a string, got undefined'],
  ['avatarId', null, 'TypeError', 'avatarId must be a string, got null'],
  ['avatarId', '', 'RangeError', 'avatarId must not be empty, got ""'],
  ['region', 7, 'TypeError', 'region must be a string, got 7'],
  [
    'region',
    'US West',
    'RangeError',
    'region must be lower-case words joined by "-", such as us-west, got "US West"',
  ],
  [
    'region',
    'evil.test/',
    'RangeError',
    'region must be lower-case words joined by "-", such as us-west, got a string of 10 characters',
  ],
  ['consoleEndpointUrl', 7, 'TypeError', 'consoleEndpointUrl must be a string, got 7'],
  [
    'consoleEndpointUrl',
    'wss://h.test',
    'RangeError',
    'consoleEndpointUrl must be a URL with http:, https:, got a URL with wss:',
  ],
  [
    'consoleEndpointUrl',
    'h.test',
    'RangeError',
    'consoleEndpointUrl must be a URL with http:, https:, got something that is no URL: begin it with http:// or https://',
  ],
  [
    'ingressEndpointUrl',
    'ftp://h.test',
    'RangeError',
    'ingressEndpointUrl must be a URL with ws:, wss:, http:, https:, got a URL with ftp:',
  ],
  ['ingressEndpointUrl', '', 'RangeError', 'ingressEndpointUrl must not be empty, got ""'],
  ['expireAt', 'tomorrow', 'TypeError', 'expireAt must be a number, got a string of 8 characters'],
  [
    'environment',
    'staging',
    'RangeError',
    'environment must be one of spatius, spatialreal, got a string of 7 characters',
  ],
  [
    'region',
    'a'.repeat(64),
    'RangeError',
    'region must be lower-case words joined by "-", such as us-west, got a string',
  ],
  ['apiKey', 'key\n', 'RangeError', 'apiKey must not end with a line end'],
  ['apiKey', 'k\u0000ey', 'RangeError', 'apiKey must not have control characters'],
  ['apiKey', 'k'.repeat(16_385), 'RangeError', 'apiKey must be at most 16384 characters long, got 16385'],
  ['apiKey', 'キー', 'RangeError', 'apiKey must be Latin-1 text, as every header value'],
  ['appId', 'アプリ', 'RangeError', 'appId must be Latin-1 text, as every header value'],
  ['appId', ' \t', 'RangeError', 'appId must not be empty, got only white space'],
  ['avatarId', 'a'.repeat(1_025), 'RangeError', 'avatarId must be at most 1024 characters long, got 1025'],
  ['avatarId', 'avatar\r\n', 'RangeError', 'avatarId must not end with a line end'],
  [
    'expireAt',
    1_900_000_000_000,
    'RangeError',
    'expireAt must be Unix seconds, got milliseconds: 2030-03-17T17:46:40.000Z',
  ],
  ['expireAt', 1_000_000_000, 'RangeError', 'expireAt must be in the future, got 2001-09-09T01:46:40.000Z'],
  ['expireAt', new Date(0), 'RangeError', 'expireAt must be in the future, got 1970-01-01T00:00:00.000Z'],
  ['expireAt', {}, 'TypeError', 'expireAt must be a number, got object'],
  ['expireAt', -1, 'RangeError', 'expireAt must be a finite number of at least 0, got -1'],
  ['expireAt', NaN, 'RangeError', 'expireAt must be a finite number of at least 0, got NaN'],
  ['expireAt', new Date(NaN), 'RangeError', 'expireAt must be a valid Date, got Invalid Date'],
  ['userAgent', ' ', 'RangeError', 'userAgent must not be empty, got only white space'],
  ['userAgent', 'agent\n', 'RangeError', 'userAgent must be printable ASCII'],
  ['userAgent', 'ag\u00e9nt', 'RangeError', 'userAgent must be printable ASCII'],
  ['avatarId', '\ud800', 'RangeError', 'avatarId must be well-formed text, got half a surrogate pair'],
  ['ingressEndpointUrl', 'wss://host\n', 'RangeError', 'ingressEndpointUrl must not have control characters'],
  ['extraParams', new Map([['a', 'b']]), 'TypeError', 'extraParams must be an object, got a Map'],
  ['extraParams', { a: '\ud800' }, 'RangeError', 'extraParams.a must be well-formed text without NUL'],
  [
    'retry',
    new Set(['default']),
    'TypeError',
    'retry must be one of default, patient, interactive, never, test',
  ],
  ['replay', new Date(0), 'TypeError', 'replay must be an object, got a Date'],
  ['heartbeat', /x/, 'TypeError', 'heartbeat must be an object or false, got a RegExp'],
  ['onError', 482_133, 'TypeError', 'onError must be a function, got a number of 6 digits'],
  ['sampleRate', '16000', 'TypeError', 'sampleRate must be a number, got "16000"'],
  ['sampleRate', 0, 'RangeError', 'sampleRate must be a whole number from 1 to 1000000, got 0'],
  ['sampleRate', 16_000.5, 'RangeError', 'sampleRate must be a whole number from 1 to 1000000, got 16000.5'],
  ['bitrate', false, 'TypeError', 'bitrate must be a number, got false'],
  ['bitrate', -1, 'RangeError', 'bitrate must be a whole number from 0 to 2147483647, got -1'],
  ['audioFormat', 'pcm', 'RangeError', 'audioFormat must be one of 0, 1, pcm_s16le, ogg_opus, got "pcm"'],
  ['audioFormat', 2, 'RangeError', 'audioFormat must be one of 0, 1, pcm_s16le, ogg_opus, got 2'],
  ['useQueryAuth', 0, 'TypeError', 'useQueryAuth must be true or false, got 0'],
  ['extraParams', [], 'TypeError', 'extraParams must be an object, got an array'],
  ['extraParams', { tier: 1 }, 'TypeError', 'extraParams.tier must be a string, got number'],
  ['livekitEgress', 7, 'TypeError', 'livekitEgress must be an object or a function, got'],
  ['agoraEgress', null, 'TypeError', 'agoraEgress must be an object or a function, got null'],
  ['timeoutMs', 0, 'RangeError', `timeoutMs must be ${TIMER}, got 0`],
  ['timeoutMs', Infinity, 'RangeError', `timeoutMs must be ${TIMER}, got Infinity`],
  ['timeoutMs', false, 'TypeError', 'timeoutMs must be a number, got false'],
  ['silenceTimeoutMs', 2 ** 31, 'RangeError', `silenceTimeoutMs must be ${TIMER}, got 2147483648`],
  ['sourceTimeoutMs', 0, 'RangeError', `sourceTimeoutMs must be ${TIMER}, got 0`],
  ['sourceTimeoutMs', Infinity, 'RangeError', `sourceTimeoutMs must be ${TIMER}, got Infinity`],
  ['readerTimeoutMs', 0, 'RangeError', `readerTimeoutMs must be ${TIMER}, got 0`],
  ['readerTimeoutMs', 2 ** 31, 'RangeError', `readerTimeoutMs must be ${TIMER}, got 2147483648`],
  ['readerTimeoutMs', '5', 'TypeError', 'readerTimeoutMs must be a number, got "5"'],
  ['heartbeat', true, 'TypeError', 'heartbeat must be an object or false, got true'],
  ['heartbeat', 0, 'TypeError', 'heartbeat must be an object or false, got 0'],
  [
    'heartbeat',
    { intervalMs: 0 },
    'RangeError',
    'heartbeat.intervalMs must be a finite number from 20 to 2147483647, got 0',
  ],
  ['heartbeat', { timeoutMs: '5s' }, 'TypeError', 'heartbeat.timeoutMs must be a number, got "5s"'],
  [
    'heartbeat',
    { interval: 5_000 },
    'TypeError',
    'unknown option heartbeat.interval; known names: intervalMs, timeoutMs',
  ],
  [
    'retry',
    true,
    'TypeError',
    'retry must be one of default, patient, interactive, never, test, false or an object, got true',
  ],
  [
    'retry',
    { maxAttempts: 0 },
    'RangeError',
    'retry.maxAttempts must be a whole number of at least 1 or Infinity (null in JSON), got 0',
  ],
  ['retry', { maxRetries: 3 }, 'TypeError', 'unknown option retry.maxRetries'],
  [
    'maxMessageBytes',
    1_023,
    'RangeError',
    'maxMessageBytes must be a whole number from 1024 to 2147483647, got 1023',
  ],
  [
    'recovery',
    'again',
    'RangeError',
    'recovery must be one of replay, tail, drop, fail, got a string of 5 characters',
  ],
  ['recovery', false, 'TypeError', 'recovery must be one of replay, tail, drop, fail, got false'],
  ['replay', true, 'TypeError', 'replay must be an object, got true'],
  [
    'replay',
    { maxBytes: -1 },
    'RangeError',
    'replay.maxBytes must be a whole number from 0 to 9007199254740991, got -1',
  ],
  [
    'replay',
    { maxProcessBytes: 0.5 },
    'RangeError',
    'replay.maxProcessBytes must be a whole number from 0 to 9007199254740991, got 0.5',
  ],
  [
    'replay',
    { ttlMs: NaN },
    'RangeError',
    'replay.ttlMs must be a finite number from 0 to 2147483647 or Infinity, got NaN',
  ],
  [
    'replay',
    { onLimit: 'drop' },
    'RangeError',
    'replay.onLimit must be one of wait, fail, stopReplaying, got a string of 4 characters',
  ],
  ['replay', { limit: 1 }, 'TypeError', 'unknown option replay.limit'],
  [
    'idle',
    'sleep',
    'RangeError',
    'idle must be one of reconnect, reconnectOnDemand, stay, got a string of 5 characters',
  ],
  ['maxSessionMs', 99, 'RangeError', 'maxSessionMs must be a whole number from 100 to 2147483647, got 99'],
  ['oggOpusEncoder', 1, 'TypeError', 'oggOpusEncoder must be true, false or an object, got 1'],
  [
    'oggOpusEncoder',
    { bitrate: 1 },
    'RangeError',
    'oggOpusEncoder.bitrate must be a whole number from 6000 to 510000, got 1',
  ],
  ['closeOnExit', 1, 'TypeError', 'closeOnExit must be true, false or an object, got 1'],
  ['closeOnExit', { drain: 1 }, 'TypeError', 'closeOnExit.drain must be true or false, got 1'],
  [
    'closeOnExit',
    { timeoutMs: -1 },
    'RangeError',
    'closeOnExit.timeoutMs must be a finite number from 0 to 2147483647, got -1',
  ],
  [
    'closeOnExit',
    { drian: true },
    'TypeError',
    'unknown option closeOnExit.drian; known names: drain, timeoutMs',
  ],
  ['transport', {}, 'TypeError', 'transport.dial must be a function, got undefined'],
  ['clock', { nowMs: () => 0 }, 'TypeError', 'clock.epochMs must be a function, got undefined'],
  ['random', Math.random, 'TypeError', 'random must be an object, got function'],
  ['httpPost', {}, 'TypeError', 'httpPost must be a function, got object'],
  ['maxRetries', 3, 'TypeError', 'unknown option maxRetries; known names: apiKey, appId, avatarId'],
  ...CALLBACKS.map((name): Row => [name, 7, 'TypeError', `${name} must be a function, got`]),
  ...CALLBACKS.map((name): Row => [name, null, 'TypeError', `${name} must be a function, got null`]),
];

describe('an invalid option', () => {
  it.each(ROWS)('%s: %j → %s', (name, value, kind, message) => {
    const error = refusal({ ...required, [name]: value });
    expect([error?.name, error?.message.slice(0, message.length)]).toEqual([kind, message]);
  });

  it('is refused with both kinds of egress', () => {
    const error = refusal({
      ...required,
      livekitEgress: { url: 'wss://r.test', apiToken: 'token' },
      agoraEgress: { channelName: 'c' },
    });
    expect(error).toEqual(new TypeError('livekitEgress and agoraEgress exclude each other, got both'));
  });

  it.each([undefined, null, 7, []])('is reported for options that are %j', (given) => {
    expect(refusal(given)?.message).toMatch(/^options must be an object, got /);
  });
});

/**
 * The defaults of the options, and which values count as absent. The tests of refused values are in
 * resolve-session-options-errors.test.ts.
 */
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { createSystemClock } from '../../../src/adapters/node/system-clock.js';
import { resolveSessionOptions } from '../../../src/client/options/resolve-session-options.js';
import { AudioFormat, newAvatarSession } from '../../../src/index.js';
import type { AvatarSessionOptions } from '../../../src/index.js';

const required: AvatarSessionOptions = { apiKey: 'key', appId: 'app', avatarId: 'avatar' };
const FAR_MS = 9_000_000_000_000;

const BEAT = { intervalMs: 5_000, timeoutMs: 5_000 };

describe('options that are not given', () => {
  it('have their defaults', () => {
    expect(resolveSessionOptions(required)).toMatchObject({
      tokenProvider: undefined,
      consoleEndpointUrl: 'https://console.us-west.spatius.ai/v1/console',
      ingressEndpointUrl: 'wss://api.us-west.spatius.ai/v2/driveningress',
      expireAt: undefined,
      sampleRate: 16_000,
      bitrate: 0,
      audioFormat: AudioFormat.PCM_S16LE,
      useQueryAuth: false,
      extraParams: {},
      timeoutMs: 10_000,
      silenceTimeoutMs: 30_000,
      sourceTimeoutMs: 30_000,
      readerTimeoutMs: 30_000,
      heartbeat: { ...BEAT, speaking: { intervalMs: 1_000, timeoutMs: 2_000 } },
      maxMessageBytes: 16 * 1024 * 1024,
      callbacks: {},
      transport: { name: 'ws' },
    });
  });

  it('are equal to options with the value undefined', () => {
    const names = ['region', 'expireAt', 'sampleRate', 'heartbeat', 'retry', 'onError', 'timeoutMs', 'clock'];
    const given = Object.fromEntries(names.map((name) => [name, undefined]));
    expect(resolveSessionOptions({ ...required, ...given })).toEqual(resolveSessionOptions(required));
  });

  it('share one clock, one random source and one transport in the whole process', () => {
    const [one, other] = [resolveSessionOptions(required), resolveSessionOptions(required)];
    expect([
      one.clock === other.clock,
      one.random === other.random,
      one.transport === other.transport,
    ]).toEqual([true, true, true]);
  });
});

describe('sessions with the same options', () => {
  const onFrame = (): void => undefined;
  const same = () => ({ ...required, onFrame, extraParams: { a: 'b' }, replay: { ttlMs: 1 }, heartbeat: {} });

  it('share the resolved options, also when each has its own object', () => {
    expect(resolveSessionOptions(same())).toBe(resolveSessionOptions(same()));
  });

  it.each<readonly [string, Partial<AvatarSessionOptions>]>([
    ['a callback', { onFrame: () => undefined }],
    ['one more callback', { onError: () => undefined }],
    ['a parameter', { extraParams: { a: 'c' } }],
    ['a number of replay', { replay: { ttlMs: 2 } }],
    ['a number of the heartbeat', { heartbeat: { timeoutMs: 100 } }],
    ['the key', { apiKey: 'another key' }],
  ])('share nothing with one that differs in %s', (_what, other) => {
    const first = resolveSessionOptions(same());
    const second = resolveSessionOptions({ ...same(), ...other });
    expect(second).not.toEqual(first);
    expect(resolveSessionOptions(same())).toEqual(first);
  });
});

describe('options that are given', () => {
  it.each<readonly [string, Partial<AvatarSessionOptions>, object]>([
    ['bitrate 0', { bitrate: 0 }, { bitrate: 0 }],
    ['audioFormat 0', { audioFormat: 0 }, { audioFormat: 0 }],
    ['audioFormat 1', { audioFormat: 1 }, { audioFormat: 1 }],
    ['useQueryAuth false', { useQueryAuth: false }, { useQueryAuth: false }],
    ['useQueryAuth true', { useQueryAuth: true }, { useQueryAuth: true }],
    ['heartbeat false', { heartbeat: false }, { heartbeat: undefined }],
    [
      'heartbeat {}',
      { heartbeat: {} },
      { heartbeat: { ...BEAT, speaking: { intervalMs: 1_000, timeoutMs: 2_000 } } },
    ],
    [
      'a part of heartbeat',
      { heartbeat: { timeoutMs: 20 } },
      { heartbeat: { ...BEAT, timeoutMs: 20, speaking: { intervalMs: 1_000, timeoutMs: 20 } } },
    ],
    [
      'a heartbeat slower than the default: it is as slow during speech',
      { heartbeat: { intervalMs: 60_000 } },
      { heartbeat: { ...BEAT, intervalMs: 60_000 } },
    ],
    [
      'a slower heartbeat, and one for speech',
      { heartbeat: { timeoutMs: 10_000, speaking: { intervalMs: 500 } } },
      { heartbeat: { ...BEAT, timeoutMs: 10_000, speaking: { intervalMs: 500, timeoutMs: 2_000 } } },
    ],
    [
      'a heartbeat for speech that is slower than without',
      { heartbeat: { intervalMs: 100, speaking: { intervalMs: 9_000 } } },
      { heartbeat: { ...BEAT, intervalMs: 100, speaking: { intervalMs: 9_000, timeoutMs: 2_000 } } },
    ],
    ['no special heartbeat during speech', { heartbeat: { speaking: false } }, { heartbeat: BEAT }],
    ['expireAt in seconds', { expireAt: 10_000_000_000 }, { expireAt: 10_000_000_000 }],
    ['an expireAt date', { expireAt: new Date(FAR_MS) }, { expireAt: FAR_MS / 1_000 }],
    [
      'a date of another realm',
      { expireAt: runInNewContext(`new Date(${FAR_MS})`) as Date },
      { expireAt: FAR_MS / 1_000 },
    ],
    [
      'a date that is past for the system clock, but not for the clock of the session',
      { expireAt: 1_000, clock: { ...createSystemClock(), epochMs: () => 0 } },
      { expireAt: 1_000 },
    ],
    [
      'a room',
      { livekitEgress: { url: 'wss://r.test', apiToken: 't' } },
      { livekitEgress: { url: 'wss://r.test' } },
    ],
    [
      'a room by key and secret',
      {
        livekitEgress: {
          url: 'wss://u.example',
          apiKey: 'k',
          apiSecret: 's',
          extraAttributes: { a: 'b' },
        },
      },
      { livekitEgress: { url: 'wss://u.example', apiKey: 'k', apiSecret: 's', extraAttributes: { a: 'b' } } },
    ],
    [
      'a channel without a token',
      { agoraEgress: { channelName: 'c', uid: 7 } },
      { agoraEgress: { channelName: 'c', uid: 7 } },
    ],
    ['extraParams {}', { extraParams: {} }, { extraParams: {} }],
    ['the smallest timeoutMs', { timeoutMs: 1 }, { timeoutMs: 1 }],
    ['the largest timeoutMs', { timeoutMs: 2 ** 31 - 1 }, { timeoutMs: 2 ** 31 - 1 }],
    ['the smallest maxMessageBytes', { maxMessageBytes: 1024 }, { maxMessageBytes: 1024 }],
    ['a sampleRate that is checked only at the dial', { sampleRate: 11_025 }, { sampleRate: 11_025 }],
    [
      'an unknown region',
      { region: 'eu-new' },
      { ingressEndpointUrl: 'wss://api.eu-new.spatius.ai/v2/driveningress' },
    ],
    [
      'a URL together with a region',
      { region: 'cn-beijing', ingressEndpointUrl: 'http://h.test' },
      { ingressEndpointUrl: 'http://h.test' },
    ],
  ])('%s', (_name, given, resolved) => {
    expect(resolveSessionOptions({ ...required, ...given })).toMatchObject(resolved);
  });

  it('need no apiKey if there is a tokenProvider', () => {
    const { appId, avatarId } = required;
    expect(resolveSessionOptions({ appId, avatarId, tokenProvider: () => 'token' }).apiKey).toBeUndefined();
  });

  it('include callbacks, stored by the names of their events', () => {
    const onError = (): void => undefined;
    const onStateChange = (): void => undefined;
    const { callbacks } = resolveSessionOptions({ ...required, onError, onStateChange });
    expect(callbacks).toEqual({ error: onError, state: onStateChange });
  });

  it('are copied: a later change of extraParams has no effect', () => {
    const extraParams: Record<string, string> = { tier: 'a' };
    const resolved = resolveSessionOptions({ ...required, extraParams });
    extraParams['tier'] = 'b';
    expect(resolved.extraParams).toEqual({ tier: 'a' });
  });
});

describe('a session', () => {
  it('only checks its options when it is created', () => {
    let asked = 0;
    const session = newAvatarSession({
      ...required,
      tokenProvider: () => String((asked += 1)),
      livekitEgress: () => {
        asked += 1;
        return { url: 'wss://room.test' };
      },
    });
    expect([session.state, asked]).toEqual(['idle', 0]);
  });

  it.each([false, { maxAttempts: 1 }, {}] as const)('accepts retry: %j', (retry) => {
    expect(newAvatarSession({ ...required, retry }).state).toBe('idle');
  });
});

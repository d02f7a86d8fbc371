/**
 * The arguments of a session's methods are checked before any effect. An async method always rejects and never throws.
 */
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { newAvatarSession } from '../../src/index.js';
import type { CloseOptions, SpeakOptions, StartOptions, AvatarSession } from '../../src/index.js';
import { virtualSession } from './virtual-session.js';

const session = (): AvatarSession => newAvatarSession({ apiKey: 'key', appId: 'app', avatarId: 'avatar' });

function throwing(): never {
  throw new Error('no');
}

describe('start', () => {
  it.each<[string, unknown, string]>([
    ['an AbortController', { signal: new AbortController() }, 'got an AbortController: give its signal'],
    ['null for a signal', { signal: null }, 'signal must be an AbortSignal, got null'],
    ['a text for a signal', { signal: 'sk_live_9f8e7d6c5b4a' }, 'signal must be an AbortSignal, got string'],
    ['a function for a signal', { signal: () => undefined }, 'signal must be an AbortSignal, got function'],
    ['an incomplete signal', { signal: { aborted: false } }, 'signal must be an AbortSignal, got object'],
    ['a signal that throws', { signal: new Proxy({}, { get: throwing }) }, "signal can't be read"],
    [
      'a signal whose addEventListener throws',
      { signal: { aborted: false, addEventListener: throwing, removeEventListener: throwing } },
      'no',
    ],
    ['a misspelt name', { sgnal: new AbortController().signal }, 'did you mean signal?'],
    ['a signal in place of the options', new AbortController().signal, 'got the AbortSignal itself'],
    ['null', null, 'options must be an object, got null'],
  ])('rejects, without any effect, with %s', async (_what, options, words) => {
    const open = session();
    const started = open.start(options as StartOptions);
    await expect(started).rejects.toThrow(words);
    expect(open.state).toBe('idle');
    await open.close();
    expect(open.state).toBe('closed');
  });

  it('accepts a signal of another realm', async () => {
    const virtual = virtualSession({ service: () => undefined });
    const listeners: (() => void)[] = [];
    const signal = {
      aborted: false,
      reason: new Error('enough'),
      addEventListener: (_type: string, listener: () => void) => listeners.push(listener),
      removeEventListener: () => throwing(),
    };
    const started = virtual.session.start({ signal: signal as unknown as AbortSignal });
    const outcome = expect(started).rejects.toMatchObject({
      reason: 'aborted',
      cause: { message: 'enough' },
    });
    await virtual.clock.settle();
    for (const listener of listeners) listener();
    await virtual.clock.settle();
    await outcome;
  });
});

describe('close and speak', () => {
  it.each<[string, unknown, string]>([
    ['a time-out that is out of bounds', { drain: true, timeoutMs: -1 }, 'timeoutMs must be a finite number'],
    ['a drain that is not a boolean', { drain: 'yes' }, 'drain must be true or false, got "yes"'],
    ['a misspelt name', { drian: true }, 'unknown option drian; known names: drain'],
    ['a list', [], 'options must be an object, got an array'],
    [
      'options that throw',
      Object.defineProperty({}, 'drain', { enumerable: true, get: throwing }),
      "options can't be read",
    ],
  ])('close rejects with %s, and the session does not change', async (_what, options, words) => {
    const open = session();
    await expect(open.close(options as CloseOptions)).rejects.toThrow(words);
    expect(open.state).toBe('idle');
    await open.close();
  });

  it.each<[string, unknown, string]>([
    [
      'an unknown recovery',
      { recovery: 'again' },
      'recovery must be one of replay, tail, drop, fail, got a string of 5 characters',
    ],
    ['a ttlMs that is out of bounds', { ttlMs: NaN }, 'ttlMs must be a finite number'],
    ['a misspelt name', { ttl: 5 }, 'did you mean ttlMs?'],
    ['null', null, 'options must be an object, got null'],
  ])('speak throws with %s', async (_what, options, words) => {
    const open = session();
    expect(() => open.speak(undefined, options as SpeakOptions)).toThrow(words);
    await open.close();
  });

  it('options of another realm are accepted', async () => {
    const open = session();
    await expect(open.close(runInNewContext('({ drain: false })') as CloseOptions)).resolves.toBeUndefined();
  });
});

describe('listeners', () => {
  const revoked = (): object => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  };
  const METHODS = ['on', 'once', 'off', 'removeListener'] as const;

  it.each<[string, () => unknown, ErrorConstructor]>([
    ['nothing', () => undefined, TypeError],
    ['a symbol', () => Symbol('state'), TypeError],
    ['an object', () => ({ toString: throwing }), TypeError],
    ['a Proxy', () => new Proxy({}, { get: throwing, getPrototypeOf: throwing }), TypeError],
    ['a revoked Proxy', revoked, TypeError],
    ['a misspelt event', () => 'reconect', RangeError],
    ['the name __proto__', () => '__proto__', RangeError],
  ])('are refused for %s', async (_kind, make, kind) => {
    await using open = session();
    for (const method of METHODS) {
      expect(() => open[method](make() as 'state', () => undefined)).toThrow(kind);
      expect(() => open[method](make() as 'state', () => undefined)).toThrow(
        'event must be one of state, retry,',
      );
    }
  });

  it('must be functions', async () => {
    await using open = session();
    for (const method of METHODS) {
      expect(() => open[method]('state', undefined as never)).toThrow(
        new TypeError('listener must be a function, got undefined'),
      );
    }
  });
});

describe('speak', () => {
  it.each<[string, () => unknown, string]>([
    ['a Float32Array', () => new Float32Array(160), 'convert it by fromFloat32 of avatarkit-session/audio'],
    ['a text', () => 'speech.wav', 'audio must be a Uint8Array, an ArrayBuffer or a view of one, got string'],
    ['null', () => null, 'audio must be a Uint8Array, an ArrayBuffer or a view of one, got null'],
    [
      'an object',
      () => ({ byteLength: 7 }),
      'audio must be a Uint8Array, an ArrayBuffer or a view of one, got object',
    ],
  ])('throws for %s, without any effect', async (_kind, make, words) => {
    await using open = session();
    expect(() => open.speak(make() as never)).toThrow(TypeError);
    expect(() => open.speak(make() as never)).toThrow(words);
    expect(open.explain()).toEqual([]);
  });

  it('uses no format from Object.prototype', async () => {
    await using open = session();
    try {
      Object.defineProperty(Object.prototype, 'format', { value: 'polluted', configurable: true });
      await expect(open.speak(new Uint8Array(64), {}).finished).rejects.toMatchObject({
        code: 'invalidRequest',
      });
    } finally {
      Reflect.deleteProperty(Object.prototype, 'format');
    }
  });
});

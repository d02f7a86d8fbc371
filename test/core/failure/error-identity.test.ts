/** How errors of this package are recognized, across copies of the package and across threads. */
import { runInNewContext } from 'node:vm';
import { MessageChannel } from 'node:worker_threads';
import { once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { AvatarSDKError } from '../../../src/index.js';

const FIELDS = {
  code: 'upstreamError',
  phase: 'websocket_connect',
  step: 'upgrade',
  message: 'no upstream',
} as const;

function made(): AvatarSDKError {
  return new AvatarSDKError({ ...FIELDS, httpStatus: 503, cause: new Error('reset') });
}

describe('AvatarSDKError.is', () => {
  it('is true for an error of this package, and of a class derived from it', () => {
    class OwnError extends AvatarSDKError {}
    expect(AvatarSDKError.is(made())).toBe(true);
    expect(AvatarSDKError.is(new OwnError(FIELDS))).toBe(true);
  });

  it('is true for an error of another copy of the package, where instanceof is not', async () => {
    vi.resetModules();
    const copy = await import('../../../src/index.js');
    const foreign: unknown = new copy.AvatarSDKError(FIELDS);
    expect(foreign instanceof AvatarSDKError).toBe(false);
    expect(AvatarSDKError.is(foreign)).toBe(true);
    expect(copy.AvatarSDKError.is(made())).toBe(true);
    expect(made()).toBeInstanceOf(AvatarSDKError);
  });

  it.each<[string, unknown]>([
    ['another error', new Error('no')],
    [
      'an error with the same name',
      Object.assign(new Error('no'), { name: 'AvatarSDKError', code: 'unknown' }),
    ],
    ['an error with a code', Object.assign(new Error('no'), { code: 'upstreamError' })],
    ['its JSON', made().toJSON()],
    ['the prototype', AvatarSDKError.prototype],
    ['the class', AvatarSDKError],
    ['an error of another realm', runInNewContext('new Error("no")')],
    ['undefined', undefined],
    ['null', null],
    ['a text', 'AvatarSDKError'],
    [
      'an object whose members cannot be read',
      new Proxy(
        {},
        {
          get: () => {
            throw new Error('no');
          },
        },
      ),
    ],
  ])('is false for %s', (_name, value) => {
    expect(AvatarSDKError.is(value)).toBe(false);
  });

  it('narrows the type', () => {
    const value: unknown = made();
    expect(AvatarSDKError.is(value) ? value.code : 'none').toBe('upstreamError');
  });

  it('adds no visible member to an error', () => {
    const error = made();
    expect(Object.getOwnPropertySymbols(error)).toEqual([]);
    expect(Object.keys(error)).not.toContain('name');
  });
});

describe('an error that is sent to another thread or stored', () => {
  it('a structured clone is an Error with message, stack and cause, and nothing else', () => {
    const clone: Error & { code?: unknown } = structuredClone(made());
    expect(clone).toBeInstanceOf(Error);
    expect([clone.name, clone.message, (clone.cause as Error).message]).toEqual([
      'Error',
      'no upstream',
      'reset',
    ]);
    expect(clone.stack).toMatch(/^AvatarSDKError: no upstream\n/);
    expect(Object.keys(clone)).toEqual([]);
    expect(clone.code).toBeUndefined();
    expect(AvatarSDKError.is(clone)).toBe(false);
  });

  it('its JSON is complete after a message to another thread', async () => {
    const { port1, port2 } = new MessageChannel();
    const json = made().toJSON();
    port1.postMessage(json);
    const [received] = (await once(port2, 'message')) as [unknown];
    expect(received).toEqual(json);
    expect(received).toMatchObject({ code: 'upstreamError', http_status: 503, cause: 'reset' });
    port1.close();
  });
});

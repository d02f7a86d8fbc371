/** The class ObservedPromise of `deferred`: a promise that detects whether it is awaited. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Deferred, ObservedPromise } from '../../../src/client/waiting/deferred.js';

function made(): { promise: ObservedPromise<string>; deferred: Deferred<string> } {
  const deferred = new Deferred<string>(ObservedPromise);
  const promise: Promise<string> = deferred.promise;
  if (!(promise instanceof ObservedPromise)) throw new Error('the promise is not an ObservedPromise');
  return { deferred, promise: promise as ObservedPromise<string> };
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a promise that detects whether it has a handler', () => {
  it.each<[string, (promise: Promise<string>) => unknown]>([
    ['then', (promise) => promise.then(() => undefined)],
    ['catch', (promise) => promise.catch(() => undefined)],
    ['finally', (promise) => promise.finally(() => undefined)],
    ['Promise.all', (promise) => Promise.all([promise])],
    ['Promise.allSettled', (promise) => Promise.allSettled([promise])],
    ['Promise.race', (promise) => Promise.race([promise])],
    ['Promise.resolve of an async function', (promise) => (async () => promise)()],
    [
      'await',
      async (promise) => {
        await promise;
      },
    ],
  ])('detects %s', async (_name, look) => {
    const { promise, deferred } = made();
    void look(promise);
    await turn();
    expect(promise.observed).toBe(true);
    deferred.resolve('value');
    expect(await promise).toBe('value');
  });

  it.each<[string, (promise: Promise<string>) => unknown]>([
    ['void', (promise) => void promise],
    ['inspect', (promise) => inspect(promise)],
    ['instanceof', (promise) => promise instanceof Promise],
    ['an object that references it', (promise) => ({ promise })],
  ])('does not count %s', async (_name, ignore) => {
    const { promise } = made();
    ignore(promise);
    await turn();
    expect(promise.observed).toBe(false);
  });

  it('is not marked as observed by its rejection, which is never unhandled', async () => {
    const { promise, deferred } = made();
    deferred.reject(new Error('no'));
    await turn();
    expect(promise.observed).toBe(false);
    await expect(promise).rejects.toThrow('no');
  });

  it('returns ordinary promises from its methods', () => {
    const { promise } = made();
    expect(promise.then(() => 1)).not.toBeInstanceOf(ObservedPromise);
  });
});

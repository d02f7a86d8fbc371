/** Promises that can stay without a handler. */
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Deferred, Latch, markHandled, handledRejection } from '../../../src/client/waiting/deferred.js';

describe('a promise that the application gets', () => {
  const unhandled: unknown[] = [];
  const collect = (reason: unknown): void => void unhandled.push(reason);
  beforeEach(() => {
    unhandled.length = 0;
    process.on('unhandledRejection', collect);
  });
  afterEach(() => void process.off('unhandledRejection', collect));

  it.each<readonly [string, () => unknown]>([
    ['markHandled', () => markHandled(Promise.reject(new Error('no handler')))],
    ['handledRejection', () => handledRejection(new Error('no handler'))],
    ['Deferred', () => new Deferred<void>().reject(new Error('no handler'))],
  ])('causes no unhandled rejection without a handler: %s', async (_name, make) => {
    make();
    await turn();
    expect(unhandled).toEqual([]);
  });

  it('rejects for every handler, also one that is added later', async () => {
    const error = new Error('seen');
    const promise = handledRejection(error);
    await turn();
    await expect(promise).rejects.toBe(error);
    await expect(markHandled(Promise.resolve(1))).resolves.toBe(1);
  });

  it.each([
    ['a string', 'broken', 'broken'],
    ['undefined', undefined, 'undefined'],
    ['a value without a text', Object.create(null) as unknown, 'a value that is no Error'],
  ])('rejects with an Error when it was given %s', async (_name, given, message) => {
    await expect(handledRejection(given)).rejects.toThrow(new Error(message));
  });

  it.each<readonly [string, (latch: Latch) => Promise<void>]>([
    ['before the event', (latch) => latch.opened],
    [
      'after the event, any number of times',
      (latch) => {
        latch.open();
        latch.open();
        return latch.opened;
      },
    ],
  ])('settles for every caller %s', async (_name, ask) => {
    const latch = new Latch();
    const reported = ask(latch);
    latch.open();
    await expect(reported).resolves.toBeUndefined();
    expect(latch.opened).toBeInstanceOf(Promise);
  });

  it('settles once', async () => {
    const deferred = new Deferred<number>();
    deferred.resolve(1);
    deferred.resolve(2);
    deferred.reject(new Error('too late'));
    await expect(deferred.promise).resolves.toBe(1);
  });
});

/** The function onAbort of `abort`: callbacks that run when a signal is aborted. */
import { getEventListeners } from 'node:events';
import { expect, it, vi } from 'vitest';
import { newAvatarSession } from '../../../src/index.js';
import { onAbort } from '../../../src/client/waiting/deadline.js';

const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

it('callbacks of one signal share one listener, and each is called once', () => {
  const stop = new AbortController();
  const called: number[] = [];
  const ends = Array.from({ length: 1_000 }, (_, n) => onAbort(stop.signal, () => void called.push(n)));
  expect(listeners(stop.signal)).toBe(1);
  ends[0]?.();
  ends[0]?.();
  stop.abort();
  expect(called).toEqual(Array.from({ length: 999 }, (_, n) => n + 1));
  expect(listeners(stop.signal)).toBe(0);
});

it('the listener is removed with the last callback, and added again for a later one', () => {
  const { signal } = new AbortController();
  const callback = vi.fn();
  const first = onAbort(signal, callback);
  const second = onAbort(signal, callback);
  first();
  expect(listeners(signal)).toBe(1);
  second();
  expect(listeners(signal)).toBe(0);
  onAbort(signal, callback)();
  expect(listeners(signal)).toBe(0);
  expect(callback).not.toHaveBeenCalled();
});

it('a callback can be removed by another one while both are called', () => {
  const stop = new AbortController();
  const ends: (() => void)[] = [];
  const called = vi.fn(() => {
    for (const end of ends) end();
  });
  ends.push(onAbort(stop.signal, called), onAbort(stop.signal, called));
  stop.abort();
  expect(called).toHaveBeenCalledTimes(2);
});

it('a thousand sessions with one signal cause no warning, and leave no listener after their end', async () => {
  const warnings: unknown[] = [];
  const onWarning = (warning: unknown): void => void warnings.push(warning);
  process.on('warning', onWarning);
  const { signal } = new AbortController();
  const sessions = Array.from({ length: 1_000 }, () =>
    newAvatarSession({
      apiKey: 'key-123456',
      appId: 'app',
      avatarId: 'avatar',
      consoleEndpointUrl: 'http://127.0.0.1:1',
      ingressEndpointUrl: 'ws://127.0.0.1:1',
    }),
  );
  const started = sessions.map((session) => session.start({ signal }).catch(() => undefined));
  expect(listeners(signal)).toBe(1);
  await Promise.all(sessions.map((session) => session.close()));
  await Promise.all(started);
  await new Promise((resolve) => void setImmediate(resolve));
  process.off('warning', onWarning);
  expect([listeners(signal), warnings]).toEqual([0, []]);
});

/**
 * AsyncLocalStorage, as used for tracing and for logs by customer. Every function of an application that a session
 * calls runs in the context in which the session was created. This does not depend on the socket, the timer or the
 * call of another session that causes the call.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, expect, it } from 'vitest';
import { AvatarEmulator } from '../../src/emulator/index.js';
import { AvatarSession, newAvatarSession } from '../../src/index.js';
import type { AvatarSessionOptions } from '../../src/index.js';
import { SESSION_EVENTS } from './scenario-support/session-event-names.js';

const tenant = new AsyncLocalStorage<string>();
const NAMES = ['a', 'b', 'c'];

afterEach(() => AvatarSession.closeAll());

class Calls {
  readonly #seen = new Map<string, Set<string>>();

  made(name: string, what: string): void {
    const stores = this.#seen.get(`${name} ${what}`) ?? new Set();
    this.#seen.set(`${name} ${what}`, stores.add(tenant.getStore() ?? 'none'));
  }

  /** The calls that ran in a context other than that of their session. */
  get wrong(): string[] {
    return [...this.#seen].flatMap(([call, stores]) =>
      [...stores].filter((store) => !call.startsWith(`${store} `)).map((store) => `${call} in ${store}`),
    );
  }

  of(name: string): string[] {
    return [...this.#seen.keys()].filter((call) => call.startsWith(`${name} `)).map((call) => call.slice(2));
  }
}

function make(
  service: AvatarEmulator,
  calls: Calls,
  name: string,
  options: Partial<AvatarSessionOptions> = {},
): AvatarSession {
  const { credentials, consoleEndpointUrl, ingressEndpointUrl } = service;
  return tenant.run(name, () => {
    const session = newAvatarSession({
      ...credentials,
      consoleEndpointUrl,
      ingressEndpointUrl,
      silenceTimeoutMs: 300,
      retry: {
        backoff: { baseMs: 20, capMs: 50 },
        decide: () => {
          calls.made(name, 'decide');
          return undefined;
        },
      },
      transportFrames: () => calls.made(name, 'transportFrames'),
      onError: () => calls.made(name, 'onError'),
      ...options,
    });
    // Listeners are added in another context, but must run in that of the session.
    tenant.run('elsewhere', () => {
      for (const event of SESSION_EVENTS) session.on(event, () => calls.made(name, event));
    });
    return session;
  });
}

it('events, callbacks and decisions keep their context in sessions that share timers, a connect gate and a caller', async () => {
  const calls = new Calls();
  await using service = await AvatarEmulator.start({
    faults: [
      { kind: 'refuse', phase: 'upgrade', status: 503, times: 2 },
      { kind: 'dropEnd', phase: 'runtime', times: 3 },
    ],
  });
  const sessions = NAMES.map((name) => make(service, calls, name));
  await tenant.run('the start', () => Promise.all(sessions.map((session) => session.start())));
  // The end of each utterance is dropped, so a shared timer detects the silence.
  await Promise.all(
    sessions.map((session) => session.speak(new Uint8Array(6_400)).finished.catch(() => undefined)),
  );
  const reconnected = sessions.map((session) => new Promise((resolve) => session.once('reconnect', resolve)));
  service.inject({ kind: 'reset', phase: 'runtime', afterKeyframes: 1, times: 3 });
  const cut = sessions.map((session) => session.speak(new Uint8Array(6_400)).finished);
  await Promise.all([...reconnected, ...cut]);
  await tenant.run('the resume', async () => {
    for (const session of sessions) {
      await session.pause();
      const { finished } = session.speak(new Uint8Array(6_400));
      await session.resume();
      await finished;
    }
  });
  await tenant.run('the close', () => AvatarSession.closeAll());
  expect(calls.wrong).toEqual([]);
  expect(calls.of('a')).toEqual(
    expect.arrayContaining([...SESSION_EVENTS, 'decide', 'transportFrames', 'onError']),
  );
});

it('token providers keep their context, at the start and for a reconnect', async () => {
  const calls = new Calls();
  await using service = await AvatarEmulator.start();
  const token = (name: string) => (): Promise<never> => {
    calls.made(name, 'tokenProvider');
    return Promise.reject(new Error('no token available'));
  };
  const sessions = NAMES.map((name) =>
    make(service, calls, name, {
      tokenProvider: token(name),
      retry: { maxAttempts: 3, backoff: { baseMs: 10 } },
    }),
  );
  await tenant.run('the start', () =>
    Promise.all(
      sessions.flatMap((session) => [
        session.init().catch(() => undefined),
        session.start().catch(() => undefined),
      ]),
    ),
  );
  expect(calls.wrong).toEqual([]);
  expect(calls.of('c')).toContain('tokenProvider');
});

it('a signal that one tenant aborts for all sessions does not change their contexts', async () => {
  const calls = new Calls();
  await using service = await AvatarEmulator.start({
    faults: [{ kind: 'delay', phase: 'upgrade', delayMs: 5_000, times: 3 }],
  });
  const stop = new AbortController();
  const sessions = NAMES.map((name) => make(service, calls, name));
  const started = sessions.map((session) => session.start({ signal: stop.signal }).catch(() => undefined));
  tenant.run('the abort', () => stop.abort());
  await Promise.all(started);
  expect(calls.wrong).toEqual([]);
  expect(calls.of('b')).toContain('close');
});

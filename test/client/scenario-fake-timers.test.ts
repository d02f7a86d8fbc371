/**
 * Fake timers of a test framework while sessions are open, over real sockets. Sockets run in real time, so sessions
 * do, too; and the timers that the sessions of a process share continue when the real timers are back.
 */
import { ModernFakeTimers } from '@jest/fake-timers';
import * as sinon from '@sinonjs/fake-timers';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AvatarEmulator } from '../../src/emulator/index.js';
import { AvatarSession, newAvatarSession } from '../../src/index.js';
import type { AvatarSessionOptions } from '../../src/index.js';

interface Fakes {
  on(): void;
  off(): void;
}

const never = (): never => ({}) as never;
const replaced: readonly [target: object, name: string, fake: unknown][] = [
  [globalThis, 'setTimeout', never],
  [globalThis, 'setInterval', never],
  [globalThis, 'setImmediate', never],
  [globalThis, 'clearTimeout', never],
  [globalThis, 'clearInterval', never],
  [globalThis, 'clearImmediate', never],
  [globalThis, 'queueMicrotask', never],
  [
    globalThis,
    'Date',
    class extends Date {
      static override now = (): number => 0;
    },
  ],
  [Date, 'now', (): number => 0],
  [performance, 'now', (): number => 0],
];
const restores: (() => void)[] = [];

const WITHOUT_NEXT_TICK = [
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'clearImmediate',
  'Date',
  'performance',
  'queueMicrotask',
] as const;

let sinonClock: sinon.Clock | undefined;
const sinons = (config: sinon.Config): Fakes => ({
  on: () => {
    sinonClock = sinon.install(config);
  },
  off: () => {
    sinonClock?.uninstall();
    sinonClock = undefined;
  },
});

/** The configuration that the environments of jest pass to their timers. */
const JEST = { config: { rootDir: import.meta.dirname, testMatch: [] }, global: globalThis };
const modern = new ModernFakeTimers(JEST as never);

const FAKES: Readonly<Record<string, Fakes>> = {
  'vitest’s': {
    on: () => void vi.useFakeTimers(),
    off: () => void vi.useRealTimers(),
  },
  'vitest’s for everything, at another date': {
    on: () =>
      void vi.useFakeTimers({
        now: 1_000,
        toFake: [...WITHOUT_NEXT_TICK],
      }),
    off: () => void vi.useRealTimers(),
  },
  'sinon’s without process.nextTick': sinons({ toNotFake: ['nextTick'], now: 1_000 }),
  'jest’s without process.nextTick': {
    on: () => {
      modern.useFakeTimers({ doNotFake: ['nextTick'], now: 1_000 });
    },
    off: () => {
      modern.useRealTimers();
    },
  },
  'globals replaced by the test itself': {
    on: () => {
      for (const [target, name, value] of replaced) {
        const before = Object.getOwnPropertyDescriptor(target, name);
        Object.defineProperty(target, name, { value, writable: true, configurable: true });
        restores.unshift(() => {
          if (before === undefined) Reflect.deleteProperty(target, name);
          else Object.defineProperty(target, name, before);
        });
      }
    },
    off: () => {
      for (const restore of restores.splice(0)) restore();
    },
  },
};

const SAID = new Uint8Array(6_400);

function open(service: AvatarEmulator, options: Partial<AvatarSessionOptions> = {}): AvatarSession {
  const { credentials, consoleEndpointUrl, ingressEndpointUrl } = service;
  return newAvatarSession({
    ...credentials,
    consoleEndpointUrl,
    ingressEndpointUrl,
    retry: { backoff: { baseMs: 20, capMs: 50 } },
    ...options,
  });
}

async function works(session: AvatarSession): Promise<void> {
  expect(await session.speak(SAID).finished).toMatchObject({ outcome: 'delivered' });
}

describe.each(Object.entries(FAKES))('fake timers: %s', (_name, fakes) => {
  afterEach(async () => {
    fakes.off();
    await AvatarSession.closeAll();
  });

  it('an open session speaks and reconnects while they are used, and speaks afterwards', async () => {
    await using service = await AvatarEmulator.start();
    const session = open(service);
    await session.start();
    fakes.on();
    await works(session);
    const reconnected = new Promise((resolve) => session.once('reconnect', resolve));
    service.inject({ kind: 'reset', phase: 'runtime', afterKeyframes: 1 });
    const cut = session.speak(SAID).finished;
    await reconnected;
    expect(await cut).toMatchObject({ outcome: 'replayed' });
    fakes.off();
    await works(session);
    await session.close();
  });

  it('a session that is opened while they are used stays connected, and so do later sessions that share its timers and its gate', async () => {
    await using service = await AvatarEmulator.start({
      faults: [{ kind: 'refuse', phase: 'upgrade', status: 503, times: 3 }],
    });
    fakes.on();
    const first = open(service);
    const paused = open(service);
    await Promise.all([first.start(), paused.start()]);
    await paused.pause();
    const held = paused.speak(SAID);
    await paused.resume();
    fakes.off();
    const later = open(service);
    await later.start();
    await Promise.all([works(first), works(later), held.finished]);
  });

  it('a silent connection is detected while they are used, and afterwards', async () => {
    await using service = await AvatarEmulator.start();
    fakes.on();
    const session = open(service, { heartbeat: { intervalMs: 40, timeoutMs: 40 } });
    await session.start();
    for (const when of ['meanwhile', 'afterwards']) {
      if (when === 'afterwards') fakes.off();
      const reconnected = new Promise((resolve) => session.once('reconnect', resolve));
      service.inject({ kind: 'silence', phase: 'runtime', afterKeyframes: 1 });
      session.speak(SAID).finished.catch(() => undefined);
      await reconnected;
    }
    await works(session);
  });
});

it.each(['sinon', 'jest', 'jest, legacy'])(
  'fake timers of %s with process.nextTick stop the sockets of Node, and afterwards every session works',
  async (whose) => {
    const script = join(import.meta.dirname, 'scenario-support/fakes-next-tick.mjs');
    const { stdout } = await promisify(execFile)(process.execPath, [script, whose], { timeout: 25_000 });
    expect(JSON.parse(stdout)).toEqual({
      meanwhile: expect.stringMatching(/^(?:delivered|replayed)$/) as string,
      started: 'started',
      closed: 'closed',
      afterwards: 'delivered',
      afterwardsStarted: 'delivered',
      later: 'delivered',
    });
  },
);

it('the package works with real timers also when it is loaded while fake timers are used', async () => {
  await using service = await AvatarEmulator.start();
  vi.resetModules();
  vi.useFakeTimers({
    toFake: ['setTimeout', 'setImmediate', 'clearTimeout', 'Date', 'performance'],
  });
  const loaded = await import('../../src/index.js').finally(() => vi.useRealTimers());
  const { consoleEndpointUrl, ingressEndpointUrl, credentials } = service;
  const session = loaded.newAvatarSession({ ...credentials, consoleEndpointUrl, ingressEndpointUrl });
  await session.start();
  expect(await session.speak(SAID).finished).toMatchObject({ outcome: 'delivered' });
  const [first] = session.explain();
  expect(Math.abs(Date.now() - (first?.atMs ?? 0))).toBeLessThan(60_000);
  await session.close();
});

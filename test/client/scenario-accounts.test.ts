/**
 * Two customers in one process, on real sockets. One is at the limit of its plan, or its functions hang; the other
 * one connects.
 */
import { describe, expect, it } from 'vitest';
import { newAvatarSession } from '../../src/index.js';
import type { AvatarSession, AvatarSessionOptions } from '../../src/index.js';
import { AvatarEmulator } from '../../src/emulator/index.js';
import type { EmulatorOptions } from '../../src/emulator/index.js';

const APPS = [
  { appId: 'app-a', apiKey: 'key-of-a', maxSessions: 2 },
  { appId: 'app-b', apiKey: 'key-of-b' },
];
/** Much shorter than each wait that is caused by the limits of the first customer. */
const SOON_MS = 5_000;

class TwoCustomers implements AsyncDisposable {
  readonly sessions: AvatarSession[] = [];
  readonly service: AvatarEmulator;

  private constructor(service: AvatarEmulator) {
    this.service = service;
  }

  static async with(options: EmulatorOptions): Promise<TwoCustomers> {
    return new TwoCustomers(await AvatarEmulator.start({ apps: APPS, ...options }));
  }

  add(appId: string, apiKey: string, options: Partial<AvatarSessionOptions> = {}): AvatarSession {
    const { consoleEndpointUrl, ingressEndpointUrl, credentials } = this.service;
    const session = newAvatarSession({
      appId,
      apiKey,
      avatarId: credentials.avatarId,
      consoleEndpointUrl,
      ingressEndpointUrl,
      ...options,
    });
    this.sessions.push(session);
    return session;
  }

  /** Starts `count` sessions of the first customer, and resolves after as many token requests. */
  async crowd(count: number, options: Partial<AvatarSessionOptions> = {}): Promise<void> {
    for (let n = 0; n < count; n += 1) {
      this.add('app-a', 'key-of-a', options)
        .start()
        .catch(() => undefined);
    }
    let asked = 0;
    await this.service.waitFor(({ event }) => event === 'tokenRequested' && ++asked === count);
  }

  /** Starts five sessions of the second customer one after another, and returns the time that this takes. */
  async others(): Promise<number> {
    const startedAtMs = performance.now();
    for (let n = 0; n < 5; n += 1) await this.add('app-b', 'key-of-b', { retry: 'interactive' }).start();
    return performance.now() - startedAtMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.sessions.map((session) => session.close()));
    await this.service.stop();
  }
}

describe('a customer at the limit of its plan', () => {
  it.each<[string, EmulatorOptions]>([
    ['with 429 and a Retry-After', { retryAfterSeconds: 60 }],
    ['with 429', {}],
    ['with close 4003', { overLimit: 'close' }],
  ])('does not delay another customer (limit sent %s)', async (_how, options) => {
    await using customers = await TwoCustomers.with(options);
    await customers.crowd(12);
    expect(await customers.others()).toBeLessThan(SOON_MS);
  });
});

describe('a customer whose functions never settle', () => {
  it('does not delay another customer, also just after the service has lost connections', async () => {
    await using customers = await TwoCustomers.with({});
    const lost = customers.add('app-b', 'key-of-b', { retry: false });
    await lost.start();
    await customers.crowd(12, { livekitEgress: () => new Promise<never>(() => undefined) });
    const ended = new Promise((resolve) => lost.once('close', resolve));
    customers.service.inject({ kind: 'reset', phase: 'runtime' });
    await lost.sendAudio(new Uint8Array(640)).catch(() => undefined);
    await ended;
    expect(await customers.others()).toBeLessThan(SOON_MS);
  });
});

/** Two customers in one process, on real sockets: one is at the limit of its plan, or its own functions hang; the other connects. */
import { describe, expect, it } from 'vitest';
import { newAvatarSession } from '../../src/index.js';
import type { AvatarSession, AvatarSessionOptions } from '../../src/index.js';
import { AvatarEmulator } from '../../src/emulator/index.js';
import type { EmulatorOptions } from '../../src/emulator/index.js';

const APPS = [
  { appId: 'app-a', apiKey: 'key-of-a', maxSessions: 2 },
  { appId: 'app-b', apiKey: 'key-of-b' },
];
/** Much sooner than any wait that the limits of the other one ask for. */
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

  /** So many sessions of the first customer; resolves when that many tokens were asked for. */
  async crowd(count: number, options: Partial<AvatarSessionOptions> = {}): Promise<void> {
    for (let n = 0; n < count; n += 1) {
      this.add('app-a', 'key-of-a', options)
        .start()
        .catch(() => undefined);
    }
    let asked = 0;
    await this.service.waitFor(({ event }) => event === 'tokenRequested' && ++asked === count);
  }

  /** Five sessions of the second customer, one after another, as those of other requests would be. */
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

describe('a customer whose plan is used up', () => {
  it.each<[string, EmulatorOptions]>([
    ['with 429 and a time', { retryAfterSeconds: 60 }],
    ['with 429', {}],
    ['with close 4003', { overLimit: 'close' }],
  ])('does not delay another one (limit sent %s)', async (_how, options) => {
    await using customers = await TwoCustomers.with(options);
    await customers.crowd(12);
    expect(await customers.others()).toBeLessThan(SOON_MS);
  });
});

describe('a customer whose functions never answer', () => {
  it('does not delay another one, also while the service has just lost connections', async () => {
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

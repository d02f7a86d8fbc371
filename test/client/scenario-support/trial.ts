/**
 * One session at one embedded service, with a record of all its events. Contains no assertion. Retries are quick and
 * unlimited by default.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { newAvatarSession } from '../../../src/index.js';
import type { AvatarSession, AvatarSessionOptions, RetryOptions } from '../../../src/index.js';
import { AvatarEmulator } from '../../../src/emulator/index.js';
import type { EmulatorOptions } from '../../../src/emulator/index.js';
import { record } from './record.js';
import type { Record } from './record.js';

/**
 * Unlimited attempts with short delays, because these tests are about the session and not about the numbers of the
 * policy.
 */
export const QUICK: RetryOptions = {
  maxAttempts: Infinity,
  maxElapsedMs: Infinity,
  backoff: { baseMs: 5, capMs: 20, minIntervalMs: 0 },
};

export class Trial implements AsyncDisposable {
  readonly service: AvatarEmulator;
  readonly session: AvatarSession;
  readonly seen: Record;

  constructor(service: AvatarEmulator, options: Partial<AvatarSessionOptions>) {
    this.service = service;
    const { consoleEndpointUrl, ingressEndpointUrl, credentials } = service;
    const endpoints = { consoleEndpointUrl, ingressEndpointUrl };
    this.session = newAvatarSession({ ...credentials, ...endpoints, retry: QUICK, ...options });
    this.seen = record(this.session);
  }

  /** The number of dials, counted by token requests, so that a dial counts also when its token request fails. */
  get dials(): number {
    return this.service.log.filter(({ event }) => event === 'tokenRequested').length;
  }

  /** The number of sockets that stay open after the service has detected the closed ones. */
  async socketsLeft(): Promise<number> {
    const deadlineMs = performance.now() + 2_000;
    while (this.service.openSockets > 0 && performance.now() < deadlineMs) await turn();
    return this.service.openSockets;
  }

  /** Resolves when the service has performed its nth fault (from 1). */
  async faultFired(nth = 1): Promise<void> {
    let fired = 0;
    await this.service.waitFor((entry) => entry.event === 'faultFired' && ++fired === nth);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session.close();
    await this.service.stop();
  }
}

export async function openTrial(
  service: EmulatorOptions = {},
  session: Partial<AvatarSessionOptions> = {},
): Promise<Trial> {
  return new Trial(await AvatarEmulator.start(service), session);
}

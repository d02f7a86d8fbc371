/**
 * Several sessions of one process at one service, which a test makes available or unavailable, in virtual time.
 * It checks only that no timer is left at the end.
 */
import { expect } from 'vitest';
import { UpgradeRefused } from '../../src/index.js';
import type { AvatarSessionOptions, RetryInfo } from '../../src/index.js';
import { VirtualClock } from '../virtual-clock.js';
import { virtualSession } from './virtual-session.js';
import type { VirtualSession, VirtualSessionPlan } from './virtual-session.js';

export class GatedWorld {
  readonly clock = new VirtualClock();
  readonly sessions: VirtualSession[] = [];
  down = true;
  refusal = (): Error => new UpgradeRefused(503, {}, '');
  readonly #tokenProvider = (): string => `token-${this.sessions.length}`;

  /** An available service that has just lost one of two connections, so its gate admits few dials at once. */
  static async recovering(): Promise<GatedWorld> {
    const world = new GatedWorld();
    world.down = false;
    const companions = [world.add(), world.add({ retry: false })];
    await Promise.all(companions.map(({ session }) => session.start()));
    companions[1]?.transport.latest.drop();
    await world.clock.settle();
    return world;
  }

  add(options: Partial<AvatarSessionOptions> = {}): VirtualSession {
    const service: VirtualSessionPlan['service'] = (dial) => {
      if (this.down) dial.refuse(this.refusal());
      else dial.confirm();
    };
    const { clock } = this;
    const session = virtualSession({ service, clock, options, seed: this.sessions.length + 1 });
    this.sessions.push(session);
    return session;
  }

  get dialsAtMs(): number[] {
    return this.sessions.flatMap(({ dialsAtMs }) => dialsAtMs).sort((one, other) => one - other);
  }

  /** Options that give sessions the same account. */
  sameAccount(): Pick<AvatarSessionOptions, 'tokenProvider'> {
    return { tokenProvider: this.#tokenProvider };
  }

  /** Adds two sessions whose dials fail until the endpoint counts as down. */
  async fail(options: Partial<AvatarSessionOptions> = {}): Promise<void> {
    for (const { session } of [this.add(options), this.add(options)]) void session.start();
    await this.clock.until(() => this.dialsAtMs.length >= 4);
  }

  /**
   * The time that a further session takes to connect, milliseconds; Infinity if it does not connect within a
   * minute.
   */
  async connectsInMs(options: Partial<AvatarSessionOptions> = {}): Promise<number> {
    const { clock } = this;
    const startedAtMs = clock.nowMs();
    const { session } = this.add({ heartbeat: false, ...options });
    void session.start();
    const isUp = (): boolean => session.state === 'websocket_runtime';
    for (let passedMs = 0; passedMs < 60_000 && !isUp(); passedMs += 5) await clock.advance(5);
    return isUp() ? clock.nowMs() - startedAtMs : Infinity;
  }

  async close(): Promise<void> {
    const closed = Promise.all(this.sessions.map(({ session }) => session.close()));
    await this.clock.advance(2_000);
    await closed;
    expect(this.clock.pendingTimers).toBe(0);
  }
}

/** The first wait of a session at the gate; undefined when it had none. */
export function firstWait({ retries }: VirtualSession): RetryInfo | undefined {
  return retries.find(({ source }) => source === 'gate');
}

/** Real sessions in real processes on a real Redis, counted by the service and not by the coordinator. */
import { execFileSync, fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { AvatarEmulator } from '../../src/emulator/index.js';
import type { RedisCoordinatorOptions } from '../../src/fleet/redis.js';
import { PROJECT } from '../source-imports.js';
import { Front } from '../proofs/storm/front.mjs';
import { STORM } from '../../src/storm/storm-scenario.js';
import { REDIS_SERVER, RedisServer } from './redis-server.mjs';
import type { News, Plan } from './session-worker.mjs';

const FAKETIME = findFakeTime();
if (REDIS_SERVER !== undefined && FAKETIME === undefined) {
  process.stdout.write('left out: clocks of the system that are 30 s apart (no faketime on the PATH)\n');
}

function findFakeTime(): string | undefined {
  try {
    execFileSync('faketime', ['--version'], { stdio: 'ignore' });
    return 'faketime';
  } catch {
    return undefined;
  }
}

/** A process with sessions, and what it has told. */
class Worker {
  readonly news: News[] = [];
  readonly #child: ChildProcess;

  /** @param clock how far its clock is ahead, as faketime takes it: `+30s` */
  constructor(plan: Plan, clock?: string) {
    const file = join(PROJECT, 'test/fleet/session-worker.mjs');
    const skewed = { execPath: FAKETIME ?? '', execArgv: ['-f', clock ?? '', process.execPath] };
    this.#child = fork(file, [], clock === undefined ? { execArgv: [] } : skewed);
    this.#child.on('message', (news: News) => this.news.push(news));
    this.#child.send(plan);
  }

  count(kind: News['kind']): number {
    return this.news.filter((news) => news.kind === kind).length;
  }

  /** Closes all its sessions. */
  close(): void {
    this.#child.send('close');
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}

describe.skipIf(REDIS_SERVER === undefined)('the sessions of several processes', () => {
  const ending: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ending.splice(0).reverse()) await end();
  });
  const started = async (): Promise<{ emulator: AvatarEmulator; server: RedisServer }> => {
    const emulator = await AvatarEmulator.start();
    const server = await RedisServer.start();
    ending.push(
      () => emulator.stop(),
      () => server.stop(),
    );
    return { emulator, server };
  };
  const worker = (
    { emulator, server }: { emulator: AvatarEmulator; server: RedisServer },
    fleet: Partial<RedisCoordinatorOptions>,
    more: Partial<Plan> = {},
    clock?: string,
  ): Worker => {
    const plan = { target: emulator.sessionOptions, port: server.port, fleet, sessions: 1, ...more };
    const made = new Worker(plan, clock);
    ending.push(() => made.kill());
    return made;
  };
  const until = (what: () => boolean): Promise<void> =>
    expect.poll(what, { timeout: 60_000, interval: 10 }).toBe(true);

  it.skipIf(FAKETIME === undefined)(
    'are never more than maxSessions where the clocks of their hosts are 30 s apart',
    { timeout: 90_000 },
    async () => {
      const place = await started();
      const fleet = { maxSessions: 5, leaseTtlMs: 3_000 };
      const workers = ['-30s', '+0s', '+30s'].map((clock) =>
        worker(place, fleet, { sessions: 4, holdMs: 600 }, clock),
      );
      await until(() => workers.every((one) => one.count('open') >= 8));
      const aheadMs = workers.map(({ news }) => Math.round((news.at(-1)?.epochMs ?? 0) - Date.now()));
      for (const [at, aroundMs] of [-30_000, 0, 30_000].entries())
        expect(Math.abs((aheadMs[at] ?? 0) - aroundMs)).toBeLessThan(10_000);
      expect(place.emulator.peakOpenSockets).toBeLessThanOrEqual(5);
      expect(place.emulator.peakOpenSockets).toBeGreaterThan(2);
      expect(workers.flatMap(({ news }) => news.filter(({ kind }) => kind === 'back'))).toEqual([]);
    },
  );

  it(
    'come in in the order in which they came, in whichever process they are',
    { timeout: 90_000 },
    async () => {
      const place = await started();
      const workers: Worker[] = [];
      for (let at = 0; at < 4; at += 1) {
        const one = worker(place, { maxSessions: 1 });
        workers.push(one);
        await until(() => one.count(at === 0 ? 'open' : 'wait') === 1);
      }
      for (const [at, one] of workers.entries()) {
        await until(() => one.count('open') === 1);
        expect(workers.map((each) => each.count('open'))).toEqual(
          workers.map((_, nth) => (nth <= at ? 1 : 0)),
        );
        one.close();
      }
      expect(place.emulator.peakOpenSockets).toBe(1);
    },
  );

  it('take the places of a process that is killed after the TTL', { timeout: 90_000 }, async () => {
    const place = await started();
    const fleet = { maxSessions: 3, leaseTtlMs: 2_000 };
    const killed = worker(place, fleet, { sessions: 3 });
    await until(() => killed.count('open') === 3);
    const heir = worker(place, fleet, { sessions: 3 });
    await until(() => heir.count('wait') === 3);
    await killed.kill();
    const killedAtMs = performance.now();
    await until(() => heir.count('open') === 3);
    // The last renewal was at most a third of the TTL before; the last one asks within 1 s.
    expect(performance.now() - killedAtMs).toBeGreaterThan(1_000);
    expect(performance.now() - killedAtMs).toBeLessThan(8_000);
    expect(place.emulator.peakOpenSockets).toBe(3);
  });

  it(
    'are not disturbed by a Redis that freezes, nor by one that comes back without its data',
    { timeout: 90_000 },
    async () => {
      const place = await started();
      const fleet = { maxSessions: 6, leaseTtlMs: 1_500 };
      const workers = [0, 1].map(() => worker(place, fleet, { sessions: 2, speaks: true }));
      await until(() => workers.every((one) => one.count('open') === 2));
      const keyframes = (): number[] =>
        workers.map(({ news }) => news.filter(({ kind }) => kind === 'spoken').length);
      for (const away of [
        async (): Promise<void> => {
          place.server.freeze();
          await sleep(4_000);
          place.server.thaw();
        },
        async (): Promise<void> => {
          await place.server.kill();
          await sleep(4_000);
          await place.server.again();
        },
      ]) {
        const before = keyframes();
        await away();
        // Each has said several words of 0.2 s meanwhile.
        for (const [at, count] of keyframes().entries()) expect(count - (before[at] ?? 0)).toBeGreaterThan(8);
      }
      // All of them have leases again.
      const late = worker(place, { ...fleet, maxSessions: 4 });
      await until(() => late.count('wait') === 1);
      const disturbed = workers.map((one) => one.count('over') + one.count('back'));
      expect(disturbed).toEqual([0, 0]);
      expect(place.emulator.openSockets).toBe(4);
    },
  );

  it('obey a Retry-After that one process of them got', { timeout: 90_000 }, async () => {
    const place = await started();
    const headers = { 'Retry-After': '3' };
    place.emulator.inject({ kind: 'refuse', phase: 'upgrade', status: 503, headers });
    const first = worker(place, {});
    const refusals = (): number => place.emulator.log.filter(({ event }) => event === 'faultFired').length;
    await until(() => refusals() === 1);
    const refusedAtMs = performance.now();
    const second = worker(place, {});
    await until(() => second.count('wait') === 1);
    await until(() => first.count('open') === 1 && second.count('open') === 1);
    expect(performance.now() - refusedAtMs).toBeGreaterThan(2_900);
    const upgrades = place.emulator.log.filter(({ event }) => event === 'upgradeRequested');
    expect(upgrades).toHaveLength(3);
  });

  it(
    'probe an endpoint that is down one at a time, all processes together',
    { timeout: 90_000 },
    async () => {
      const { emulator, server } = await started();
      const front = new Front(new URL(emulator.ingressEndpointUrl), {
        ...STORM.service,
        handshakesPerSecond: 100,
      });
      ending.push(() => {
        front.stop();
        return Promise.resolve();
      });
      const target = { ...emulator.sessionOptions, ingressEndpointUrl: await front.start() };
      const workers = [0, 1].map(() => worker({ emulator, server }, {}, { target, sessions: 5 }));
      await until(() => workers.every((one) => one.count('open') === 5));
      front.refusalMs = 150;
      const away = front.goAway('queues', 100, 9_000);
      await sleep(3_000);
      // Down by now: three failures of two processes.
      const { dials } = front;
      front.peakRefusing = 0;
      await away;
      expect(front.peakRefusing).toBe(1);
      // Probes are up to 2 s apart.
      expect(front.dials - dials).toBeGreaterThanOrEqual(2);
      expect(front.dials - dials).toBeLessThanOrEqual(5);
      await until(() => workers.every((one) => one.count('back') === 5));
    },
  );
});

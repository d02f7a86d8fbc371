/** Real sessions in real processes with a real Redis. The service counts them, not the coordinator. */
import { execFileSync, fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import type { TestContext } from 'vitest';
import { AvatarEmulator } from '../../src/emulator/index.js';
import type { EmulatorOptions } from '../../src/emulator/index.js';
import { PROBE_GAP_MS } from '../../src/core/fleet/dial-line.js';
import type { FleetEndpoint } from '../../src/index.js';
import { DEFAULT_PREFIX } from '../../src/fleet/redis-options.js';
import { openRedis, surveyFleet } from '../../src/fleet/redis-survey.js';
import type { RedisCoordinatorOptions } from '../../src/fleet/redis.js';
import { PROJECT } from '../source-imports.js';
import { Front } from '../proofs/storm/front.mjs';
import { STORM } from '../../src/storm/storm-scenario.js';
import { PATIENT } from './redis-clients.js';
import { REDIS_SERVER, RedisServer } from './redis-server.mjs';
import type { WorkerMessage, Plan } from './session-worker.mjs';

/**
 * The library of faketime, which is loaded into a process directly. The command of faketime is not used: it
 * makes semaphores with its process id in their names, leaves them if it is killed, and fails if one with its
 * name exists.
 */
const FAKETIME = findFakeTime();
if (REDIS_SERVER !== undefined && FAKETIME === undefined) {
  process.stdout.write('left out: clocks of the system that are 30 s apart (no faketime on the PATH)\n');
}

function findFakeTime(): string | undefined {
  try {
    const command = ['-f', '+0s', 'printenv', 'LD_PRELOAD'];
    return execFileSync('faketime', command, { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return undefined;
  }
}

/** A process with sessions, and the messages that it has sent. */
class Worker {
  readonly news: WorkerMessage[] = [];
  readonly #child: ChildProcess;

  /** @param clock the offset of its clock, in the format of faketime: `+30s` */
  constructor(plan: Plan, clock?: string) {
    const file = join(PROJECT, 'test/fleet/session-worker.mjs');
    const skewed = { LD_PRELOAD: FAKETIME, FAKETIME: clock, FAKETIME_DISABLE_SHM: '1' };
    const env = clock === undefined ? process.env : { ...process.env, ...skewed };
    this.#child = fork(file, [], { execArgv: [], env });
    this.#child.on('message', (news: WorkerMessage) => this.news.push(news));
    this.#child.send(plan);
  }

  /** Resolves when the process is connected to Redis. */
  async joined(): Promise<this> {
    await until(() => this.count('joined') === 1);
    return this;
  }

  /** Starts the sessions of a process that waits for this message. */
  begin(): this {
    this.#child.send('begin');
    return this;
  }

  count(kind: WorkerMessage['kind']): number {
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

const until = (what: () => boolean | Promise<boolean>): Promise<unknown> =>
  vi.waitUntil(what, { timeout: 60_000, interval: 10 });

/** Sessions that the account had no free place for at the service. */
const refusals = ({ log }: AvatarEmulator): unknown[] =>
  log.filter(({ event }) => event === 'upgradeRefused');

/** An emulator, a Redis and processes with sessions. They are stopped after the test. */
class Place {
  readonly emulator: AvatarEmulator;
  readonly server: RedisServer;
  readonly ending: (() => unknown)[];

  private constructor(emulator: AvatarEmulator, server: RedisServer) {
    this.emulator = emulator;
    this.server = server;
    this.ending = [() => emulator.stop(), () => server.stop()];
  }

  static async start({ onTestFinished }: TestContext, options: EmulatorOptions = {}): Promise<Place> {
    const place = new Place(await AvatarEmulator.start(options), await RedisServer.start());
    onTestFinished(async () => {
      for (const end of place.ending.reverse()) await end();
    });
    return place;
  }

  worker(fleet: Partial<RedisCoordinatorOptions>, more: Partial<Plan> = {}, clock?: string): Promise<Worker> {
    const { emulator, server } = this;
    const target = emulator.sessionOptions;
    const plan: Plan = { target, port: server.port, fleet, sessions: 1, begins: 'when told', ...more };
    const worker = new Worker(plan, clock);
    this.ending.push(() => worker.kill());
    return worker.joined();
  }

  /** Returns a function that reads the state of the only endpoint of the fleet. */
  async watched(): Promise<() => Promise<FleetEndpoint | undefined>> {
    const connection = await openRedis(`redis://127.0.0.1:${this.server.port}`);
    this.ending.push(() => connection.close());
    return async () => (await surveyFleet(connection, DEFAULT_PREFIX))[0];
  }
}

// These tests run at the same time, because they wait for delays and for leases to expire. Each has its own
// Redis.
describe.skipIf(REDIS_SERVER === undefined).concurrent('the sessions of several processes', () => {
  it.skipIf(FAKETIME === undefined)(
    'are never more than maxSessions if the clocks of their hosts differ by 30 s',
    { timeout: 90_000 },
    async (context) => {
      const place = await Place.start(context, { maxSessions: 5 });
      // A lease is valid for half of this difference.
      const fleet = { maxSessions: 5, ...PATIENT };
      const workers = await Promise.all(
        ['-30s', '+0s', '+30s'].map((clock) => place.worker(fleet, { sessions: 4, holdMs: 300 }, clock)),
      );
      for (const one of workers) one.begin();
      await until(() => workers.every((one) => one.count('open') >= 8));
      const aheadMs = workers.map(({ news }) => Math.round((news.at(-1)?.epochMs ?? 0) - Date.now()));
      for (const [at, aroundMs] of [-30_000, 0, 30_000].entries())
        expect(Math.abs((aheadMs[at] ?? 0) - aroundMs)).toBeLessThan(10_000);
      expect(refusals(place.emulator)).toEqual([]);
      expect(place.emulator.peakOpenSockets).toBeLessThanOrEqual(5);
      expect(place.emulator.peakOpenSockets).toBeGreaterThan(2);
      expect(workers.flatMap(({ news }) => news.filter(({ kind }) => kind === 'back'))).toEqual([]);
    },
  );

  it('are admitted in the order of their requests, in any process', { timeout: 90_000 }, async (context) => {
    const place = await Place.start(context);
    const fleet = { maxSessions: 1, ...PATIENT };
    const workers = await Promise.all([0, 1, 2, 3].map(() => place.worker(fleet)));
    for (const [at, one] of workers.entries()) {
      one.begin();
      await until(() => one.count(at === 0 ? 'open' : 'wait') === 1);
    }
    for (const [at, one] of workers.entries()) {
      await until(() => one.count('open') === 1);
      expect(workers.map((each) => each.count('open'))).toEqual(workers.map((_, nth) => (nth <= at ? 1 : 0)));
      one.close();
    }
    expect(place.emulator.peakOpenSockets).toBe(1);
  });

  it('get the places of a killed process after the TTL', { timeout: 90_000 }, async (context) => {
    // The service takes a second to detect that a process is dead, which is less than the TTL.
    const place = await Place.start(context, { maxSessions: 3, ghostMs: 1_000 });
    const fleet = { maxSessions: 3, leaseTtlMs: 2_000, ...PATIENT };
    const both = await Promise.all([0, 1].map(() => place.worker(fleet, { sessions: 3 })));
    const [killed, heir] = both as [Worker, Worker];
    killed.begin();
    await until(() => killed.count('open') === 3);
    heir.begin();
    await until(() => heir.count('wait') === 3);
    await killed.kill();
    const killedAtMs = performance.now();
    await until(() => heir.count('open') === 3);
    // The last renewal was at most a third of the TTL before. The last waiting session asks again within 1 s.
    expect(performance.now() - killedAtMs).toBeGreaterThan(1_000);
    expect(performance.now() - killedAtMs).toBeLessThan(8_000);
    expect(refusals(place.emulator)).toEqual([]);
    expect(place.emulator.peakOpenSockets).toBe(3);
  });

  it(
    'are not affected by a Redis that freezes, or that restarts without its data',
    { timeout: 90_000 },
    async (context) => {
      const place = await Place.start(context);
      const fleet = { maxSessions: 6, leaseTtlMs: 1_500 };
      const workers = await Promise.all([0, 1].map(() => place.worker(fleet, { sessions: 2, speaks: true })));
      for (const one of workers) one.begin();
      await until(() => workers.every((one) => one.count('open') === 2));
      /** Waits longer than the leases last, and until each process has spoken nine times. */
      const spokenOn = async (): Promise<void> => {
        const before = workers.map((one) => one.count('spoken'));
        const spoken = (): boolean => workers.every((one, at) => one.count('spoken') > (before[at] ?? 0) + 8);
        await Promise.all([sleep(2_000), until(spoken)]);
      };
      const survey = await place.watched();
      place.server.freeze();
      await spokenOn();
      place.server.thaw();
      await until(async () => (await survey())?.leases.length === 4);
      await place.server.kill();
      await spokenOn();
      await place.server.again();
      // All sessions have leases again.
      const surveyAgain = await place.watched();
      await until(async () => (await surveyAgain())?.leases.length === 4);
      const late = (await place.worker({ ...fleet, ...PATIENT, maxSessions: 4 })).begin();
      await until(() => late.count('wait') === 1);
      const disturbed = workers.map((one) => one.count('over') + one.count('back'));
      expect(disturbed).toEqual([0, 0]);
      expect(place.emulator.openSockets).toBe(4);
    },
  );

  it('obey a Retry-After that one of their processes got', { timeout: 90_000 }, async (context) => {
    const place = await Place.start(context);
    const headers = { 'Retry-After': '3' };
    place.emulator.inject({ kind: 'refuse', phase: 'upgrade', status: 503, headers });
    const [first, second] = await Promise.all([place.worker(PATIENT), place.worker(PATIENT)]);
    const survey = await place.watched();
    first.begin();
    await until(async () => ((await survey())?.waitMs ?? 0) > 0);
    second.begin();
    await until(() => second.count('wait') === 1);
    await until(() => first.count('open') === 1 && second.count('open') === 1);
    const [refused, ...later] = place.emulator.log.filter(({ event }) => event === 'upgradeRequested');
    expect(later).toHaveLength(2);
    for (const { atMs } of later) expect(atMs - (refused?.atMs ?? 0)).toBeGreaterThan(2_900);
  });

  it(
    'probe an endpoint that is down one at a time, in all processes together',
    { timeout: 90_000 },
    async (context) => {
      const place = await Place.start(context);
      const { emulator } = place;
      const front = new Front(new URL(emulator.ingressEndpointUrl), {
        ...STORM.service,
        handshakesPerSecond: 100,
      });
      place.ending.push(() => {
        front.stop();
      });
      const target = { ...emulator.sessionOptions, ingressEndpointUrl: await front.start() };
      const workers = await Promise.all([0, 1].map(() => place.worker(PATIENT, { target, sessions: 5 })));
      const survey = await place.watched();
      for (const one of workers) one.begin();
      await until(() => workers.every((one) => one.count('open') === 5));
      const leases = async (): Promise<string[]> =>
        ((await survey())?.leases ?? []).map(({ worker: process, sessionId }) => `${process} ${sessionId}`);
      const before = await leases();
      expect(before).toHaveLength(10);
      front.refusalMs = 150;
      front.leave('queues', 100);
      await until(async () => (await survey())?.down === true);
      // Dials that began before this moment may still arrive, so the test waits until a further dial was
      // refused.
      const begun = front.dials;
      await until(() => front.dials > begun && front.refusing === 0);
      const [dials, sinceMs] = [front.dials, performance.now()];
      front.peakRefusing = 0;
      await until(() => front.dials >= dials + 2);
      expect(front.peakRefusing).toBe(1);
      // The second gap is at least twice the first one.
      expect(performance.now() - sinceMs).toBeGreaterThan(3 * PROBE_GAP_MS.least);
      front.comeBack();
      await until(() => workers.every((one) => one.count('back') === 5));
      // Each session has the same place as before.
      expect((await leases()).sort()).toEqual(before.sort());
    },
  );
});

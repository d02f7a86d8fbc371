/**
 * The coordinator of a fleet on Redis or Valkey. The scripts decide; this class calls them with a limit of a quarter of a second, renews
 * the leases of this process, and decides by itself while Redis does not answer. All times in Redis are those of its server.
 */
import { DialLine, isSharedHint, queueWait, whyFleetWaits } from '../core/fleet/dial-line.js';
import type { LineAnswer, WaitCause } from '../core/fleet/dial-line.js';
import type { FleetMember, FleetNews, FleetRequest, FleetWait, Lease } from '../ports/fleet-coordinator.js';
import type { FleetEndpoint, FleetSnapshot } from '../ports/fleet-snapshot.js';
import { applyNews } from './fleet-limits.js';
import { HeldLeases } from './held-leases.js';
import type { LeaseGroup } from './held-leases.js';
import type { MemoryCoordinator } from './memory-coordinator.js';
import { listOf, RedisUnavailable } from './redis-client.js';
import { resolveRedisOptions } from './redis-options.js';
import type { RedisCoordinatorOptions, RedisParts } from './redis-options.js';
import { ACQUIRE, DIAL, INSPECT, PUBLISH, RELEASE } from './redis-scripts.js';

/** While Redis does not answer, a session that may not dial asks again after this time, milliseconds. */
const UNAVAILABLE_WAIT_MS = 1_000;

/** A coordinator whose state is on Redis. */
export interface RedisCoordinator extends MemoryCoordinator {
  /** Whether Redis answered the latest request without an error. */
  readonly available: boolean;
  /** The name of this process in the fleet. */
  readonly worker: string;
  /** Releases all leases of this process and stops renewing. The client stays open. */
  close(): Promise<void>;
}

/**
 * Coordinates the sessions of a fleet on Redis, tested with 7.0, or another server with the commands of Redis 6.2, Valkey for instance.
 *
 * @throws TypeError or RangeError for a wrong option
 *
 * @example
 * ```ts
 * import { createClient } from 'redis';
 *
 * const client = await createClient({ url: 'redis://localhost', disableOfflineQueue: true }).connect();
 * const coordinator = createRedisCoordinator({ client, maxSessions: 100, dialsPerSecond: 20 });
 * const session = newAvatarSession({ ...options, coordinator });
 * ```
 */
export function createRedisCoordinator(options: RedisCoordinatorOptions): RedisCoordinator {
  return new Coordinator(resolveRedisOptions(options));
}

class Coordinator implements RedisCoordinator {
  readonly #parts: RedisParts;
  readonly #held: HeldLeases;
  readonly #publishing = new Set<Promise<unknown>>();

  constructor(parts: RedisParts) {
    this.#parts = parts;
    this.#held = new HeldLeases({
      ...parts,
      register: (group, sessionId) => this.#register(group, sessionId, Infinity),
    });
  }

  get available(): boolean {
    return this.#parts.scripts.available;
  }

  get worker(): string {
    return this.#parts.worker;
  }

  async acquire({ signal, endpoint, account, sessionId }: FleetRequest): Promise<Lease | FleetWait> {
    signal.throwIfAborted();
    const group = this.#held.group(endpoint, account);
    const known = group.held.get(sessionId);
    if (known !== undefined) return known.lease;
    const { maxSessions } = this.#parts;
    try {
      const ahead = await this.#register(group, sessionId, maxSessions);
      if (signal.aborted && ahead === undefined) await this.#held.giveBack(group, sessionId);
      signal.throwIfAborted();
      if (ahead === undefined) return this.#held.add(group, sessionId, true);
      const { waitMs, spreadMs } = queueWait(ahead);
      return this.#wait(waitMs, spreadMs, whyFleetWaits('full', this.#parts));
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof RedisUnavailable)) throw error;
      if (!this.#parts.local) return this.#wait(UNAVAILABLE_WAIT_MS, 0, error.message);
      const share =
        maxSessions === Infinity ? Infinity : Math.max(1, Math.floor(maxSessions / group.workers));
      if (group.held.size < share) return this.#held.add(group, sessionId, false);
      return this.#wait(
        UNAVAILABLE_WAIT_MS,
        0,
        `${error.message}, and this process has its share of the sessions, ${share} of ${maxSessions}`,
      );
    }
  }

  async dial({ signal, endpoint, account, sessionId }: FleetRequest): Promise<FleetWait | undefined> {
    signal.throwIfAborted();
    const group = this.#held.group(endpoint, account);
    let answer: LineAnswer;
    try {
      answer = await this.#askLine(group, sessionId);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof RedisUnavailable)) throw error;
      if (!this.#parts.local) return this.#wait(UNAVAILABLE_WAIT_MS, 0, error.message);
      answer = this.#localLine(group).ask(
        this.#asker(sessionId),
        account,
        group.slots.get(sessionId),
        this.#nowMs,
      );
    }
    group.slots.delete(sessionId);
    signal.throwIfAborted();
    const { cause, waitMs, spreadMs, slotMs } = answer;
    if (cause === undefined) return undefined;
    if (slotMs !== undefined) group.slots.set(sessionId, slotMs);
    return this.#wait(waitMs, spreadMs, whyFleetWaits(cause, this.#parts));
  }

  publish({ endpoint, account, sessionId }: FleetMember, news: FleetNews): void {
    const group = this.#held.group(endpoint, account);
    group.slots.delete(sessionId);
    if (news.kind !== 'hint' && news.kind !== 'drain' && group.probing === sessionId)
      group.probing = undefined;
    if (news.kind === 'hint' && !isSharedHint(news.delayMs)) return;
    this.#learn(group, sessionId, news);
    if (news.kind === 'hint') this.#send(group, sessionId, `${news.scope}Hint`, news.delayMs);
    else this.#send(group, sessionId, news.kind, 0);
  }

  async free(sessionId: string): Promise<boolean> {
    let freed = false;
    for (const group of this.#held.groups()) {
      const { leases } = await this.#inspected(group);
      for (const { sessionId: id, worker } of leases) {
        if (id !== sessionId) continue;
        const { scripts } = this.#parts;
        freed = Number(await scripts.run(RELEASE, group.keys, [`${worker}|${id}`])) === 1 || freed;
      }
      freed = this.#held.lose(group, sessionId, 'the lease was freed') || freed;
    }
    return freed;
  }

  async inspect(): Promise<FleetSnapshot> {
    await Promise.all(this.#publishing);
    const endpoints = new Map<string, FleetEndpoint>();
    for (const group of this.#held.groups()) {
      const found = await this.#inspected(group).catch(() => undefined);
      if (found === undefined) continue;
      endpoints.set(group.endpoint, withLeasesOf(endpoints.get(group.endpoint), found));
    }
    return { available: this.available, endpoints: [...endpoints.values()] };
  }

  async close(): Promise<void> {
    await this.#held.close();
    this.#parts.scripts.close();
  }

  #send(group: LeaseGroup, sessionId: string, kind: string, value: number): void {
    const { scripts, ttlMs, worker } = this.#parts;
    const args = [this.#member(sessionId), worker, `${ttlMs}`, group.account, kind, `${value}`];
    const sent = scripts.run(PUBLISH, group.keys, args).catch(() => undefined);
    this.#publishing.add(sent);
    void sent.then(() => this.#publishing.delete(sent));
  }

  get #nowMs(): number {
    return this.#parts.clock.nowMs();
  }

  #member(sessionId: string): string {
    return `${this.#parts.worker}|${sessionId}`;
  }

  #asker(sessionId: string): { sessionId: string; worker: string; workers: number } {
    return { sessionId, worker: this.#parts.worker, workers: 1 };
  }

  /** Undefined if the session has its place, otherwise the number of sessions that wait before it. Rejects with RedisUnavailable. */
  async #register(group: LeaseGroup, sessionId: string, limit: number): Promise<number | undefined> {
    const { scripts, ttlMs, worker } = this.#parts;
    const args = [this.#member(sessionId), worker, `${ttlMs}`, `${limit === Infinity ? 0 : limit}`];
    const late = (answer: unknown): void => {
      if (!Array.isArray(answer) || Number(answer[0]) !== 1) return;
      const held = group.held.get(sessionId);
      if (held !== undefined) held.registered = true;
      // The answer came too late. A later request of the session would get the same place.
      else if (!group.asking.has(sessionId)) void this.#held.giveBack(group, sessionId);
    };
    group.asking.add(sessionId);
    try {
      const [granted, workers, ahead] = listOf(await scripts.run(ACQUIRE, group.keys, args, late));
      this.#held.seen(group, workers);
      return Number(granted) === 1 ? undefined : Number(ahead);
    } finally {
      group.asking.delete(sessionId);
    }
  }

  async #askLine(group: LeaseGroup, sessionId: string): Promise<LineAnswer> {
    const { scripts, ttlMs, worker, dialsPerSecond } = this.#parts;
    const slot = group.slots.get(sessionId);
    const interval = 1_000 / dialsPerSecond;
    const args = [this.#member(sessionId), worker, `${ttlMs}`, group.account, `${interval}`, `${slot ?? ''}`];
    const answer = await scripts.run(DIAL, group.keys, args, (came) => {
      // Otherwise the fleet would wait for a probe that is not made.
      if (Array.isArray(came) && String(came[0]) === 'probe') this.#send(group, sessionId, 'left', 0);
    });
    const [cause, waitMs, spreadMs, slotMs, workers] = listOf(answer).map(String);
    this.#held.seen(group, workers);
    group.localLine = undefined;
    if (cause === 'probe') group.probing = sessionId;
    if (cause === '' || cause === 'probe') return { waitMs: 0, spreadMs: 0 };
    const wait = { waitMs: Number(waitMs), spreadMs: Number(spreadMs), cause: cause as WaitCause };
    return slotMs === '' ? wait : { ...wait, slotMs: Number(slotMs) };
  }

  /** The line of this process with its share of the pace, while Redis does not answer. */
  #localLine(group: LeaseGroup): DialLine {
    if (group.localLine === undefined) {
      // Places in the line of the fleet are times of the server, and are not valid here.
      group.slots.clear();
      group.localLine = new DialLine({
        intervalMs: (1_000 * group.workers) / this.#parts.dialsPerSecond,
        claimMs: Infinity,
      });
    }
    return group.localLine;
  }

  #learn({ localLine, account, held }: LeaseGroup, sessionId: string, news: FleetNews): void {
    if (localLine === undefined) return;
    applyNews(localLine, { asker: this.#asker(sessionId), account, sessions: held.size }, news, this.#nowMs);
  }

  async #inspected(group: LeaseGroup): Promise<FleetEndpoint> {
    const { scripts } = this.#parts;
    return readInspection(group.endpoint, group.account, await scripts.run(INSPECT, group.keys, []));
  }

  #wait(leastMs: number, spreadMs: number, reason: string): FleetWait {
    return { waitMs: leastMs + spreadMs * this.#parts.random.next(), reason };
  }
}

/** Reads the answer of the script INSPECT. */
export function readInspection(endpoint: string, account: string, answer: unknown): FleetEndpoint {
  const [listed, seen, ...rest] = listOf(answer);
  const [down, waitMs, claimed = '', waiting] = rest.map(String);
  const pairs = listOf(listed).map(String);
  const leases = pairs.flatMap((member, at) => {
    if (at % 2 === 1) return [];
    const [worker, sessionId] = split(member);
    return [{ account, sessionId, worker, expiresInMs: Number(pairs[at + 1]) }];
  });
  const probedBy = claimed === '' ? undefined : split(claimed)[1];
  return {
    endpoint,
    down: down === '1',
    waitMs: Number(waitMs),
    probedBy,
    workers: Number(seen),
    waiting: Number(waiting),
    leases,
  };
}

/** Adds the leases of another account to the same endpoint. */
export function withLeasesOf(before: FleetEndpoint | undefined, found: FleetEndpoint): FleetEndpoint {
  if (before === undefined) return found;
  return {
    ...found,
    waiting: before.waiting + found.waiting,
    leases: [...before.leases, ...found.leases],
  };
}

function split(member: string): [string, string] {
  const at = member.indexOf('|');
  return [member.slice(0, at), member.slice(at + 1)];
}

/**
 * The leases of this process in a fleet. They are renewed together, a third of their lifetime after the last renewal, with one command
 * for each endpoint and account, however many they are. Without leases there is no timer. A lease that the store does not have is lost,
 * and a renewal never writes it again; a lease that was granted while the store did not answer is registered when it answers again.
 */
import type { DialLine } from '../core/fleet/dial-line.js';
import type { Clock, Timer } from '../ports/clock.js';
import type { Lease } from '../ports/fleet-coordinator.js';
import { listOf } from './redis-client.js';
import type { TimedScripts } from './redis-client.js';
import { RELEASE, RENEW } from './redis-scripts.js';

export interface HeldLease {
  readonly lease: Lease;
  readonly lose: (why: string) => void;
  /** Whether the store has the lease. */
  registered: boolean;
}

/** The sessions of one account at one endpoint, and the state of this process for them. */
export interface LeaseGroup {
  readonly endpoint: string;
  readonly account: string;
  /** The keys of the scripts. */
  readonly keys: readonly string[];
  readonly held: Map<string, HeldLease>;
  /** Sessions whose request for a place is running. */
  readonly asking: Set<string>;
  /** Places in the line of dials, by session. */
  readonly slots: Map<string, number>;
  /** The latest number of processes, this one included. */
  workers: number;
  /** The session of this process whose dial is the probe of the fleet; undefined if there is none. */
  probing: string | undefined;
  /** Present while the store does not answer. */
  localLine: DialLine | undefined;
}

export interface HeldLeasesParts {
  readonly clock: Clock;
  readonly scripts: TimedScripts;
  readonly prefix: string;
  readonly ttlMs: number;
  readonly worker: string;
  /** Writes a lease that was granted while the store did not answer, even beyond the limit. Rejects if the store does not answer. */
  register(group: LeaseGroup, sessionId: string): Promise<unknown>;
}

/** The most members of one command, because a script must not take long. */
const MOST_MEMBERS = 1_000;

export class HeldLeases {
  readonly #parts: HeldLeasesParts;
  readonly #groups = new Map<string, LeaseGroup>();
  readonly #unlisten: () => void;
  #timer: Timer | undefined;
  #renewing: Promise<void> | undefined;
  #closed = false;

  constructor(parts: HeldLeasesParts) {
    this.#parts = parts;
    // After a restart without its data, the store must not count too few sessions for long.
    this.#unlisten = parts.scripts.onReady(() => void this.#renew());
  }

  group(endpoint: string, account: string): LeaseGroup {
    const name = JSON.stringify([endpoint, account]);
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const made: LeaseGroup = {
      endpoint,
      account,
      keys: keysOf(this.#parts.prefix, endpoint, account),
      held: new Map(),
      asking: new Set(),
      slots: new Map(),
      workers: this.groups().reduce(
        (most, of) => (of.endpoint === endpoint ? Math.max(most, of.workers) : most),
        1,
      ),
      probing: undefined,
      localLine: undefined,
    };
    this.#groups.set(name, made);
    return made;
  }

  /** The number of processes, according to the store. */
  seen(group: LeaseGroup, workers: unknown): void {
    group.workers = Math.max(Number(workers) || 1, 1);
  }

  groups(): readonly LeaseGroup[] {
    return [...this.#groups.values()];
  }

  add(group: LeaseGroup, sessionId: string, registered: boolean): Lease {
    const known = group.held.get(sessionId);
    if (known !== undefined) {
      known.registered ||= registered;
      return known.lease;
    }
    const lost = new AbortController();
    const lease: Lease = {
      lost: lost.signal,
      release: async () => {
        const held = group.held.get(sessionId);
        if (held?.lease !== lease) return;
        this.#remove(group, sessionId);
        await this.giveBack(group, sessionId);
      },
    };
    group.held.set(sessionId, { lease, registered, lose: (why) => lost.abort(new Error(why)) });
    this.#schedule();
    return lease;
  }

  /** Removes an entry of the store whose session has ended. Never rejects. */
  async giveBack(group: LeaseGroup, sessionId: string): Promise<void> {
    const { scripts, worker } = this.#parts;
    await scripts.run(RELEASE, group.keys, [`${worker}|${sessionId}`]).catch(() => undefined);
  }

  /** Returns false if this process has no such lease. */
  lose(group: LeaseGroup, sessionId: string, why: string): boolean {
    const held = group.held.get(sessionId);
    if (held === undefined) return false;
    this.#remove(group, sessionId);
    held.lose(why);
    return true;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    this.#unlisten();
    const held = this.groups().flatMap((group) => [...group.held.values()]);
    await Promise.all(held.map(async ({ lease }) => lease.release()));
  }

  #remove(group: LeaseGroup, sessionId: string): void {
    group.held.delete(sessionId);
    group.slots.delete(sessionId);
    if (this.groups().some(({ held }) => held.size > 0)) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #schedule(): void {
    if (this.#closed || this.#timer !== undefined) return;
    this.#timer = this.#parts.clock.schedule(this.#parts.ttlMs / 3, () => {
      this.#timer = undefined;
      void this.#renew().then(() => {
        if (this.groups().some(({ held }) => held.size > 0)) this.#schedule();
      });
    });
  }

  /** One renewal at a time, so that a slow store gets no second request. */
  #renew(): Promise<void> {
    this.#renewing ??= this.#renewAll().finally(() => (this.#renewing = undefined));
    return this.#renewing;
  }

  async #renewAll(): Promise<void> {
    for (const group of this.groups()) {
      // After an error the next renewal tries again.
      await this.#renewGroup(group).catch(() => undefined);
    }
  }

  async #renewGroup(group: LeaseGroup): Promise<void> {
    const { scripts, worker, ttlMs } = this.#parts;
    const prober = group.probing === undefined ? '' : `${worker}|${group.probing}`;
    const registered = [...group.held].filter(([, held]) => held.registered);
    for (let from = 0; from < registered.length || (from === 0 && prober !== ''); from += MOST_MEMBERS) {
      const part = registered.slice(from, from + MOST_MEMBERS);
      const members = part.map(([sessionId]) => `${worker}|${sessionId}`);
      const args = [worker, `${ttlMs}`, prober, ...members];
      const [workers, ...gone] = listOf(await scripts.runAnyway(RENEW, group.keys, args));
      this.seen(group, workers);
      const missing = new Set(gone.map(String));
      for (const [sessionId, held] of part) {
        const isHeld = group.held.get(sessionId) === held;
        if (isHeld && missing.has(`${worker}|${sessionId}`))
          this.lose(group, sessionId, 'the lease was lost');
      }
    }
    for (const [sessionId, held] of group.held) {
      if (held.registered) continue;
      await this.#parts.register(group, sessionId);
      held.registered = true;
      // The session ended meanwhile.
      if (group.held.get(sessionId) !== held) await this.giveBack(group, sessionId);
    }
  }
}

/** The keys of an endpoint have it as their hash tag. */
export function keysOf(prefix: string, endpoint: string, account: string): readonly string[] {
  const tag = `${prefix}:{${withoutBraces(endpoint)}}`;
  const kinds = [`leases:${account}`, 'workers', 'line', `queue:${account}`, `asked:${account}`];
  return kinds.map((kind) => `${tag}:${kind}`);
}

function withoutBraces(endpoint: string): string {
  return endpoint.replaceAll('{', '%7B').replaceAll('}', '%7D');
}

/** The options of `createRedisCoordinator`, checked, and what follows from them. */
import { hostname } from 'node:os';
import { createSystemRandom } from '../adapters/node/runtime-sources.js';
import { createSystemClock } from '../adapters/node/system-clock.js';
import { requireNumber, requireOneOf, requireOptions, requireString } from '../core/option/option-check.js';
import type { Clock } from '../ports/clock.js';
import type { Random } from '../ports/random.js';
import { checkLimits } from './fleet-limits.js';
import type { FleetLimits } from './fleet-limits.js';
import { TimedScripts } from './redis-client.js';
import type { RedisClientLike } from './redis-client.js';

/** Options of `createRedisCoordinator`. */
export interface RedisCoordinatorOptions extends FleetLimits {
  /**
   * A client of `redis` (node-redis) or `ioredis`, from version 5 on; also one of a cluster. It is neither connected nor closed here. Where
   * it has only begun to connect, its first connection is waited for, 2 s at most.
   */
  readonly client: RedisClientLike;
  /**
   * What all keys begin with, without braces. Fleets with different prefixes are independent of each other.
   *
   * @default 'avatarkit'
   */
  readonly prefix?: string | undefined;
  /**
   * A lease that is not renewed ends after this time, milliseconds, at least 300: at least what the service needs to notice that a process is
   * dead. Leases are renewed three times as often.
   *
   * @default 15_000
   */
  readonly leaseTtlMs?: number | undefined;
  /**
   * While Redis does not answer: `local` gives this process its share of the limits (`maxSessions` divided by the processes that were seen
   * last, at least 1), `wait` lets no session dial.
   *
   * @default 'local'
   */
  readonly onUnavailable?: 'local' | 'wait' | undefined;
  /**
   * How long an answer of Redis may take, milliseconds, at least 10.
   *
   * @default 250
   */
  readonly timeoutMs?: number | undefined;
  /**
   * The name of this process, unique in the fleet, for `inspect()` and the command `fleet`.
   *
   * @default host name, process id and a random number
   */
  readonly worker?: string | undefined;
  /**
   * The source of time for waits and time-outs. No time of it is sent to Redis.
   *
   * @default the clock of the system
   */
  readonly clock?: Clock | undefined;
  /**
   * The source of chance, which spreads waits.
   *
   * @default the source of the system
   */
  readonly random?: Random | undefined;
}

/** What a coordinator is made of. */
export interface RedisParts {
  readonly maxSessions: number;
  readonly dialsPerSecond: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly scripts: TimedScripts;
  readonly prefix: string;
  readonly ttlMs: number;
  /** Whether this process gives its share while Redis does not answer. */
  readonly local: boolean;
  readonly worker: string;
}

const NAMES = [
  'client',
  'prefix',
  'maxSessions',
  'dialsPerSecond',
  'leaseTtlMs',
  'onUnavailable',
  'timeoutMs',
  'worker',
  'clock',
  'random',
] as const;
export const DEFAULT_PREFIX = 'avatarkit';

/** @throws TypeError or RangeError naming the option */
export function resolveRedisOptions(options: RedisCoordinatorOptions): RedisParts {
  const given = requireOptions('', options, NAMES) as Partial<RedisCoordinatorOptions>;
  const { clock = createSystemClock(), random = createSystemRandom(), onUnavailable = 'local' } = given;
  const timeoutMs = requireNumber('timeoutMs', given.timeoutMs ?? 250, { min: 10, max: 60_000 });
  return {
    ...checkLimits(given),
    clock,
    random,
    scripts: new TimedScripts(given.client, clock, timeoutMs),
    prefix: requirePrefix(given.prefix ?? DEFAULT_PREFIX),
    ttlMs: requireNumber('leaseTtlMs', given.leaseTtlMs ?? 15_000, { min: 300, max: 86_400_000 }),
    local: requireOneOf('onUnavailable', onUnavailable, ['local', 'wait']) === 'local',
    worker: plain(given.worker === undefined ? workerName(random) : requireString('worker', given.worker)),
  };
}

export function requirePrefix(prefix: string): string {
  requireString('prefix', prefix);
  if (/[{}]/.test(prefix)) throw new RangeError(`prefix must have no braces, got ${JSON.stringify(prefix)}`);
  return prefix;
}

/** A name that can stand in a member and in a line of the command. */
function plain(worker: string): string {
  return worker.replace(/[^\w.:@-]/g, '_').slice(0, 200);
}

function workerName(random: Random): string {
  return `${hostname()}:${process.pid}:${Math.floor(random.next() * 0x1_0000_0000).toString(36)}`;
}

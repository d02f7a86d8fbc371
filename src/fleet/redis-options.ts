/** The options of `createRedisCoordinator`, checked, and the values that are derived from them. */
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
   * A client of `redis` (node-redis) or `ioredis`, from version 5 on; also one of a cluster. It is neither connected nor closed here. If
   * it is still connecting, the coordinator waits for its first connection, 2 s at most.
   */
  readonly client: RedisClientLike;
  /**
   * The prefix of all keys, without braces. Fleets with different prefixes are independent of each other.
   *
   * @default 'avatarkit'
   */
  readonly prefix?: string | undefined;
  /**
   * A lease that is not renewed ends after this time, milliseconds, at least 300. It should be at least the time in which the service
   * notices that a process is dead. Leases are renewed three times as often.
   *
   * @default 15_000
   */
  readonly leaseTtlMs?: number | undefined;
  /**
   * While Redis does not answer: with `local` this process uses its share of the limits (`maxSessions` divided by the latest number of
   * processes, at least 1), with `wait` no session dials.
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
   * The clock for waits and time-outs. Its times are not sent to Redis.
   *
   * @default the clock of the system
   */
  readonly clock?: Clock | undefined;
  /**
   * The random source that spreads waits.
   *
   * @default the source of the system
   */
  readonly random?: Random | undefined;
}

/** The checked parts of a coordinator. */
export interface RedisParts {
  readonly maxSessions: number;
  readonly dialsPerSecond: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly scripts: TimedScripts;
  readonly prefix: string;
  readonly ttlMs: number;
  /** Whether this process uses its share of the limits while Redis does not answer. */
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

/** A name that can be part of a member and of a line of the command. */
function plain(worker: string): string {
  return worker.replace(/[^\w.:@-]/g, '_').slice(0, 200);
}

function workerName(random: Random): string {
  return `${hostname()}:${process.pid}:${Math.floor(random.next() * 0x1_0000_0000).toString(36)}`;
}

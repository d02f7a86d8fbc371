/** Checks the options of a pool of sessions, by name, kind and bound. */
import { SESSION_FIELDS } from '../client/options/session-fields.js';
import type { AvatarSessionOptions } from '../client/options/session-options.js';
import { createSystemRandom } from '../adapters/node/runtime-sources.js';
import { createSystemClock } from '../adapters/node/system-clock.js';
import {
  MAX_TIMER_MS,
  refuseUnknownNames,
  requireFunction,
  requireNumber,
  requireOptions,
} from '../core/option/option-check.js';
import type { Clock } from '../ports/clock.js';
import type { FleetCoordinator } from '../ports/fleet-coordinator.js';
import type { Random } from '../ports/random.js';

/** Options of `createSessionPool`. */
export interface SessionPoolOptions {
  /**
   * How many sessions may be open at the same time, including those that are connecting: the limit of your plan. A whole number from 1 to
   * 100_000.
   */
  readonly size: number;
  /**
   * Returns the options of the next session, or a promise of them; called once for each session that is made. Its errors and rejections
   * are passed to the caller of `acquire`.
   */
  readonly session: () => AvatarSessionOptions | Promise<AvatarSessionOptions>;
  /**
   * How many started sessions are kept free, so that `acquire` need not wait for a connection; within `size`. The service may bill them.
   *
   * @default 0
   */
  readonly warm?: number | undefined;
  /**
   * How long a free session beyond `warm` is kept open, milliseconds, 0 to 2³¹−1, or Infinity.
   *
   * @default 30_000
   */
  readonly maxIdleMs?: number | undefined;
  /**
   * Shares the limit of a plan with other processes. Sessions whose own options have a `coordinator` keep that.
   *
   * @default none
   */
  readonly coordinator?: FleetCoordinator | undefined;
  /**
   * Called with the error if a warm session could not be started and no caller of `acquire` waits for it. The start is repeated after 0.5
   * s to 60.5 s; after a failure that a retry can't remedy (`error.reason` is `'rule'`), once a session has been started for a caller.
   *
   * @default a process warning (`AvatarKitPoolWarning`) at the first such failure in a row
   */
  readonly onError?: ((error: Error) => unknown) | undefined;
  /**
   * The clock of the pool; its sessions have their own.
   *
   * @default the clock of the system
   */
  readonly clock?: Clock | undefined;
  /**
   * The random source for the waits between starts of warm sessions.
   *
   * @default the random source of the system
   */
  readonly random?: Random | undefined;
}

/** Options of `pool.acquire`. */
export interface AcquireOptions {
  /**
   * Aborting it ends the wait; `acquire` rejects with its reason. It has no effect once the session has been lent.
   *
   * @default none: waits without limit
   */
  readonly signal?: AbortSignal | undefined;
}

/** The numbers of sessions and waiting callers of a pool. */
export interface PoolCounts {
  /** Sessions that are open, opening or closing; never more than `size`. */
  readonly open: number;
  /** Open sessions that are connecting. */
  readonly starting: number;
  /** Open sessions that are not lent. */
  readonly free: number;
  /** Open sessions that callers have. */
  readonly lent: number;
  /** Waiting callers of `acquire`. */
  readonly waiting: number;
}

type OptionalNames = 'coordinator' | 'onError';
export type CheckedPoolOptions = Pick<SessionPoolOptions, OptionalNames> & {
  readonly [Name in Exclude<keyof SessionPoolOptions, OptionalNames>]-?: Exclude<
    SessionPoolOptions[Name],
    undefined
  >;
};

const NAMES = [
  'size',
  'session',
  'warm',
  'maxIdleMs',
  'coordinator',
  'onError',
  'clock',
  'random',
] as const satisfies readonly (keyof SessionPoolOptions)[];
const MAX_SIZE = 100_000;
const DEFAULT_MAX_IDLE_MS = 30_000;

/** @throws TypeError or RangeError naming the option, the bound and the value */
export function checkPoolOptions(options: SessionPoolOptions): CheckedPoolOptions {
  const given = requireOptions('', options);
  refuseSessionNames(given);
  refuseUnknownNames('', given, NAMES);
  const size = requireNumber('size', given['size'], { min: 1, max: MAX_SIZE, integer: true });
  const { warm = 0, maxIdleMs = DEFAULT_MAX_IDLE_MS, coordinator, onError, clock, random } = given;
  return {
    size,
    session: requireFunction('session', given['session']) as CheckedPoolOptions['session'],
    warm: requireNumber('warm', warm, { min: 0, max: size, integer: true }),
    maxIdleMs: requireNumber('maxIdleMs', maxIdleMs, { min: 0, max: MAX_TIMER_MS, infinite: true }),
    clock: (clock as Clock | undefined) ?? createSystemClock(),
    random: (random as Random | undefined) ?? createSystemRandom(),
    // Its methods are checked with the options of the session that uses it.
    coordinator: coordinator as FleetCoordinator | undefined,
    onError:
      onError === undefined
        ? undefined
        : (requireFunction('onError', onError) as NonNullable<SessionPoolOptions['onError']>),
  };
}

/** Refuses options of a session next to `size`, which callers write if they expect one object for both. */
function refuseSessionNames(given: Readonly<Record<string, unknown>>): void {
  const known: readonly string[] = NAMES;
  const name = Object.keys(given).find(
    (name) => !known.includes(name) && Object.hasOwn(SESSION_FIELDS, name),
  );
  if (name === undefined) return;
  throw new TypeError(`${name} is an option of a session: give it by session: () => ({ ${name}, … })`);
}

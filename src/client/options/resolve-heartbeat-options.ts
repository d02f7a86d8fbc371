/** From what an application wrote under `heartbeat` to options with every default filled in, checked. */
import { shareLatest } from '../../core/memory/share-latest.js';
import { MAX_TIMER_MS, requireNumber, requireOptions } from '../../core/option/option-check.js';
import type { HeartbeatOptions } from '../connection/heartbeat.js';

const DEFAULT_HEARTBEAT: HeartbeatOptions = Object.freeze({ intervalMs: 5_000, timeoutMs: 5_000 });
/** Shorter beats would only load the service; tests of an application may want quick ones. */
const MIN_HEARTBEAT_MS = 20;

const share = shareLatest<HeartbeatOptions>();

/** Undefined where there is to be none. Throws TypeError or RangeError naming the option, the bound and the value. */
export function resolveHeartbeatOptions(value: unknown): HeartbeatOptions | undefined {
  if (value === false) return undefined;
  if (value === undefined) return DEFAULT_HEARTBEAT;
  const names = Object.keys(DEFAULT_HEARTBEAT);
  const given = requireOptions('heartbeat', value, names, 'an object or false');
  const timeMs = (name: keyof HeartbeatOptions): number =>
    given[name] === undefined
      ? DEFAULT_HEARTBEAT[name]
      : requireNumber(`heartbeat.${name}`, given[name], { min: MIN_HEARTBEAT_MS, max: MAX_TIMER_MS });
  return share({ intervalMs: timeMs('intervalMs'), timeoutMs: timeMs('timeoutMs') });
}

/** The option `closeOnExit`: what becomes of a session when the process ends. */
import { shareLatest } from '../../core/memory/share-latest.js';
import {
  MAX_TIMER_MS,
  requireBoolean,
  requireNumber,
  requireOptions,
} from '../../core/option/option-check.js';

export interface CloseOnExitOptions {
  /** Finish what is being said first. Default false. */
  readonly drain?: boolean | undefined;
  /**
   * How long the end of the process may wait for the session in all, milliseconds. A drain ends a tenth of that earlier, at most half
   * a second, so that the connection can be closed. Default 10 000.
   */
  readonly timeoutMs?: number | undefined;
}

export interface CloseOnExit {
  readonly drain: boolean;
  readonly timeoutMs: number;
}

export const DEFAULT_CLOSE_ON_EXIT: CloseOnExit = Object.freeze({ drain: false, timeoutMs: 10_000 });
const share = shareLatest<CloseOnExit>();

/** Undefined where the session is not closed. Throws TypeError or RangeError naming the option, the bound and the value. */
export function resolveCloseOnExit(value: unknown): CloseOnExit | undefined {
  if (value === undefined || value === false) return undefined;
  if (value === true) return DEFAULT_CLOSE_ON_EXIT;
  const names = Object.keys(DEFAULT_CLOSE_ON_EXIT);
  const { drain, timeoutMs } = requireOptions('closeOnExit', value, names, 'true, false or an object');
  return share({
    drain: drain === undefined ? DEFAULT_CLOSE_ON_EXIT.drain : requireBoolean('closeOnExit.drain', drain),
    timeoutMs:
      timeoutMs === undefined
        ? DEFAULT_CLOSE_ON_EXIT.timeoutMs
        : requireNumber('closeOnExit.timeoutMs', timeoutMs, { min: 0, max: MAX_TIMER_MS }),
  });
}

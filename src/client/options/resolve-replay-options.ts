/** From what an application wrote under `replay` to the four values, checked by name, bound and value. */
import { shareLatest } from '../../core/memory/share-latest.js';
import { MAX_TIMER_MS, requireNumber, requireOneOf, requireOptions } from '../../core/option/option-check.js';
import { LIMIT_CHOICES } from '../speech/replay-budget.js';
import type { ReplayOptions } from '../speech/replay-budget.js';

const DEFAULT_REPLAY: ReplayOptions = Object.freeze({
  maxBytes: 16 * 1024 * 1024,
  maxProcessBytes: 256 * 1024 * 1024,
  ttlMs: 120_000,
  onLimit: 'wait',
});

const share = shareLatest<ReplayOptions>();

/** Throws TypeError or RangeError; zero is a value. */
export function resolveReplayOptions(value: unknown): ReplayOptions {
  if (value === undefined) return DEFAULT_REPLAY;
  const given = requireOptions('replay', value, Object.keys(DEFAULT_REPLAY));
  const { maxBytes, maxProcessBytes, ttlMs, onLimit } = given;
  const bytes = { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true };
  return share({
    maxBytes:
      maxBytes === undefined ? DEFAULT_REPLAY.maxBytes : requireNumber('replay.maxBytes', maxBytes, bytes),
    maxProcessBytes:
      maxProcessBytes === undefined
        ? DEFAULT_REPLAY.maxProcessBytes
        : requireNumber('replay.maxProcessBytes', maxProcessBytes, bytes),
    ttlMs:
      ttlMs === undefined
        ? DEFAULT_REPLAY.ttlMs
        : requireNumber('replay.ttlMs', ttlMs, { min: 0, max: MAX_TIMER_MS, infinite: true }),
    onLimit:
      onLimit === undefined ? DEFAULT_REPLAY.onLimit : requireOneOf('replay.onLimit', onLimit, LIMIT_CHOICES),
  });
}

/** A profile sets a group of options; an explicit option has precedence. */
import { describe, expect, it } from 'vitest';
import { PROFILE_NAMES, PROFILES } from '../../../src/client/options/profiles.js';
import { resolveSessionOptions } from '../../../src/client/options/resolve-session-options.js';
import type { ResolvedSessionOptions } from '../../../src/client/options/resolve-session-options.js';
import { RETRY_PRESETS } from '../../../src/index.js';
import type { AvatarSessionBaseOptions } from '../../../src/index.js';

const resolve = (options: Partial<AvatarSessionBaseOptions>): ResolvedSessionOptions =>
  resolveSessionOptions({ apiKey: 'key', appId: 'app', avatarId: 'avatar', ...options });

const setBy = ({ retry, heartbeat, replay, ...options }: ResolvedSessionOptions): unknown => ({
  policy: retry.policy,
  heartbeat,
  ttlMs: replay.ttlMs,
  timeoutMs: options.timeoutMs,
  silenceTimeoutMs: options.silenceTimeoutMs,
  sourceTimeoutMs: options.sourceTimeoutMs,
  readerTimeoutMs: options.readerTimeoutMs,
});

describe('a profile', () => {
  it.each(PROFILE_NAMES)('%s sets all values of its table', (name) => {
    const { retry, heartbeat, times, replay } = PROFILES[name];
    expect(setBy(resolve({ profile: name }))).toEqual({
      policy: RETRY_PRESETS[retry],
      heartbeat,
      ...times,
      ...replay,
    });
  });

  it('is the default one if none is given', () => {
    expect(setBy(resolve({}))).toEqual(setBy(resolve({ profile: 'default' })));
  });

  it('detects a silent connection within 2 s during speech with the profile interactive', () => {
    const { intervalMs, timeoutMs } = PROFILES.interactive.heartbeat.speaking;
    expect(intervalMs + timeoutMs).toBeLessThanOrEqual(2_000);
    expect(PROFILES.interactive.times.timeoutMs * 2).toBeLessThanOrEqual(
      RETRY_PRESETS.interactive.maxElapsedMs,
    );
  });

  it('is overridden by an explicit option, and sets the rest', () => {
    const resolved = resolve({
      profile: 'interactive',
      timeoutMs: 7_000,
      retry: { maxAttempts: 3 },
      heartbeat: { timeoutMs: 1_000 },
      replay: { maxBytes: 1_000_000 },
    });
    expect(resolved.timeoutMs).toBe(7_000);
    expect(resolved.retry.policy).toEqual({ ...RETRY_PRESETS.interactive, maxAttempts: 3 });
    expect(resolved.heartbeat).toEqual({
      intervalMs: 2_000,
      timeoutMs: 1_000,
      speaking: { intervalMs: 750, timeoutMs: 1_000 },
    });
    expect(resolved.replay).toMatchObject({ ttlMs: 10_000, maxBytes: 1_000_000 });
    expect(resolved.silenceTimeoutMs).toBe(10_000);
  });

  it('does not change an explicit preset or the option false', () => {
    const named = resolve({ profile: 'interactive', retry: { preset: 'default', maxAttempts: 3 } });
    expect(named.retry.policy).toEqual({ ...RETRY_PRESETS.default, maxAttempts: 3 });
    const off = resolve({ profile: 'patient', retry: false, heartbeat: false });
    expect([off.retry.policy, off.heartbeat]).toEqual([RETRY_PRESETS.never, undefined]);
  });

  it('does not use its shorter times when the application sets a heartbeat interval', () => {
    const resolved = resolve({ profile: 'interactive', heartbeat: { intervalMs: 20_000 } });
    expect(resolved.heartbeat).toEqual({ intervalMs: 20_000, timeoutMs: 2_000, speaking: undefined });
  });

  it('with another name is refused', () => {
    expect(() => resolve({ profile: 'fast' as 'default' })).toThrow(
      /^profile .*interactive.*default.*patient/,
    );
  });
});

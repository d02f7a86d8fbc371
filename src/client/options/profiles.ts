/**
 * The profiles: groups of options that `profile` sets together, because a policy alone is not enough. A session with a waiting user must
 * also notice a dead line within seconds, and must not speak outdated audio. Deeply frozen; the table in the documents is made from it. A
 * given option has priority over its profile.
 */
import { deepFreeze } from '../../core/option/plain-object.js';
import { requireOptions } from '../../core/option/option-check.js';
import { kindOf } from '../../core/option/shown-value.js';
import type { RetryPresetName } from '../../core/policy/rule.js';
import type { SpeakingHeartbeatOptions } from '../connection/heartbeat.js';

/**
 * - `interactive`: a person talks with the avatar: losses are noticed within seconds, retries end within seconds, and outdated speech is
 *   not sent again
 * - `default`: for most sessions
 * - `patient`: a job without listeners: it waits through a long incident, and sends speech again however old it is
 */
export type ProfileName = 'interactive' | 'default' | 'patient';
export const PROFILE_NAMES = ['interactive', 'default', 'patient'] as const satisfies readonly ProfileName[];

/** What a profile sets. Times are milliseconds. */
export interface Profile {
  readonly retry: RetryPresetName;
  readonly heartbeat: {
    readonly intervalMs: number;
    readonly timeoutMs: number;
    readonly speaking: SpeakingHeartbeatOptions;
  };
  readonly times: {
    readonly timeoutMs: number;
    readonly silenceTimeoutMs: number;
    readonly sourceTimeoutMs: number;
    readonly readerTimeoutMs: number;
  };
  readonly replay: { readonly ttlMs: number };
}

export const PROFILES: Readonly<Record<ProfileName, Profile>> = deepFreeze({
  interactive: {
    retry: 'interactive',
    // A dead line is noticed within 4 s, and within 2 s while the avatar speaks: listeners take such a pause for thinking.
    heartbeat: {
      intervalMs: 2_000,
      timeoutMs: 2_000,
      speaking: { intervalMs: 750, timeoutMs: 1_250 },
    },
    times: {
      // Two time-outs fit into the ten seconds of the policy.
      timeoutMs: 4_000,
      silenceTimeoutMs: 10_000,
      // A language model that calls a tool gives no audio for longer than the service may be silent.
      sourceTimeoutMs: 30_000,
      readerTimeoutMs: 10_000,
    },
    // As long as the policy waits for a connection. Older speech would answer an earlier question.
    replay: { ttlMs: 10_000 },
  },
  default: {
    retry: 'default',
    heartbeat: {
      intervalMs: 5_000,
      timeoutMs: 5_000,
      speaking: { intervalMs: 1_000, timeoutMs: 2_000 },
    },
    times: {
      timeoutMs: 10_000,
      silenceTimeoutMs: 30_000,
      sourceTimeoutMs: 30_000,
      readerTimeoutMs: 30_000,
    },
    replay: { ttlMs: 300_000 },
  },
  patient: {
    retry: 'patient',
    // Without listeners a slow line is better than a lost one.
    heartbeat: {
      intervalMs: 15_000,
      timeoutMs: 15_000,
      speaking: { intervalMs: 5_000, timeoutMs: 10_000 },
    },
    times: {
      timeoutMs: 30_000,
      silenceTimeoutMs: 120_000,
      sourceTimeoutMs: 120_000,
      readerTimeoutMs: 120_000,
    },
    replay: { ttlMs: Infinity },
  },
});

/** Undefined for the default one, and for an unknown name, which the check of its row refuses. */
export function profileOf(given: Readonly<Record<string, unknown>>): Profile | undefined {
  const { profile } = given;
  return profile === 'interactive' || profile === 'patient' ? PROFILES[profile] : undefined;
}

/** The option `retry` as its row takes it: an object without a preset changes the preset of the profile. */
export function retryIn(profile: Profile, retry: unknown): unknown {
  if (retry === undefined) return profile.retry;
  if (kindOf(retry) !== 'object') return retry;
  const own = requireOptions('retry', retry);
  return own['preset'] === undefined ? { ...own, preset: profile.retry } : own;
}

/**
 * The profiles: what `profile` sets together, because a policy alone is half of the answer. A session that a person waits for needs to
 * notice a dead line in seconds, too, and must not say in the next minute what was meant for this one. Deeply frozen; the table in the
 * documents is made from it. An option that is given wins over its profile.
 */
import { deepFreeze } from '../../core/option/plain-object.js';
import { requireOptions } from '../../core/option/option-check.js';
import { kindOf } from '../../core/option/shown-value.js';
import type { RetryPresetName } from '../../core/policy/rule.js';
import type { SpeakingHeartbeatOptions } from '../connection/heartbeat.js';

/**
 * - `interactive`: a person talks with the avatar: losses are noticed and given up within seconds, and old speech is not said later
 * - `default`: for most sessions
 * - `patient`: a job without an audience: it waits through a long incident, and sends speech again however old it is
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
    // A dead line is noticed within 4 s, and within 2 s while the avatar speaks: a pause that a listener takes for thought.
    heartbeat: {
      intervalMs: 2_000,
      timeoutMs: 2_000,
      speaking: { intervalMs: 750, timeoutMs: 1_250 },
    },
    times: {
      // Two steps that hang fit into the ten seconds of the policy.
      timeoutMs: 4_000,
      silenceTimeoutMs: 10_000,
      // A language model that calls a tool is silent for longer than a service may be.
      sourceTimeoutMs: 30_000,
      readerTimeoutMs: 10_000,
    },
    // As long as the policy waits for a connection. Older speech would answer a question of a minute ago.
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
    // Without a listener a slow line is better than a lost one.
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

/** Undefined for the default one, and for what is no name: the check of its row refuses that. */
export function profileOf(given: Readonly<Record<string, unknown>>): Profile | undefined {
  const { profile } = given;
  return profile === 'interactive' || profile === 'patient' ? PROFILES[profile] : undefined;
}

/** The option `retry` as its row takes it: an object without a preset is laid over that of the profile. */
export function retryIn(profile: Profile, retry: unknown): unknown {
  if (retry === undefined) return profile.retry;
  if (kindOf(retry) !== 'object') return retry;
  const own = requireOptions('retry', retry);
  return own['preset'] === undefined ? { ...own, preset: profile.retry } : own;
}

/**
 * Options that are objects of options: their types, their rows, and the check of the option `retry`, which consists of data for the core
 * and a function of the application. The members of `CloseOnExitOptions` and `OggOpusEncoderOptions` are made from their rows: change
 * those, then run `UPDATE_README=1 npx vitest run test/docs`. Must not know the effect of the values.
 */
import type { RetryDecider } from '../../core/policy/application-decision.js';
import type { RetryOptions } from '../../core/policy/retry-options.js';
import { OPUS_APPLICATIONS } from '../../core/utterance/ogg-opus-stream.js';
import type {
  OpusApplication,
  OpusEncoder,
  OpusEncoderSettings,
} from '../../core/utterance/ogg-opus-stream.js';
import type { CreateOpusEncoder } from '../../adapters/opus/opus-encoders.js';
import type { TokenReason } from '../../ports/token-source.js';
import { MAX_TIMER_MS, requireFunction, requireOptions } from '../../core/option/option-check.js';
import { deepFreeze } from '../../core/option/plain-object.js';
import type { NamedFields, OptionField } from '../../core/option/option-field.js';
import type { HeartbeatOptions, SpeakingHeartbeatOptions } from '../connection/heartbeat.js';
import { LIMIT_CHOICES } from '../speech/replay-budget.js';
import type { ReplayOptions } from '../speech/replay-budget.js';
import { isDeepStrictEqual } from 'node:util';
import { internLast } from '../../core/memory/collections.js';
import { kindOf } from '../../core/option/shown-value.js';
import { resolveRetryPolicy } from '../../core/policy/resolve-retry-policy.js';
import { RETRY_PRESETS } from '../../core/policy/retry-presets.js';
import { RETRY_FIELDS } from '../../core/policy/retry-fields.js';
import type { RetryPolicy, RetryPresetName } from '../../core/policy/rule.js';

/** The argument of an egress function, which is called for every dial, because room tokens expire. */
export interface EgressRequest {
  /** `start`: the first connect; `reconnect`: a later dial; `refused`: the service refused a token. Do not answer `refused` from a cache. */
  readonly reason: TokenReason;
  /** Aborted when the session is closed, or when the step's time limit is reached. */
  readonly signal: AbortSignal;
}

/** A configuration, or a function that returns one for each dial. */
export type PerDial<T> = T | ((request: EgressRequest) => T | Promise<T>);

/** A policy, and the members that only a program can give. */
export interface SessionRetryOptions extends RetryOptions {
  /**
   * Called for each failure after the policy: may accept the proposed decision or replace it.
   *
   * @default none
   */
  readonly decide?: RetryDecider | undefined;
}

/**
 * What a session does when the service closes its connection because no audio was sent:
 * - `reconnect` (default): reconnects, but after two such closes in a row waits for the next utterance
 * - `reconnectOnDemand`: waits for the next utterance at once
 * - `stay`: always reconnects
 */
export type IdleChoice = 'reconnect' | 'reconnectOnDemand' | 'stay';
export const IDLE_CHOICES = [
  'reconnect',
  'reconnectOnDemand',
  'stay',
] as const satisfies readonly IdleChoice[];

/** How PCM is encoded to Ogg Opus. */
export interface OggOpusEncoderOptions {
  /**
   * Audio in one packet, milliseconds. Longer packets need fewer bytes, but add latency.
   * @default 20
   */
  readonly frameDurationMs?: 10 | 20 | 40 | 60 | undefined;
  /**
   * The kind of audio to encode for: speech, any sound, or the shortest delay.
   * @default voip
   */
  readonly application?: OpusApplication | undefined;
  /**
   * Bits per second, a whole number from 6_000 to 510_000.
   * @default `bitrate` of the session; where that is 0, the encoder chooses
   */
  readonly bitrate?: number | undefined;
  /**
   * Makes the encoder of one stream, in place of `@evan/opus`.
   * @default encoders of the package `@evan/opus`
   */
  readonly createEncoder?: ((settings: OpusEncoderSettings) => OpusEncoder) | undefined;
}

/** With every default filled in. */
export interface OggOpusEncoding {
  readonly frameDurationMs: 10 | 20 | 40 | 60;
  readonly application: OpusApplication;
  /** Undefined: that of the session. */
  readonly bitrate: number | undefined;
  /** Undefined: encoders of the optional package. */
  readonly createEncoder: CreateOpusEncoder | undefined;
}

/** How a session is closed when the process ends. */
export interface CloseOnExitOptions {
  /**
   * Finish the open utterances first.
   * @default false
   */
  readonly drain?: boolean | undefined;
  /**
   * How long the end of the process may wait for the session in all, milliseconds, 0 to 2³¹−1. A drain ends a
   * tenth of that earlier, at most half a second, so that the connection can be closed.
   *
   * @default 10_000
   */
  readonly timeoutMs?: number | undefined;
}

/** With every default filled in. */
export interface CloseOnExit {
  readonly drain: boolean;
  readonly timeoutMs: number;
}

const BYTES = {
  kind: 'number',
  unit: 'bytes',
  min: 0,
  max: Number.MAX_SAFE_INTEGER,
  integer: true,
} as const;

export const REPLAY_FIELDS = deepFreeze({
  fields: {
    maxBytes: {
      ...BYTES,
      about: 'Audio kept by one session',
      more: 'The default is about eight minutes of speech at 16 kHz.',
      default: 16 * 1024 * 1024,
    },
    maxProcessBytes: {
      ...BYTES,
      about: 'Audio kept by all sessions of the process that have this bound',
      more: 'An eighth of it is a reserve for accounts that keep little, so one utterance can keep seven eighths at most.',
      default: 256 * 1024 * 1024,
    },
    ttlMs: {
      kind: 'number',
      unit: 'milliseconds',
      about: 'An utterance that was neither written to nor audible for longer than this is not sent again',
      more: 'While it waits behind another utterance, its age counts from the last audible part of that one.',
      min: 0,
      max: MAX_TIMER_MS,
      infinite: true,
      // As long as the default policy waits for a connection: a shorter time would lose audio in an outage that the session survives.
      default: 300_000,
    },
    leadInMs: {
      kind: 'number',
      unit: 'milliseconds',
      about:
        'Audio in front of the first missing keyframe that `tail` sends again without egress, so that the service has context',
      more: 'At most the existing audio, in whole keyframes; their keyframes are skipped.',
      min: 0,
      max: MAX_TIMER_MS,
      default: 1_000,
    },
    onLimit: {
      kind: 'choice',
      type: 'LimitChoice',
      about: 'What a write does when there is no room left',
      choices: LIMIT_CHOICES,
      default: 'wait',
    },
  } satisfies Record<keyof ReplayOptions, OptionField>,
} as const satisfies NamedFields);

/** Shorter times would only load the service; they are allowed for tests of an application. */
const BEAT = { kind: 'number', unit: 'milliseconds', min: 20, max: MAX_TIMER_MS } as const;
const INTERVAL = { ...BEAT, about: 'Silence after which a ping is sent' } as const;
const TIMEOUT = { ...BEAT, about: 'Further silence after which the connection counts as lost' } as const;
const UNLESS_SHORTER = 'At most the time without `speaking`, unless it is given.';

export const SPEAKING_HEARTBEAT_FIELDS = deepFreeze({
  fields: {
    intervalMs: { ...INTERVAL, more: UNLESS_SHORTER, default: 1_000 },
    timeoutMs: { ...TIMEOUT, more: UNLESS_SHORTER, default: 2_000 },
  } satisfies Record<keyof SpeakingHeartbeatOptions, OptionField>,
} as const satisfies NamedFields);

export const HEARTBEAT_FIELDS = deepFreeze({
  fields: {
    intervalMs: { ...INTERVAL, default: 5_000 },
    timeoutMs: { ...TIMEOUT, default: 5_000 },
    speaking: {
      kind: 'wordOrGroup',
      type: 'Partial<SpeakingHeartbeatOptions> | false',
      about:
        'The times while an utterance is unfinished, and for 2 s after it; `false`: the same as without speech',
      more: 'Where `intervalMs` or `timeoutMs` is given and above its default, and `speaking` is not given, it is `false`: no connection is given up sooner than the application asked for.',
      defaultText: '`{ intervalMs: 1_000, timeoutMs: 2_000 }`',
      choices: [],
      orFalse: true,
      expected: 'an object or false',
      group: SPEAKING_HEARTBEAT_FIELDS,
    },
  } satisfies Record<keyof HeartbeatOptions, OptionField>,
} as const satisfies NamedFields);

export const OGG_OPUS_ENCODER_FIELDS = deepFreeze({
  fields: {
    frameDurationMs: {
      kind: 'choice',
      type: '10 | 20 | 40 | 60',
      about: 'Audio in one packet, milliseconds',
      more: 'Longer packets need fewer bytes, but add latency.',
      choices: [10, 20, 40, 60],
      default: 20,
    },
    application: {
      kind: 'choice',
      type: 'OpusApplication',
      about: 'The kind of audio to encode for: speech, any sound, or the shortest delay',
      choices: OPUS_APPLICATIONS,
      default: 'voip',
    },
    bitrate: {
      kind: 'number',
      about: 'Bits per second',
      min: 6_000,
      max: 510_000,
      integer: true,
      defaultText: '`bitrate` of the session; where that is 0, the encoder chooses',
    },
    createEncoder: {
      kind: 'function',
      type: '(settings: OpusEncoderSettings) => OpusEncoder',
      about: 'Makes the encoder of one stream, in place of `@evan/opus`',
      defaultText: 'encoders of the package `@evan/opus`',
    },
  } satisfies Record<keyof OggOpusEncoding, OptionField>,
} as const satisfies NamedFields);

export const CLOSE_ON_EXIT_FIELDS = deepFreeze({
  fields: {
    drain: { kind: 'flag', about: 'Finish the open utterances first', default: false },
    timeoutMs: {
      kind: 'number',
      unit: 'milliseconds',
      about: 'How long the end of the process may wait for the session in all',
      more: 'A drain ends a tenth of that earlier, at most half a second, so that the connection can be closed.',
      min: 0,
      max: MAX_TIMER_MS,
      default: 10_000,
    },
  } satisfies Record<keyof CloseOnExit, OptionField>,
} as const satisfies NamedFields);

export interface ResolvedRetry {
  readonly policy: RetryPolicy;
  readonly decide: RetryDecider | undefined;
}

export const DEFAULT_RETRY: ResolvedRetry = Object.freeze({
  policy: RETRY_PRESETS.default,
  decide: undefined,
});

/** The rows of the option's object: those of a policy, and those that only a program can give. */
export const SESSION_RETRY_FIELDS = Object.freeze({
  ...RETRY_FIELDS,
  decide: {
    kind: 'function',
    type: 'RetryDecider',
    about: 'Called for each failure after the policy: may accept the proposed decision or replace it',
  },
} as const satisfies Record<keyof SessionRetryOptions, OptionField>);
const RETRY_NAMES = Object.keys(SESSION_RETRY_FIELDS);

const shareRetry = internLast<ResolvedRetry>();
let latestPolicy: RetryPolicy | undefined;

/** @throws TypeError or RangeError naming the option, the bound and the value */
export function resolveRetryOption(
  option: RetryPresetName | SessionRetryOptions | false | undefined,
): ResolvedRetry {
  // The core refuses other invalid values of JavaScript callers.
  if (kindOf(option) !== 'object') {
    return shareRetry({ policy: resolveRetryPolicy(option), decide: undefined });
  }
  const given = requireOptions('retry', option, RETRY_NAMES);
  const { decide, ...written } = given as SessionRetryOptions;
  const policy = sharePolicy(resolveRetryPolicy(written));
  // Only the type can be checked.
  if (decide !== undefined) requireFunction('retry.decide', decide);
  return shareRetry({ policy, decide });
}

/** Applications often write a new object for each session: sessions with equal policies share one. */
function sharePolicy(policy: RetryPolicy): RetryPolicy {
  if (latestPolicy === undefined || !isDeepStrictEqual(latestPolicy, policy)) latestPolicy = policy;
  return latestPolicy;
}

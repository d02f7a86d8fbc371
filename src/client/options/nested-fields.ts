/** The rows of options that are objects of options; as in session-fields.ts. Deeply frozen. */
import { MAX_TIMER_MS } from '../../core/option/option-check.js';
import { deepFreeze } from '../../core/option/plain-object.js';
import type { NamedFields, OptionField } from '../../core/option/option-field.js';
import type { HeartbeatOptions, SpeakingHeartbeatOptions } from '../connection/heartbeat.js';
import { LIMIT_CHOICES } from '../speech/replay-budget.js';
import type { ReplayOptions } from '../speech/replay-budget.js';
import type { CloseOnExit } from './nested-options.js';

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
      min: 0,
      max: MAX_TIMER_MS,
      infinite: true,
      // As long as the default policy waits for a connection: less would lose audio in an outage that the session survives.
      default: 300_000,
    },
    leadInMs: {
      kind: 'number',
      unit: 'milliseconds',
      about:
        'Audio in front of the first missing keyframe that `tail` sends again without egress, so that the service has context',
      more: 'At most what there is, in whole keyframes; their keyframes are skipped.',
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

/** Shorter times only load the service; tests of an application may want them. */
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

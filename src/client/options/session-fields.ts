/**
 * The options of a session as a literal table: one row per name, with its kind, bounds, unit, default and meaning. The checks,
 * the resolved type, the members of the public interfaces, the table in the documents and the JSON Schema are made from it.
 * To add an option, add a row, then run `UPDATE_README=1 npx vitest run test/docs`. What options mean in combination is
 * in resolve-session-options.ts.
 */
import { MAX_TIMER_MS, requireUnixTime } from '../../core/option/option-check.js';
import { deepFreeze } from '../../core/option/plain-object.js';
import type { OptionField } from '../../core/option/option-field.js';
import { RETRY_FIELD, retryDefinitions } from '../../core/policy/retry-fields.js';
import { RECOVERIES } from '../../core/utterance/recovery.js';
import { AUDIO_FORMAT_NAMES, AudioFormat } from '../../ports/message.js';
import { OVERLAPS } from '../speech/utterance-interfaces.js';
import { resolveConnectGate } from '../gate/shared-gate.js';
import { ENDPOINT_FIELDS } from './endpoint-fields.js';
import { requireHeaderId, requireId, requireKey } from './value-checks.js';
import {
  CLOSE_ON_EXIT_FIELDS,
  HEARTBEAT_FIELDS,
  OGG_OPUS_ENCODER_FIELDS,
  REPLAY_FIELDS,
  resolveRetryOption,
  IDLE_CHOICES,
} from './nested-fields.js';
import { PROFILE_NAMES } from './profiles.js';
import { PROGRAM_FIELDS } from './program-fields.js';
import { AGORA_FIELDS, LIVEKIT_FIELDS, resolveAgoraOption, resolveLiveKitOption } from './resolve-egress.js';
import type { AvatarSessionBaseOptions } from './session-options.js';
import { optionSchema } from '../../core/option/option-schema.js';
import type { JsonSchema } from '../../core/option/option-schema.js';

const TEXT = { kind: 'text', about: '' } as const;
const TIMER = { kind: 'number', unit: 'milliseconds', min: 1, max: MAX_TIMER_MS, integer: true } as const;
const MAX_INT32 = 2 ** 31 - 1;

/** In the order in which messages list the names. Deeply frozen. */
export const SESSION_FIELDS = deepFreeze({
  apiKey: {
    kind: 'checked',
    type: 'string',
    about: 'Sent to the console as `X-Api-Key`',
    more: 'Required unless `tokenProvider` is given.',
    defaultText: 'required, or `tokenProvider`',
    check: requireKey,
    inFile: TEXT,
  },
  appId: {
    kind: 'checked',
    type: 'string',
    about: 'The id of the application',
    required: true,
    check: requireHeaderId,
    inFile: TEXT,
  },
  avatarId: {
    kind: 'checked',
    type: 'string',
    about: 'The avatar that speaks',
    required: true,
    check: requireId,
    inFile: TEXT,
  },
  tokenProvider: {
    kind: 'function',
    type: 'TokenProvider',
    about:
      'Mints session tokens instead of the console; this process then needs no API key, and `apiKey` is not used',
  },
  ...ENDPOINT_FIELDS,
  expireAt: {
    kind: 'checked',
    type: 'Date | number',
    about: 'When session tokens expire: a Date, or Unix seconds, in the future',
    defaultText: 'one hour after each token request',
    check: requireUnixTime,
    inFile: { kind: 'number', about: '', min: 0 },
  },
  sampleRate: {
    kind: 'number',
    unit: 'Hz',
    about: 'The sample rate of the audio that is sent',
    more: 'The service does not resample.',
    min: 1,
    max: 1_000_000,
    integer: true,
    default: 16_000,
  },
  bitrate: {
    kind: 'number',
    about: 'Bits per second of compressed audio',
    more: '0 lets the service choose.',
    min: 0,
    max: MAX_INT32,
    integer: true,
    default: 0,
  },
  audioFormat: {
    kind: 'choice',
    type: 'AudioFormat',
    about: 'The format of the audio that is sent',
    more: "The names `'pcm_s16le'` and `'ogg_opus'` mean the same. Ogg Opus is sent as it is given, unless `oggOpusEncoder` says otherwise.",
    choices: [...Object.values(AudioFormat), ...AUDIO_FORMAT_NAMES],
    default: AudioFormat.PCM_S16LE,
    defaultText: '`AudioFormat.PCM_S16LE`',
  },
  oggOpusEncoder: {
    kind: 'wordOrGroup',
    type: 'boolean | OggOpusEncoderOptions',
    about:
      'Encodes PCM that the application gives to Ogg Opus, after it was kept for a re-send; only with `audioFormat` Ogg Opus',
    more: 'Needs the package `@evan/opus`, and a `sampleRate` that Opus has: 8000, 12000, 16000, 24000 or 48000. `true` is an object without members.',
    default: false,
    choices: [],
    orTrue: true,
    orFalse: true,
    expected: 'true, false or an object',
    group: OGG_OPUS_ENCODER_FIELDS,
  },
  useQueryAuth: {
    kind: 'flag',
    about: 'Sends the credentials as query parameters instead of headers',
    more: 'A transport without headers always does.',
    default: false,
  },
  extraParams: {
    kind: 'texts',
    about: 'Further parameters, handed to the service unchanged',
    defaultText: 'none',
  },
  livekitEgress: {
    kind: 'checked',
    type: 'PerDial<LiveKitEgress>',
    about: 'Publishes into a LiveKit room; excludes `agoraEgress`',
    check: (_path, value) => resolveLiveKitOption(value),
    inFile: { kind: 'group', about: '', ...LIVEKIT_FIELDS },
  },
  agoraEgress: {
    kind: 'checked',
    type: 'PerDial<AgoraEgress>',
    about: 'Publishes into an Agora channel; excludes `livekitEgress`',
    check: (_path, value) => resolveAgoraOption(value),
    inFile: { kind: 'group', about: '', ...AGORA_FIELDS },
  },
  timeoutMs: {
    ...TIMER,
    about: 'The time limit of each step of a dial (token, upgrade, handshake)',
    more: 'From the third dial of an outage on `retry.patienceMs` counts where it is longer.',
    default: 10_000,
  },
  silenceTimeoutMs: {
    ...TIMER,
    about: 'How long the service may be silent after the end of an utterance before the utterance fails',
    default: 30_000,
  },
  sourceTimeoutMs: {
    ...TIMER,
    about:
      'How long a source of audio (`speak(source)`, `utterance.writable`) may give nothing before its utterance fails',
    defaultText: 'the value of `silenceTimeoutMs`',
  },
  readerTimeoutMs: {
    ...TIMER,
    about: 'How long a loop over frames may leave waiting frames unread before it ends with an error',
    default: 30_000,
  },
  recovery: {
    kind: 'choice',
    type: 'Recovery',
    about: 'What happens to an unfinished utterance when the connection is lost',
    choices: RECOVERIES,
    defaultText: '`tail`; for Ogg Opus of the application `replay`',
  },
  overlap: {
    kind: 'choice',
    type: 'Overlap',
    about:
      'Whether the frames of an utterance are delivered after those of earlier utterances, never in between, or as the service sends them',
    more: 'In a room audio waits instead of frames. `speak` may choose for one utterance.',
    choices: OVERLAPS,
    defaultText: '`queue`; in a room `parallel`',
  },
  replay: {
    kind: 'group',
    type: 'Partial<ReplayOptions>',
    about: 'How much audio is kept to be sent again, for how long, and what happens at the limit',
    ...REPLAY_FIELDS,
  },
  idle: {
    kind: 'choice',
    type: 'IdleChoice',
    about: 'What happens when the service closes the connection because no audio was sent',
    choices: IDLE_CHOICES,
    default: 'reconnect',
  },
  maxSessionMs: {
    ...TIMER,
    // Shorter connections would consist of handshakes only; short ones are allowed for tests of an application.
    min: 100,
    about: 'How long the service lets one connection last',
    more: 'The session replaces the connection before that time.',
  },
  closeOnExit: {
    kind: 'wordOrGroup',
    type: 'boolean | CloseOnExitOptions',
    about: 'Closes the session when the process gets SIGTERM or SIGINT, before the process ends',
    more: 'An object says whether the open utterances are finished first, and how long that may take. `true` is `{ drain: false, timeoutMs: 10_000 }`.',
    default: false,
    choices: [],
    orTrue: true,
    orFalse: true,
    expected: 'true, false or an object',
    group: CLOSE_ON_EXIT_FIELDS,
  },
  profile: {
    kind: 'choice',
    type: 'ProfileName',
    about: 'Sets policy, heartbeat, time limits and the age of speech that is sent again together',
    more: 'A given option has priority over its profile.',
    choices: PROFILE_NAMES,
    default: 'default',
  },
  heartbeat: {
    kind: 'wordOrGroup',
    type: 'Partial<HeartbeatOptions> | false',
    about: 'Pings over the WebSocket; `false` turns them off',
    choices: [],
    orFalse: true,
    expected: 'an object or false',
    group: HEARTBEAT_FIELDS,
  },
  retry: {
    kind: 'checked',
    type: 'RetryPresetName | SessionRetryOptions | false',
    about: 'Which failures are retried, and how: the name of a preset, or an object that changes one',
    more: '`false` is `never`: one attempt and no reconnect.',
    defaultText: '`default`',
    check: (_path, value) => resolveRetryOption(value as AvatarSessionBaseOptions['retry']),
    inFile: RETRY_FIELD,
  },
  connectGate: {
    kind: 'checked',
    type: 'ConnectGate | false',
    about: 'Which sessions take turns at an endpoint that has just failed',
    more: 'At most 2 of them dial at once, more as dials succeed, one at a time while none does. Accounts take turns, and a limit of one account delays no other. `createConnectGate()` makes a gate of its own; `false` uses none.',
    defaultText: 'all sessions of the process; `false` with the preset `test`',
    check: (_path, value) => resolveConnectGate(value),
    inFile: { kind: 'choice', about: '', choices: [false] },
  },
  maxMessageBytes: {
    kind: 'number',
    unit: 'bytes',
    about: 'The largest message that is accepted',
    more: 'A larger one ends the connection with 1009.',
    min: 1024,
    max: MAX_INT32,
    integer: true,
    default: 16 * 1024 * 1024,
  },
  ...PROGRAM_FIELDS,
} as const satisfies Record<keyof AvatarSessionBaseOptions, OptionField>);

export function sessionOptionsSchema(): JsonSchema {
  const definitions = new Map<string, JsonSchema>();
  const options = optionSchema(
    { kind: 'group', about: 'The options of a session', fields: SESSION_FIELDS },
    definitions,
  );
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'The options of an avatarkit-session',
    ...options,
    $defs: retryDefinitions(definitions),
  };
}

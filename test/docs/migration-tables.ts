/**
 * The tables of docs/migrating.md: the options, codes and phases of the vendors' SDKs, from their public
 * versions 0.1, and their counterparts here. The vendors' side is written in this file only. This package's
 * side is read from the tables of the code, so that no option, code, phase or step can be missing.
 */
import { AGORA_FIELDS, LIVEKIT_FIELDS } from '../../src/client/options/resolve-egress.js';
import { SESSION_FIELDS } from '../../src/client/options/session-fields.js';
import { DEFAULT_RULES } from '../../src/core/policy/retry-presets.js';
import { PHASES, STEPS } from '../../src/core/failure/avatar-sdk-error-code.js';
import type { AvatarSDKErrorCode, Phase, Step } from '../../src/index.js';
import { AVATAR_SDK_ERROR_CODES } from '../../src/index.js';
import { code, table } from './markdown.js';

/** An option of a vendor. */
interface VendorOption {
  /**
   * Support in `avatarkit-server` and in `@spatius/server-sdk`: `yes`, a remark, or an empty text if the SDK
   * does not have the option.
   */
  readonly in: readonly [server: string, sdk: string];
  readonly here: string;
}

const BOTH = ['yes', 'yes'] as const;
const NEWER = ['', 'yes'] as const;
const SAME = 'the same';

/** By the vendors' names. */
export const VENDOR_OPTIONS: Readonly<Record<string, VendorOption>> = {
  apiKey: { in: BOTH, here: 'the same; not needed with a `tokenProvider`' },
  appId: { in: BOTH, here: SAME },
  avatarId: { in: BOTH, here: SAME },
  region: {
    in: ['', 'default `auto`'],
    here: 'the same words; the default is `us-west`, `auto` is used where it is given',
  },
  consoleEndpointUrl: { in: ['required', 'yes'], here: 'the same; by `region` where it is missing' },
  ingressEndpointUrl: { in: ['required', 'yes'], here: 'the same; by `region` where it is missing' },
  expireAt: {
    in: ['`Date`, required', '`Date`, one hour after the construction'],
    here: 'leave it out: each dial then gets a token for one hour. A fixed time makes later dials fail; a `Date` or Unix seconds',
  },
  sampleRate: { in: BOTH, here: 'the same; checked before the first dial' },
  bitrate: { in: BOTH, here: SAME },
  audioFormat: {
    in: ['`pcm_s16le`, `ogg_opus`', '`AudioFormat`, `pcm_s16le`, `ogg_opus`'],
    here: 'the same words, or `AudioFormat.PCM_S16LE` and `AudioFormat.OGG_OPUS`, which are numbers here',
  },
  oggOpusEncoder: {
    in: ['', '`{ frameDurationMs, application }`'],
    here: 'the same, or `true`; also `bitrate` and `createEncoder`. Needs `npm install @evan/opus`',
  },
  onEncodedAudio: {
    in: ['', 'once, with the whole stream'],
    here: '`(reqId, bytes)` with each part, right before it is sent',
  },
  useQueryAuth: { in: BOTH, here: SAME },
  extraParams: { in: NEWER, here: SAME },
  livekitEgress: { in: BOTH, here: 'the same object, or a function that returns one for each dial' },
  'livekitEgress.url': { in: BOTH, here: SAME },
  'livekitEgress.apiKey': { in: ['yes', 'deprecated'], here: 'the same; prefer `apiToken`' },
  'livekitEgress.apiSecret': { in: ['yes', 'deprecated'], here: 'the same; prefer `apiToken`' },
  'livekitEgress.roomName': { in: BOTH, here: SAME },
  'livekitEgress.publisherId': { in: BOTH, here: SAME },
  'livekitEgress.extraAttributes': { in: BOTH, here: SAME },
  'livekitEgress.idleTimeout': { in: ['seconds', 'seconds'], here: SAME },
  'livekitEgress.apiToken': {
    in: BOTH,
    here: 'the same. It expires: give a function, so that a reconnect has a new one',
  },
  agoraEgress: { in: NEWER, here: 'the same object, or a function that returns one for each dial' },
  'agoraEgress.channelName': { in: NEWER, here: SAME },
  'agoraEgress.token': { in: NEWER, here: 'the same. It expires: give a function' },
  'agoraEgress.uid': { in: NEWER, here: SAME },
  'agoraEgress.publisherId': { in: NEWER, here: SAME },
  timeoutMs: { in: ['', 'default 10_000'], here: 'the same: for each step of a dial' },
  transportFrames: {
    in: BOTH,
    here: 'the same; after a reconnect with the same request id, no frame twice, one `isLast`',
  },
  onError: {
    in: ['any `Error`', '`AvatarSDKError`'],
    here: 'an `AvatarSDKError`, also for failures that heal: look at `error.willRetry`',
  },
  onClose: {
    in: ['no argument', 'no argument'],
    here: '`({ reason, error })`, once, when the session is over; not at a connection that is lost',
  },
  webSocketFactory: { in: ['yes', ''], here: '`transport`: `createWebSocketTransport({ WebSocket })`' },
  fetch: { in: ['yes', ''], here: '`httpPost`: a function that makes one POST request' },
};

/** Vendor options with another name here. */
const RENAMED: Readonly<Record<string, string>> = { webSocketFactory: 'transport', fetch: 'httpPost' };

export function vendorOptionsTable(): string {
  return table(
    ['option', '`avatarkit-server`', '`@spatius/server-sdk`', 'here'],
    Object.entries(VENDOR_OPTIONS).map(([name, { in: vendors, here }]) => [code(name), ...vendors, here]),
  );
}

/** The options that no vendor has, in the order of the options table. */
export function newOptionsList(): string {
  const known = Object.keys(VENDOR_OPTIONS).map((name) => RENAMED[name] ?? name);
  return Object.keys(SESSION_FIELDS)
    .filter((name) => !known.includes(name))
    .map((name) => code(name))
    .join(', ');
}

/** Options in the vendors' table that do not exist in this package. */
export function strayVendorOptions(): string[] {
  const ours = [
    ...Object.keys(SESSION_FIELDS),
    ...Object.keys(LIVEKIT_FIELDS.fields).map((name) => `livekitEgress.${name}`),
    ...Object.keys(AGORA_FIELDS.fields).map((name) => `agoraEgress.${name}`),
  ];
  return Object.keys(VENDOR_OPTIONS).filter((name) => !ours.includes(RENAMED[name] ?? name));
}

/** Codes that have another meaning here in some cases. */
const DIFFERENT: Readonly<Partial<Record<AvatarSDKErrorCode, string>>> = {
  sessionTokenExpired: 'An API key that the console refuses with 401 is `sessionTokenInvalid` here.',
  creditsExhausted: 'Also the close code 4001.',
  sessionDurationExceeded: 'Also the close code 4002.',
  concurrencyLimit:
    'New here. The vendors’ SDKs show the close code 4003 and HTTP 429 as `connectionClosed` and `invalidRequest`.',
  invalidEgressConfig:
    'The ServerError 16 of a session without a room is `sessionTokenInvalid` here: only a session with a room has a room’s token.',
  egressUnavailable: 'The ServerError 14 of a session without a room is `upstreamError` here.',
  upstreamError: 'Also HTTP 502, 503 and 504, which the vendors’ SDKs show as `serverError`.',
  connectionFailed:
    'Also HTTP 408 and 425. After the handshake, a failed send and a transport error are `connectionClosed` here.',
  connectionClosed: 'Many closes have a code of their own here: by the close code, then by the close reason.',
};

/**
 * `avatarkit-server` writes the members of the enum with a capital letter, `@spatius/server-sdk` does not.
 * The values are the same.
 */
export function vendorCodesTable(): string {
  return table(
    ['`avatarkit-server`', '`@spatius/server-sdk`, here, and the value', 'retried here', 'differences'],
    AVATAR_SDK_ERROR_CODES.map((name) => {
      const capital = name === 'concurrencyLimit' ? '' : code(`${name[0]?.toUpperCase()}${name.slice(1)}`);
      return [capital, code(name), RETRIED[DEFAULT_RULES[name].action], DIFFERENT[name] ?? 'none'];
    }),
  );
}

const RETRIED = { retry: 'yes', retryIfHinted: 'if the service says when', surface: 'no' } as const;

interface VendorPhase {
  readonly phase: Phase;
  readonly steps: readonly Step[];
  readonly remark: string;
}

/** The phases of both vendors. */
export const VENDOR_PHASES: Readonly<Record<string, VendorPhase>> = {
  session_token: {
    phase: 'session_token',
    steps: ['request'],
    remark: 'the class is `SessionTokenError`, too',
  },
  websocket_connect: { phase: 'websocket_connect', steps: ['upgrade'], remark: '' },
  websocket_handshake: {
    phase: 'websocket_connect',
    steps: ['handshake'],
    remark: 'compare `error.step` where you compared the phase',
  },
  websocket_send: {
    phase: 'websocket_runtime',
    steps: ['send'],
    remark: '`sendAudio` does not reject while the session reconnects',
  },
  websocket_runtime: {
    phase: 'websocket_runtime',
    steps: ['receive', 'heartbeat', 'close'],
    remark: '`heartbeat` is new: a connection that fell silent',
  },
};

export function vendorPhasesTable(): string {
  return table(
    ['vendors’ `error.phase`', 'here: `error.phase`', '`error.step`', 'remark'],
    Object.entries(VENDOR_PHASES).map(([name, { phase, steps, remark }]) => [
      code(name),
      code(phase),
      steps.map(code).join(', '),
      remark,
    ]),
  );
}

/** Phases and steps of this package that no row of the table contains. */
export function phasesWithoutVendor(): string[] {
  const rows = Object.values(VENDOR_PHASES);
  return [
    ...PHASES.filter((phase) => !rows.some((row) => row.phase === phase)),
    ...STEPS.filter((step) => !rows.some((row) => row.steps.includes(step))),
  ];
}

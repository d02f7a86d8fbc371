/**
 * The README's options: names, types and meanings from the comments in the sources, defaults from the resolvers themselves.
 * An option without a comment fails here, and so does one that the resolver does not know.
 */
import { AudioFormat, DEFAULT_RETRY_POLICY } from '../../src/index.js';
import { DEFAULT_REGION } from '../../src/client/options/endpoints.js';
import { IDLE_CHOICES } from '../../src/client/options/session-options.js';
import { LIMIT_CHOICES } from '../../src/client/speech/replay-budget.js';
import { resolveSessionOptions } from '../../src/client/options/resolve-session-options.js';
import { JITTERS, RETRY_PRESET_NAMES } from '../../src/core/policy/rule.js';
import { RECOVERIES } from '../../src/core/utterance/recovery.js';
import { code, table } from './markdown.js';
import { bulletsOf, membersOf } from './source-docs.js';
import type { DocumentedName } from './source-docs.js';

const REQUIRED = { apiKey: 'key', appId: 'app', avatarId: 'avatar' };
const DEFAULTS = resolveSessionOptions(REQUIRED);
const WITH_EGRESS = resolveSessionOptions({
  ...REQUIRED,
  livekitEgress: () => ({ url: 'wss://room.example' }),
});

/** Where the resolved value is nothing that could be shown. */
const SPOKEN_DEFAULTS: Readonly<Record<string, string>> = {
  apiKey: 'required, or `tokenProvider`',
  appId: 'required',
  avatarId: 'required',
  region: code(DEFAULT_REGION),
  connectGate: 'that of the process',
  consoleEndpointUrl: 'by region',
  ingressEndpointUrl: 'by region',
  expireAt: 'in one hour',
  audioFormat: code(
    `AudioFormat.${Object.entries(AudioFormat).find(([, value]) => value === DEFAULTS.audioFormat)?.[0] ?? ''}`,
  ),
  sourceTimeoutMs: 'as `silenceTimeoutMs`',
  recovery: `${code(DEFAULTS.recovery)}; with egress ${code(WITH_EGRESS.recovery)}`,
  'retry.rules': 'the policy table above',
  'retry.preset': code('default'),
  transport: 'the `ws` package',
  httpPost: 'Node’s HTTP client',
  clock: 'the system’s',
  random: 'the system’s',
};

const PLAIN_OPTIONS: Readonly<Record<string, string>> = {
  appId: 'The application’s id.',
  avatarId: 'Which avatar is to speak.',
  audioFormat: 'The format of the audio that will be sent.',
  transport:
    'How sockets are opened: `createWsTransport()`, `createWebSocketTransport()`, or one of your own.',
  onStateChange: 'The session went from one state to another.',
  onPlayback: 'What is heard has changed: started, paused, resumed, ended, interrupted.',
  'retry.rules':
    'What is done about each code: an action, or a part of a row (`action`, `retryPermanent`, `maxAttempts`, `maxElapsedMs`, `backoff`).',
  'retry.backoff.jitter': bulletsOf('src/core/policy/rule.ts', 'JITTERS')
    .map((line) => line.slice(2))
    .join('; '),
  'retry.backoff': 'How the delays between dials grow.',
  'replay.onLimit': 'What a write does when there is no room left.',
};

/** What the type in the source stands for, where its name says nothing to a reader. */
const SPOKEN_TYPES: Readonly<Record<string, string>> = {
  retry: 'preset | SessionRetryOptions | false',
  'retry.rules': '{ [code]: action | partial row }',
};

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  Recovery: RECOVERIES,
  IdleChoice: IDLE_CHOICES,
  Jitter: JITTERS,
  RetryPresetName: RETRY_PRESET_NAMES,
  '(typeof LIMIT_CHOICES)[number]': LIMIT_CHOICES,
};

/** Options that are objects of options: their parts get rows of their own. */
const PARTS: readonly (readonly [
  prefix: string,
  file: string,
  owner: string,
  defaults: object | undefined,
])[] = [
  ['replay', 'src/client/speech/replay-budget.ts', 'ReplayOptions', DEFAULTS.replay],
  ['heartbeat', 'src/client/connection/heartbeat.ts', 'HeartbeatOptions', DEFAULTS.heartbeat],
  ['retry', 'src/core/policy/rule.ts', 'RetryPolicy', DEFAULT_RETRY_POLICY],
  ['retry.backoff', 'src/core/policy/rule.ts', 'Backoff', DEFAULT_RETRY_POLICY.backoff],
];

/** What may be written beside the values of the resolved object. */
const FURTHER_PARTS: Readonly<Record<string, () => string[][]>> = {
  retry: () => [
    ...rowsOf('retry', 'src/client/options/session-options.ts', 'SessionRetryOptions', undefined),
    ...rowsOf('retry', 'src/core/policy/rule.ts', 'RetryOptions', undefined).filter(
      ([name]) => name === code('retry.preset') || name === code('retry.$schema'),
    ),
  ],
};

/** Every name that the resolver knows, as its own error message lists them. */
export function knownOptionNames(): string[] {
  try {
    resolveSessionOptions({ ...REQUIRED, ...{ unheardOf: true } });
  } catch (error) {
    if (error instanceof TypeError) return error.message.replace(/^.*known names: /, '').split(', ');
  }
  throw new Error('an unknown option is not refused');
}

export function documentedOptionNames(): string[] {
  return membersOf('src/client/options/session-options.ts', 'AvatarSessionOptions').map(({ name }) => name);
}

export function optionsTable(): string {
  return table(
    ['option', 'type', 'default', 'meaning'],
    rowsOf('', 'src/client/options/session-options.ts', 'AvatarSessionOptions', DEFAULTS),
  );
}

function rowsOf(prefix: string, file: string, owner: string, defaults: object | undefined): string[][] {
  return membersOf(file, owner).flatMap((member) => {
    const path = prefix === '' ? member.name : `${prefix}.${member.name}`;
    const parts = PARTS.find(([name]) => name === path);
    const inner = parts === undefined ? [] : [...rowsOf(...parts), ...(FURTHER_PARTS[path]?.() ?? [])];
    const value = new Map<string, unknown>(Object.entries(defaults ?? {})).get(member.name);
    const type =
      CHOICES[member.type]?.map((choice) => `'${choice}'`).join(' | ') ?? SPOKEN_TYPES[path] ?? member.type;
    const shown = inner.length > 0 ? 'as below' : (SPOKEN_DEFAULTS[path] ?? shownDefault(value));
    return [[code(path), code(type), shown, meaningOf(path, member, file)], ...inner];
  });
}

/** The comment without its sentence about the default, which has a column of its own. */
function meaningOf(path: string, { doc }: DocumentedName, file: string): string {
  const meaning = doc.replace(/(?:^|\s)Default[\s:][^]*?\.(?=\s|$)/, '').trim();
  const text = meaning === '' || doc.startsWith('Default: ') ? (PLAIN_OPTIONS[path] ?? doc) : meaning;
  if (text === '') throw new Error(`${file}: ${path} has no comment`);
  return text.replace(/ \(default\)/, '');
}

function shownDefault(value: unknown): string {
  if (value === undefined) return 'none';
  if (typeof value === 'number') return code(String(value).replaceAll(/\B(?=(?:\d{3})+$)/g, '_'));
  return code(typeof value === 'string' ? value : JSON.stringify(value));
}

/**
 * The choices of a command. The policy: the default one, a preset by name, or that of a file (the JSON of the session's option `retry`,
 * checked as the session checks it). The service and its credentials: a real one if any option or variable of one is given, otherwise the
 * embedded one, with the option `--faults` and its log. Starts nothing and dials nothing.
 */
import { jsonProblem } from '../core/option/shown-value.js';
import { requireOneOf } from '../core/option/option-check.js';
import { resolveRetryPolicy } from '../core/policy/resolve-retry-policy.js';
import type { RetryChoice } from '../core/policy/resolve-retry-policy.js';
import { RETRY_PRESET_NAMES } from '../core/policy/rule.js';
import { RETRY_PRESETS } from '../index.js';
import type { RetryPolicy, RetryPresetName, AvatarSessionOptions } from '../index.js';
import { asInput, InputError } from './command.js';
import { shownPath } from './terminal.js';
import type { Terminal } from './terminal.js';
import { readInputText } from './named-files.js';
import { FAULT_KIND_NAMES, rowOf } from '../emulator/fault/fault.js';
import { FAULT_PLANS, parseFaults } from '../emulator/index.js';
import type { AvatarEmulator, Fault, LogEntry } from '../emulator/index.js';

export const POLICY_OPTIONS = { preset: { type: 'string' }, file: { type: 'string' } } as const;

export interface PolicyChoice {
  readonly policy: RetryPolicy;
  /** The preset of the policy, or the preset that the file changes. */
  readonly preset: RetryPresetName;
  /** The file that changes the preset. */
  readonly file: string | undefined;
}

/** @throws InputError for an unknown preset, an invalid file, and both of them together */
export async function readPolicyChoice(
  command: string,
  { preset, file }: { readonly preset?: string | undefined; readonly file?: string | undefined },
): Promise<PolicyChoice> {
  if (file === undefined) {
    const name = asInput(() => requireOneOf('--preset', preset ?? 'default', RETRY_PRESET_NAMES));
    return { policy: RETRY_PRESETS[name], preset: name, file };
  }
  if (preset !== undefined) {
    throw new InputError(
      `${command}: --preset and --file exclude each other; a file names its preset itself: {"preset":"patient"}`,
    );
  }
  const { options, policy } = await readPolicyFile(file);
  if (options === false) return { policy, preset: 'never', file: undefined };
  if (typeof options === 'string') return { policy, preset: options, file: undefined };
  return { policy, preset: options.preset ?? 'default', file: shownPath(file) };
}

interface PolicyFile {
  /** A preset's name, false, or changes of a preset. */
  readonly options: RetryChoice;
  readonly policy: RetryPolicy;
}

/** @throws InputError naming the file, and the option with its bound and value */
export async function readPolicyFile(path: string): Promise<PolicyFile> {
  const content = await readInputText(path);
  return asInput(() => {
    const options = parsed(content);
    return { options, policy: resolveRetryPolicy(options) };
  }, shownPath(path));
}

function parsed(content: string): RetryChoice {
  try {
    return JSON.parse(content) as RetryChoice;
  } catch (error) {
    throw new InputError(`not valid JSON: ${jsonProblem(error)}`, { cause: error });
  }
}

/** The options of the command that name a real service. */
export const TARGET_OPTIONS = {
  'app-id': { type: 'string' },
  'avatar-id': { type: 'string' },
  region: { type: 'string' },
  'console-url': { type: 'string' },
  'ingress-url': { type: 'string' },
} as const;

type TargetOption = keyof typeof TARGET_OPTIONS;
export type TargetValues = Readonly<Partial<Record<TargetOption, string | undefined>>>;

/** The API key has no option, because options are visible in lists of processes. */
const API_KEY_VARIABLE = 'AVATARKIT_API_KEY';
const VARIABLES: Readonly<Record<TargetOption, string>> = {
  'app-id': 'AVATARKIT_APP_ID',
  'avatar-id': 'AVATARKIT_AVATAR_ID',
  region: 'AVATARKIT_REGION',
  'console-url': 'AVATARKIT_CONSOLE_URL',
  'ingress-url': 'AVATARKIT_INGRESS_URL',
};

export type ServiceTarget =
  | { readonly kind: 'embedded' }
  | {
      readonly kind: 'real';
      readonly options: { readonly apiKey: string | undefined } & Pick<
        AvatarSessionOptions,
        'apiKey' | 'appId' | 'avatarId' | 'region' | 'consoleEndpointUrl' | 'ingressEndpointUrl'
      >;
    };

/**
 * @param isEmbedded whether the embedded service is required, whatever the environment contains
 * @param because the option that requires it
 * @throws InputError if a value for a real service is missing, or if faults are given for one
 */
export function resolveServiceTarget(
  values: TargetValues,
  env: Terminal['env'],
  isEmbedded: boolean,
  because = '--faults',
): ServiceTarget {
  const names = Object.keys(VARIABLES) as TargetOption[];
  const asked = names.find((name) => values[name] !== undefined);
  if (isEmbedded) {
    if (asked === undefined) return { kind: 'embedded' };
    throw new InputError(
      `${because} is for the embedded service, --${asked} names a real one: give one of them`,
    );
  }
  // A variable with an empty value counts as not set.
  const variable = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);
  const value = (name: TargetOption): string | undefined => values[name] ?? variable(VARIABLES[name]);
  const apiKey = variable(API_KEY_VARIABLE);
  if (apiKey === undefined && names.every((name) => value(name) === undefined)) return { kind: 'embedded' };

  if (apiKey === undefined) {
    throw new InputError(`the API key of the service is missing: set ${API_KEY_VARIABLE}`);
  }
  const required = (name: TargetOption): string => {
    const given = value(name);
    if (given !== undefined) return given;
    throw new InputError(`a real service is asked for, and --${name} is missing (or ${VARIABLES[name]})`);
  };
  return {
    kind: 'real',
    options: {
      apiKey,
      appId: required('app-id'),
      avatarId: required('avatar-id'),
      region: value('region'),
      consoleEndpointUrl: value('console-url'),
      ingressEndpointUrl: value('ingress-url'),
    },
  };
}

/** For the help: `none, demo, …`. */
export const PLAN_NAMES = Object.keys(FAULT_PLANS).join(', ');

const KIND_CHARACTERS = Math.max(...FAULT_KIND_NAMES.map((kind) => kind.length)) + 2;

/** For the help: one line per kind of fault, with its phases and parameters. */
export const FAULT_KIND_LINES = FAULT_KIND_NAMES.map((kind) => {
  const { phases, fields } = rowOf(kind);
  const where = phases.length === 4 ? 'any phase' : phases.join(', ');
  const parameters = Object.entries(fields).map(([name, field]) =>
    field.isOptional === true ? `${name}?` : name,
  );
  return `  ${kind.padEnd(KIND_CHARACTERS)}${where.padEnd(20)}${parameters.join(' ')}`.trimEnd();
});

/** @throws InputError naming the fault and the field, or the known plans */
export async function readFaults(text: string): Promise<readonly Fault[]> {
  if (!text.startsWith('@')) return asInput(() => parseFaults(text), '--faults');
  const path = text.slice(1);
  const content = await readInputText(path);
  return asInput(() => parseFaults(content), path);
}

/** Practically no limit: the longest timer of Node, milliseconds. */
const NO_TIMEOUT_MS = 2_147_483_647;

/** Calls `read` with every entry once, oldest first; resolves when the service has been stopped. */
export async function followLog(service: AvatarEmulator, read: (entry: LogEntry) => void): Promise<void> {
  let readCount = 0;
  const written = (): number => service.droppedLogEntries + service.log.length;
  for (;;) {
    for (const entry of service.log.slice(Math.max(0, readCount - service.droppedLogEntries))) read(entry);
    readCount = written();
    try {
      await service.waitFor(() => written() > readCount, { timeoutMs: NO_TIMEOUT_MS });
    } catch {
      // The service was stopped. The entries that it wrote while stopping were read above, or are not needed.
      return;
    }
  }
}

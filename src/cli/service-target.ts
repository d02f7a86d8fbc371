/**
 * The service of a command, and with which credentials: a real one if any option or variable of one is given, else the embedded one,
 * with the option `--faults` and its log. Starts nothing and dials nothing.
 */
import { FAULT_KIND_NAMES, rowOf } from '../emulator/fault/fault.js';
import { FAULT_PLANS, parseFaults } from '../emulator/index.js';
import type { AvatarEmulator, Fault, LogEntry } from '../emulator/index.js';
import type { AvatarSessionOptions } from '../index.js';
import { InputError, asInput } from './command.js';
import { readInputText } from './named-files.js';
import type { Terminal } from './terminal.js';

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

/** The API key has no option: options show in lists of processes. */
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
      readonly options: Pick<
        AvatarSessionOptions,
        'apiKey' | 'appId' | 'avatarId' | 'region' | 'consoleEndpointUrl' | 'ingressEndpointUrl'
      >;
    };

/**
 * @param faultsGiven faults select the embedded service, whatever the environment contains
 * @throws InputError when a value for a real service is missing, or when faults are given for one
 */
export function resolveServiceTarget(
  values: TargetValues,
  env: Terminal['env'],
  faultsGiven: boolean,
): ServiceTarget {
  const names = Object.keys(VARIABLES) as TargetOption[];
  const asked = names.find((name) => values[name] !== undefined);
  if (faultsGiven) {
    if (asked === undefined) return { kind: 'embedded' };
    throw new InputError(
      `--faults is for the embedded service, --${asked} names a real one: give one of them`,
    );
  }
  // A variable that is set to nothing is not set.
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

/** For the help: one line per kind of fault, with its phases and parameters. */
export const FAULT_KIND_LINES = FAULT_KIND_NAMES.map((kind) => {
  const { phases, fields } = rowOf(kind);
  const where = phases.length === 4 ? 'any phase' : phases.join(', ');
  const parameters = Object.entries(fields).map(([name, field]) =>
    field.isOptional === true ? `${name}?` : name,
  );
  return `  ${kind.padEnd(22)}${where.padEnd(27)}${parameters.join(' ')}`.trimEnd();
});

/** @throws InputError naming the fault and the field, or the plans that there are */
export async function readFaults(text: string): Promise<readonly Fault[]> {
  if (!text.startsWith('@')) return asInput(() => parseFaults(text), '--faults');
  const path = text.slice(1);
  const content = await readInputText(path);
  return asInput(() => parseFaults(content), path);
}

/** No limit in practice: the longest timer of Node, milliseconds. */
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
      // The service was stopped. Entries that it wrote while stopping were read above, or are not needed.
      return;
    }
  }
}

/**
 * Which service `say` uses, and with which credentials: a real one if any option or variable of one is given,
 * else the embedded one. Starts nothing and dials nothing.
 */
import type { AvatarSessionOptions } from '../index.js';
import { InputError } from './command.js';
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

/**
 * Which policy a command uses: the default one, a preset by name, or that of a file. A file is the JSON of
 * the session's option `retry`, checked as the session checks it.
 */
import { jsonProblem } from '../core/option/shown-value.js';
import { requireOneOf } from '../core/option/option-check.js';
import { resolveRetryPolicy } from '../core/policy/resolve-retry-policy.js';
import type { RetryChoice } from '../core/policy/resolve-retry-policy.js';
import { RETRY_PRESET_NAMES } from '../core/policy/rule.js';
import { RETRY_PRESETS } from '../index.js';
import type { RetryPolicy, RetryPresetName } from '../index.js';
import { asInput, InputError } from './command.js';
import { shownPath } from './terminal.js';
import { readInputText } from './named-files.js';

export const POLICY_OPTIONS = { preset: { type: 'string' }, file: { type: 'string' } } as const;

export interface PolicyChoice {
  readonly policy: RetryPolicy;
  /** What the policy is, or is laid over. */
  readonly preset: RetryPresetName;
  /** The file that lays something over the preset. */
  readonly file: string | undefined;
}

/** @throws InputError for an unknown preset, a file that can't be used, and both of them together */
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
  /** A preset's name, false, or what is laid over a preset. */
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

/** A retry policy from a file: the JSON of the session's option `retry`, checked as the session checks it. */
import { jsonProblem } from '../core/option/json-problem.js';
import { resolveRetryPolicy } from '../core/policy/resolve-retry-policy.js';
import type { RetryChoice } from '../core/policy/resolve-retry-policy.js';
import type { RetryPolicy } from '../index.js';
import { asInput, InputError } from './input-error.js';
import { readInputText } from './read-input-file.js';

export interface PolicyFile {
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
  }, path);
}

function parsed(content: string): RetryChoice {
  try {
    return JSON.parse(content) as RetryChoice;
  } catch (error) {
    throw new InputError(`not valid JSON: ${jsonProblem(error)}`, { cause: error });
  }
}

/** A retry policy from a file: the JSON of the session's option `retry`, checked as the session checks it. */
import { resolveRetryPolicy } from '../core/policy/resolve-retry-policy.js';
import type { RetryOptions, RetryPolicy } from '../index.js';
import { asInput } from './input-error.js';
import { readInputText } from './read-input-file.js';

export interface PolicyFile {
  readonly options: RetryOptions | false;
  readonly policy: RetryPolicy;
}

/** @throws InputError naming the file, and the option with its bound and value */
export async function readPolicyFile(path: string): Promise<PolicyFile> {
  const content = await readInputText(path);
  return asInput(() => {
    const options = JSON.parse(content) as RetryOptions | false;
    return { options, policy: resolveRetryPolicy(options) };
  }, path);
}

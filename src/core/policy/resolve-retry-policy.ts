/**
 * From the option `retry`, as the application gives it, to a policy with every number filled in. Checks everything
 * before any I/O and names field, bound and value: single values by the table of fields, and here the combinations. The
 * result shares nothing with the options and is deeply frozen; `decide` uses it.
 */
import { AVATAR_SDK_ERROR_CODES } from '../failure/avatar-sdk-error-code.js';
import { checkOption } from '../option/option-field.js';
import { deepFreeze } from '../option/plain-object.js';
import { perCode } from './rule.js';
import { RETRY_FIELD } from './retry-fields.js';
import { RETRY_PRESETS } from './retry-presets.js';
import type { Backoff, RetryPolicy, RetryPresetName, Rule, RuleAction } from './rule.js';
import type { RetryOptions } from './retry-options.js';

/** The result of the check by the table of fields: no undefined, and Infinity in place of null. */
interface Checked extends Partial<Omit<RetryPolicy, 'rules' | 'backoff'>> {
  readonly preset?: RetryPresetName;
  readonly rules?: Readonly<Partial<Record<keyof RetryPolicy['rules'], RuleAction | CheckedRule>>>;
  readonly backoff?: Partial<Backoff>;
}
type CheckedRule = Partial<Rule>;

/** Without a prototype, like all checked objects. */
const NOTHING: Partial<Backoff> = Object.freeze(Object.create(null) as Partial<Backoff>);

/** The option as the application gives it: a preset's name, `false` for `never`, or changes of a preset. */
export type RetryChoice = RetryPresetName | RetryOptions | false;

/**
 * The effective policy. `undefined` (here and for every name) means "not given", zero and false are values, and null
 * means Infinity where that is allowed.
 *
 * @throws TypeError for the wrong kind of value, an unknown name or code, and for numbers without an `action` for a
 *   code that the preset surfaces
 * @throws RangeError for a value out of bounds, and for a `capMs` below the `baseMs` of the same object
 */
export function resolveRetryPolicy(choice: RetryChoice | undefined): RetryPolicy {
  if (choice === undefined) return RETRY_PRESETS.default;
  const checked = checkOption('retry', choice, RETRY_FIELD) as RetryPresetName | false | Checked;
  if (checked === false) return RETRY_PRESETS.never;
  if (typeof checked === 'string') return RETRY_PRESETS[checked];

  // No rest pattern: its object would inherit from Object.prototype.
  const { preset: name = 'default', rules, backoff } = checked;
  const preset = RETRY_PRESETS[name];
  for (const code of AVATAR_SDK_ERROR_CODES) refuseIdleNumbers(code, rules?.[code], preset.rules[code], name);
  const base = overlaid('retry.backoff', backoff, preset.backoff);
  return deepFreeze({
    rules: perCode((code) => resolvedRule(`retry.rules.${code}`, rules?.[code], preset.rules[code], base)),
    maxAttempts: checked.maxAttempts ?? preset.maxAttempts,
    maxElapsedMs: checked.maxElapsedMs ?? preset.maxElapsedMs,
    stableAfterMs: checked.stableAfterMs ?? preset.stableAfterMs,
    maxHintMs: checked.maxHintMs ?? preset.maxHintMs,
    patienceMs: checked.patienceMs ?? preset.patienceMs,
    backoff: settled(base),
  });
}

function refuseIdleNumbers(
  code: string,
  given: RuleAction | CheckedRule | undefined,
  row: Rule,
  preset: RetryPresetName,
): void {
  if (given === undefined || typeof given === 'string' || given.action !== undefined) return;
  const [idle] = Object.keys(given);
  if (row.action !== 'surface' || idle === undefined) return;
  const path = `retry.rules.${code}`;
  const why = preset === 'default' ? 'by default' : `by the preset ${preset}`;
  throw new TypeError(
    `${path}.action must be given with ${path}.${idle}: ${why} this code is surfaced, and ${idle} would have no effect`,
  );
}

function resolvedRule(
  path: string,
  given: RuleAction | CheckedRule | undefined,
  row: Rule,
  base: Backoff,
): Rule {
  if (given === undefined) return row;
  if (typeof given === 'string') return { ...row, action: given };
  const { backoff, ...rest } = given;
  const own = backoff === undefined ? {} : { backoff: settled(overlaid(`${path}.backoff`, backoff, base)) };
  return { ...row, ...rest, ...own };
}

/**
 * @param base gives the values that are absent: for the policy's backoff the preset's, for a rule's backoff the
 *   policy's
 */
function overlaid(path: string, given: Partial<Backoff> | undefined, base: Backoff): Backoff {
  const { baseMs, capMs } = given ?? NOTHING;
  // Either of the two alone is accepted, and the cap has priority. Both together, with `capMs` below `baseMs`, are a
  // mistake.
  if (baseMs !== undefined && capMs !== undefined && capMs < baseMs) {
    throw new RangeError(`${path}.capMs must be at least ${path}.baseMs, which is ${baseMs}, got ${capMs}`);
  }
  return { ...base, ...given };
}

/** Limits `baseMs` to `capMs`. The delays stay the same, and the resolved policy passes the check again. */
function settled(backoff: Backoff): Backoff {
  return { ...backoff, baseMs: Math.min(backoff.baseMs, backoff.capMs) };
}

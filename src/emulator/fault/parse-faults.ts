/**
 * Decides which faults a piece of text means: the name of a plan, or JSON (one fault or a list of them). Reads no files.
 */
import { checkFault } from './fault-check.js';
import type { Fault } from './fault.js';
import { FAULT_PLANS } from './named-plans.js';

/**
 * Throws RangeError for an unknown plan name, SyntaxError for broken JSON, TypeError or RangeError naming
 * `faults[n].field` for JSON that is no fault. An empty text is an error, not "none".
 */
export function parseFaults(text: string): readonly Fault[] {
  const trimmed = text.trim();
  if (!/^[[{]/.test(trimmed)) {
    const plan = Object.entries(FAULT_PLANS).find(([name]) => name === trimmed);
    if (plan !== undefined) return plan[1];
    const names = Object.keys(FAULT_PLANS).join(', ');
    throw new RangeError(
      `faults must be JSON or one of ${names}, got ${JSON.stringify(trimmed.slice(0, 60))}`,
    );
  }
  return checkFaults(parseJson(trimmed));
}

/** A list of faults, or one; every element is checked and copied. */
export function checkFaults(value: unknown): readonly Fault[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map((fault, index) => checkFault(`faults[${index}]`, fault));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new SyntaxError(`faults must be valid JSON: ${detail}`, { cause });
  }
}

/**
 * Compares what a case expects with what was observed, member by member, and says where they differ.
 * Independent of the subject: every expected member must be there, other members may be anything.
 */
import type { Expectation } from './case-file.js';

/** Room for rounding to whole milliseconds, in either direction; the kit never depends on less. */
const TOLERANCE_MS = 1;

/** One line for each member that differs; empty when both agree. */
export function disagreements(where: string, expected: Expectation, observed: Expectation): string[] {
  return Object.entries(expected).flatMap(([name, value]) => {
    const found = observed[name];
    if (isRecord(value) && isRecord(found)) return disagreements(`${where}.${name}`, value, found);
    return agrees(name, value, found)
      ? []
      : [`${where}.${name}: expected ${shown(value)}, got ${shown(found)}`];
  });
}

function agrees(name: string, expected: unknown, found: unknown): boolean {
  if (name.endsWith('Ms') && typeof expected === 'number' && typeof found === 'number') {
    return Math.abs(expected - found) < TOLERANCE_MS;
  }
  // Null stands for what must not be there.
  if (expected === null && found === undefined) return true;
  // Only JSON values come here, and both sides write lists in one order.
  return shown(expected) === shown(found);
}

function isRecord(value: unknown): value is Expectation {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}

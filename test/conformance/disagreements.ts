/**
 * Compares what a case expects with what was observed, and describes the differences. It works for all
 * subjects: every expected member must be there, and the observed record may have further members.
 */
import type { Expectation } from './case-file.js';

/** Tolerance for rounding to whole milliseconds, up or down; no case depends on a smaller difference. */
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
  // An expected null means that the member must be absent.
  if (expected === null && found === undefined) return true;
  // Both are JSON values, and lists have the same order on both sides.
  return shown(expected) === shown(found);
}

function isRecord(value: unknown): value is Expectation {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}

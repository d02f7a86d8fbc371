/**
 * Copies of a case in which one expected value is wrong: a runner that passes one of them does not check that
 * value.
 */
import type { SubjectCase } from './case-file.js';

export interface Mutant {
  /** The path of the changed value, for the report. */
  readonly place: string;
  readonly mutant: SubjectCase;
}

type Path = readonly (string | number)[];

/** One copy for each value in an `expect`. */
export function mutantsOf(subjectCase: SubjectCase): readonly Mutant[] {
  return expectedValues(subjectCase.one, [], false).map((path) => {
    const one: unknown = JSON.parse(JSON.stringify(subjectCase.one));
    spoil(one, path);
    return { place: path.join('.'), mutant: { ...subjectCase, one } as SubjectCase };
  });
}

/** An expected list counts as one value. */
function expectedValues(value: unknown, path: Path, expected: boolean): Path[] {
  const leaf = typeof value !== 'object' || value === null || (expected && Array.isArray(value));
  if (leaf) return expected ? [path] : [];
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? value.map((member: unknown, index) => [index, member])
    : Object.entries(value);
  return entries.flatMap(([name, member]) =>
    expectedValues(member, [...path, name], expected || name === 'expect'),
  );
}

function spoil(root: unknown, path: Path): void {
  const parents = path.slice(0, -1);
  const holder = parents.reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], root);
  const name = path.at(-1) ?? '';
  const members = holder as Record<string, unknown>;
  members[name] = spoilt(members[name]);
}

function spoilt(value: unknown): unknown {
  if (Array.isArray(value)) return [...(value as readonly unknown[]), 'unknown'];
  if (typeof value === 'number') return value + 2;
  if (typeof value === 'boolean') return !value;
  return value === null ? 12_345 : 'somethingElse';
}

/** The table of docs/runtimes.md, generated from the results that `npm run matrix -- --write` has written. */
import { matrixTable } from '../matrix/matrix-table.mjs';
import type { Column } from '../matrix/matrix-table.mjs';
import { readSource } from '../source-imports.js';

export function runtimeColumns(): readonly Column[] {
  return JSON.parse(readSource('test/matrix/results.json')) as Column[];
}

export function runtimesTable(): string {
  const { table, right, wrong } = matrixTable(runtimeColumns());
  return `${right} right, ${wrong} wrong.\n\n${table}`;
}

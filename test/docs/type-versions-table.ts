/**
 * The table of docs/typescript.md, which `npm run prove -- type-versions all` compares with the compilers.
 */
import { COMPILERS } from '../proofs/type-versions/compilers.mjs';
import { expectedCell, versionTable } from '../proofs/type-versions/version-table.mjs';

export function typeVersionsTable(): string {
  return versionTable(
    COMPILERS.map(({ version }) => version),
    expectedCell,
  );
}

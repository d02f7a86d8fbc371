/** The table of docs/typescript.md: what `npm run prove -- type-versions all` compares. */
import { COMPILERS } from '../proofs/type-versions/compilers.mjs';
import { expectedCell, versionTable } from '../proofs/type-versions/version-table.mjs';

export function typeVersionsTable(): string {
  return versionTable(
    COMPILERS.map(({ version }) => version),
    expectedCell,
  );
}

/** Rows of cells as lines whose columns begin at the same place, one line for each row. Pure; the last column is not padded. */
const GAP = '  ';

export function alignColumns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  return rows.map((row) =>
    row
      .map((cell) => cell.replaceAll(/\p{Cc}/gu, ' '))
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
}

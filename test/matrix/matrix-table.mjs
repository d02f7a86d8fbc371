// @ts-check
/**
 * Formats the results of the matrix as Markdown: a row for each scenario, a column for each runtime, a
 * footnote for each reason.
 */

/**
 * @typedef {{ readonly ok: true } | { readonly error: string } | { readonly leftOut: string }} Cell
 * @typedef {{ readonly runtime: string, readonly version: string, readonly cells: Readonly<Record<string, Cell>> }} Column
 */

/** @param {readonly Column[]} columns */
export function matrixTable(columns) {
  const rows = [...new Set(columns.flatMap(({ cells }) => Object.keys(cells)))];
  /** @type {string[]} */
  const reasons = [];
  /** @type {string[]} */
  const problems = [];
  let right = 0;
  let wrong = 0;
  const show = (/** @type {string} */ name, /** @type {Column} */ { runtime, cells }) => {
    const cell = cells[name];
    if (cell === undefined) return '';
    if ('leftOut' in cell) {
      if (!reasons.includes(cell.leftOut)) reasons.push(cell.leftOut);
      return `– ${reasons.indexOf(cell.leftOut) + 1}`;
    }
    if ('ok' in cell) {
      right += 1;
      return 'yes';
    }
    wrong += 1;
    problems.push(`${runtime}, ${name}: ${cell.error}`);
    return '**no**';
  };
  const heads = columns.map(({ runtime, version }) => (version === '' ? runtime : `${runtime} (${version})`));
  const lines = [
    `| scenario | ${heads.join(' | ')} |`,
    `| --- |${' --- |'.repeat(columns.length)}`,
    ...rows.map((name) => `| ${name} | ${columns.map((column) => show(name, column)).join(' | ')} |`),
  ];
  const notes = reasons.map((reason, at) => `${at + 1}. ${reason}`);
  const table = [...lines, ...(notes.length > 0 ? ['', ...notes] : [])].join('\n');
  return { table, right, wrong, problems };
}

// @ts-check
/** Computes the score of a folder from its report, and formats scores. */

/**
 * @typedef {{ status: string, mutatorName: string, replacement?: string, location: { start: { line: number, column: number } } }} Mutant
 * @typedef {{ files: { [file: string]: { source: string, mutants: Mutant[] } } }} MutationReport
 * @typedef {{ folder: string, killed: number, counted: number, survivors: string[] }} Score
 */

const NOTICED = ['Killed', 'Timeout'];
/** No test failed, or no test ran the code. */
const MISSED = ['Survived', 'NoCoverage'];

/** @param {string} folder @param {MutationReport} found @returns {Score} */
export function addUp(folder, found) {
  const mutants = Object.entries(found.files).flatMap(([file, { source, mutants: own }]) =>
    own.map((mutant) => ({ ...mutant, file, source })),
  );
  const killed = mutants.filter(({ status }) => NOTICED.includes(status)).length;
  const missed = mutants.filter(({ status }) => MISSED.includes(status));
  const survivors = missed.map(({ file, source, mutatorName, replacement = '', location }) => {
    const { line, column } = location.start;
    const was = source.split('\n')[line - 1]?.trim() ?? '';
    return `${file}:${line}:${column} ${mutatorName}: ${was} → ${replacement.replaceAll(/\s+/g, ' ')}`;
  });
  return { folder, killed, counted: killed + missed.length, survivors };
}

/** @param {readonly Score[]} scores */
export function report(scores) {
  const killed = scores.reduce((sum, score) => sum + score.killed, 0);
  const counted = scores.reduce((sum, score) => sum + score.counted, 0);
  return [
    ...scores.flatMap(({ survivors }) => survivors),
    '',
    ...scores.map((score) => line(`src/core/${score.folder}`, score.killed, score.counted)),
    line('all', killed, counted),
  ].join('\n');
}

/** @param {string} what @param {number} killed @param {number} counted */
function line(what, killed, counted) {
  return `${what.padEnd(20)} ${((100 * killed) / counted).toFixed(1).padStart(5)} %  ${killed} of ${counted}`;
}

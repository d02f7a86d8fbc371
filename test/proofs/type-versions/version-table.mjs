// @ts-check
/**
 * The messages of compilers about applications, as a table: a row for each application, a column for each
 * compiler.
 */
import { PROGRAMS, versionNumber } from '../../types/applications.mjs';
import { NODE_TYPES, shortVersion } from './compilers.mjs';

/** @typedef {import('../../types/applications.mjs').Program} Program */

/**
 * `yes` if there is no message, otherwise the codes.
 * @param {readonly string[]} codes
 */
export const cellOf = (codes) => (codes.length === 0 ? 'yes' : [...new Set(codes)].join(', '));

/**
 * The expected cell.
 * @param {Program} program
 * @param {number} at
 * @param {string} version
 */
export const expectedCell = ({ applications }, at, version) =>
  cellOf([...(applications[at]?.says(versionNumber(version)) ?? [])].sort());

/**
 * @param {readonly string[]} versions
 * @param {(program: Program, at: number, version: string) => string} cell the cell of the application at this
 *   index in the program
 */
export function versionTable(versions, cell) {
  const lines = PROGRAMS.flatMap((program) =>
    program.applications.map(({ name }, at) => [
      program.resolution,
      program.nodeTypes === 'none' ? '–' : NODE_TYPES[program.nodeTypes],
      name,
      ...versions.map((version) => cell(program, at, version)),
    ]),
  );
  const head = ['`moduleResolution`', '`@types/node`', 'file', ...versions.map(shortVersion)];
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** What `--faults` means: the name of a plan, JSON, or `@file` with either in it. */
import { FAULT_KIND_NAMES, rowOf } from '../emulator/fault/fault.js';
import { FAULT_PLANS, parseFaults } from '../emulator/index.js';
import type { Fault } from '../emulator/index.js';
import { asInput } from './input-error.js';
import { readInputText } from './read-input-file.js';

/** For the help: `none, demo, …`. */
export const PLAN_NAMES = Object.keys(FAULT_PLANS).join(', ');

/** For the help: one line per kind of fault, with its phases and parameters. */
export const FAULT_KIND_LINES = FAULT_KIND_NAMES.map((kind) => {
  const { phases, fields } = rowOf(kind);
  const where = phases.length === 4 ? 'any phase' : phases.join(', ');
  const parameters = Object.entries(fields).map(([name, field]) =>
    field.isOptional === true ? `${name}?` : name,
  );
  return `  ${kind.padEnd(22)}${where.padEnd(27)}${parameters.join(' ')}`.trimEnd();
});

/** @throws InputError naming the fault and the field, or the plans that there are */
export async function readFaults(text: string): Promise<readonly Fault[]> {
  if (!text.startsWith('@')) return asInput(() => parseFaults(text), '--faults');
  const path = text.slice(1);
  const content = await readInputText(path);
  return asInput(() => parseFaults(content), path);
}

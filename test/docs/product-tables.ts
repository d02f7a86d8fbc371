/** The README's parts about what comes with the session: the embedded service's faults and plans, the command. */
import type { FaultField } from '../../src/emulator/fault/fault-field.js';
import { FAULT_KIND_NAMES, rowOf } from '../../src/emulator/fault/fault.js';
import { FAULT_PLANS } from '../../src/emulator/index.js';
import { COMMANDS } from '../../src/cli/run.js';
import { code, table } from './markdown.js';
import { propertiesOf } from './source-docs.js';

const PLAIN_PLANS: Readonly<Record<string, string>> = { none: 'No faults.' };

export function faultsTable(): string {
  const rows = FAULT_KIND_NAMES.map((kind) => {
    const { phases, fields, about } = rowOf(kind);
    const where = phases.length === 4 ? 'all four' : phases.join(', ');
    return [code(kind), where, Object.entries(fields).map(parameter).join(', '), about];
  });
  return table(['fault', 'phases', 'parameters', 'what happens'], rows);
}

/** `name`, or `name?` for one that may be left out, or `name = its default`. */
function parameter([name, field]: [string, FaultField<unknown>]): string {
  if (!('default' in field)) return code(field.isOptional === true ? `${name}?` : name);
  const isEmpty = ['""', '{}'].includes(JSON.stringify(field.default));
  return code(isEmpty ? `${name}?` : `${name} = ${String(field.default)}`);
}

export function plansTable(): string {
  const docs = new Map(
    propertiesOf('src/emulator/fault/named-plans.ts', 'FAULT_PLANS').map(({ name, doc }) => [name, doc]),
  );
  return table(
    ['plan', 'what happens'],
    Object.keys(FAULT_PLANS).map((name) => [code(name), PLAIN_PLANS[name] ?? docs.get(name) ?? '']),
  );
}

export function commandsTable(): string {
  return table(
    ['command', 'what it does'],
    COMMANDS.map(({ name, summary }) => [code(`avatarkit-session ${name}`), summary]),
  );
}

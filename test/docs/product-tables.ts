/** The documents' parts about the embedded service (its options, faults and plans) and the command. */
import type { FaultField } from '../../src/emulator/fault/fault-row.js';
import { FAULT_KIND_NAMES, rowOf } from '../../src/emulator/fault/fault.js';
import { FAULT_PLANS } from '../../src/emulator/index.js';
import { COMMANDS } from '../../src/cli/run.js';
import { resolveEmulatorOptions } from '../../src/emulator/context/resolve-emulator-options.js';
import { code, table } from './markdown.js';
import { membersOf, propertiesOf } from './source-docs.js';

const PLAIN_EMULATOR_OPTIONS: Readonly<Record<string, string>> = {
  faults: 'What goes wrong, in this order; `inject` adds more. Default none.',
};

const PLAIN_PLANS: Readonly<Record<string, string>> = { none: 'No faults.' };

export function faultsTable(): string {
  const rows = FAULT_KIND_NAMES.map((kind) => {
    const { phases, fields, about } = rowOf(kind);
    const where = phases.length === 4 ? 'all four' : phases.join(', ');
    return [code(kind), where, Object.entries(fields).map(parameter).join(', '), about];
  });
  return table(['fault', 'phases', 'parameters', 'what happens'], rows);
}

/** `name`, or `name?` for an optional one, or `name = its default`. */
function parameter([name, field]: [string, FaultField<unknown>]): string {
  if (!('default' in field)) return code(field.isOptional === true ? `${name}?` : name);
  const isEmpty = ['""', '{}'].includes(JSON.stringify(field.default));
  return code(isEmpty ? `${name}?` : `${name} = ${String(field.default)}`);
}

export function emulatorOptionsTable(): string {
  const file = 'src/emulator/context/emulator-options.ts';
  const names = Object.keys(resolveEmulatorOptions({}));
  const rows = membersOf(file, 'EmulatorOptions').map(({ name, type, doc }) => {
    const meaning = PLAIN_EMULATOR_OPTIONS[name] ?? doc;
    if (meaning === '') throw new Error(`${file}: ${name} has no comment`);
    return [code(name), code(type), meaning];
  });
  const documented = rows.map(([name]) => name);
  const missing = names.filter((name) => !documented.includes(code(name)));
  if (missing.length > 0) throw new Error(`${file}: no option is called ${missing.join(', ')}`);
  return table(['option', 'type', 'meaning'], rows);
}

export function plansTable(): string {
  const docs = new Map(
    propertiesOf('src/emulator/fault/parse-faults.ts', 'FAULT_PLANS').map(({ name, doc }) => [name, doc]),
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

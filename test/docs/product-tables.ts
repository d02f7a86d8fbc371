/** The README's parts about what comes with the session: the embedded service's faults and plans, the command. */
import { FAULT_PLANS } from '../../src/emulator/index.js';
import { COMMANDS } from '../../src/cli/run.js';
import { code, table } from './markdown.js';
import { aliasesOf, propertiesOf } from './source-docs.js';

const FAULT_FILE = 'src/emulator/fault/fault.ts';

const PLAIN_PLANS: Readonly<Record<string, string>> = { none: 'No trouble.' };

export function faultsTable(): string {
  const rows = aliasesOf(FAULT_FILE).flatMap(({ type, doc }) => {
    const fault = /^On<\s*'(\w+)',\s*([^,>]+)/.exec(type);
    if (fault === null) return [];
    const [, kind = '', phases = ''] = fault;
    const struck =
      phases.trim() === 'FaultPhase'
        ? 'all four'
        : phases
            .replaceAll(/'|\s+$/g, '')
            .split(' | ')
            .join(', ');
    return [[code(kind), struck, doc]];
  });
  return table(['fault', 'phases', 'what happens'], rows);
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

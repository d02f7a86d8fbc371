/** Which parts of README.md and of the pages in docs/ are made from the code, by the name of their marks. */
import { explainedFailure } from './explained-failure.js';
import {
  codesTable,
  errorFieldsTable,
  policyTable,
  reconnectRulesTable,
  remediationsTable,
  remediesTable,
} from './failure-tables.js';
import { optionsTable } from './option-table.js';
import { presetsTable } from './preset-table.js';
import { commandsTable, emulatorOptionsTable, faultsTable, plansTable } from './product-tables.js';
import { choices, eventsTable, stateDiagram } from './session-tables.js';
import { survivalTable } from './survival-table.js';

export const README_REGIONS: Readonly<Record<string, () => string>> = {
  states: stateDiagram,
  policy: policyTable,
  reconnectRules: reconnectRulesTable,
  presets: presetsTable,
  survival: survivalTable,
  options: optionsTable,
  codes: codesTable,
  remediations: remediationsTable,
  remedies: remediesTable,
  events: eventsTable,
  recoveries: () => choices('src/core/utterance/recovery.ts', 'RECOVERIES'),
  outcomes: () => choices('src/core/failure/avatar-sdk-error.ts', 'OUTCOMES'),
  idle: () => choices('src/client/options/session-options.ts', 'IDLE_CHOICES'),
  limits: () => choices('src/client/speech/replay-budget.ts', 'LIMIT_CHOICES'),
  fields: errorFieldsTable,
  reasons: () => choices('src/core/failure/avatar-sdk-error.ts', 'GIVE_UP_REASONS'),
  closings: () => choices('src/client/events/session-events.ts', 'CloseInfo'),
  emulatorOptions: emulatorOptionsTable,
  faults: faultsTable,
  plans: plansTable,
  commands: commandsTable,
  explained: explainedFailure,
};

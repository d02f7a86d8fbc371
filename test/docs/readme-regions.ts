/**
 * The parts of README.md and of the pages in docs/ that are generated from the code, by the name of their
 * marks.
 */
import { readSource } from '../source-imports.js';
import { audioCostsTable, comparisonTable, costsTable } from './bench-tables.js';
import { bundlersTable } from './bundlers-table.js';
import { clientCodesTable, fromClientCodesTable } from './client-code-tables.js';
import { darkPicture } from './dark-picture.js';
import { exampleList } from './example-list.js';
import { explainedFailure } from './explained-failure.js';
import {
  codesTable,
  errorFieldsTable,
  policyTable,
  reconnectRulesTable,
  remediationsTable,
  remediesTable,
} from './failure-tables.js';
import {
  newOptionsList,
  vendorCodesTable,
  vendorOptionsTable,
  vendorPhasesTable,
} from './migration-tables.js';
import { optionsTable } from './option-table.js';
import { runtimesTable } from './runtimes-table.js';
import { presetsTable, profilesTable } from './preset-table.js';
import { commandsTable, emulatorOptionsTable, faultsTable, plansTable } from './product-tables.js';
import { choices, eventsTable, stateDiagram } from './session-tables.js';
import { statePicture } from './state-picture.js';
import { survivalTable } from './survival-table.js';
import { typeVersionsTable } from './type-versions-table.js';

/** Pictures that are drawn from the code, or from another picture. */
export const PICTURES: Readonly<Record<string, () => string>> = {
  'docs/pictures/states.svg': statePicture,
  'docs/pictures/states-dark.svg': () => darkPicture(statePicture()),
  'docs/pictures/recovery-dark.svg': () => darkPicture(readSource('docs/pictures/recovery.svg')),
  'docs/pictures/gap-dark.svg': () => darkPicture(readSource('docs/pictures/gap.svg')),
  'docs/pictures/storm-dark.svg': () => darkPicture(readSource('docs/pictures/storm.svg')),
};

export const README_REGIONS: Readonly<Record<string, () => string>> = {
  states: stateDiagram,
  policy: policyTable,
  reconnectRules: reconnectRulesTable,
  presets: presetsTable,
  survival: survivalTable,
  options: optionsTable,
  profiles: profilesTable,
  codes: codesTable,
  clientCodes: clientCodesTable,
  fromClientCodes: fromClientCodesTable,
  remediations: remediationsTable,
  remedies: remediesTable,
  events: eventsTable,
  recoveries: () => choices('src/core/utterance/recovery.ts', 'Recovery'),
  outcomes: () => choices('src/core/failure/error-fields.ts', 'UtteranceOutcome'),
  idle: () => choices('src/client/options/nested-fields.ts', 'IdleChoice'),
  limits: () => choices('src/client/speech/replay-budget.ts', 'LimitChoice'),
  fields: errorFieldsTable,
  reasons: () => choices('src/core/failure/error-fields.ts', 'GiveUpReason'),
  closings: () => choices('src/client/events/session-events.ts', 'CloseInfo'),
  emulatorOptions: emulatorOptionsTable,
  faults: faultsTable,
  plans: plansTable,
  commands: commandsTable,
  explained: explainedFailure,
  examples: exampleList,
  vendorOptions: vendorOptionsTable,
  newOptions: newOptionsList,
  vendorCodes: vendorCodesTable,
  vendorPhases: vendorPhasesTable,
  comparison: comparisonTable,
  costs: costsTable,
  audioCosts: audioCostsTable,
  runtimes: runtimesTable,
  typeVersions: typeVersionsTable,
  bundlers: bundlersTable,
};

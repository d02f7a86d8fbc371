// @ts-check
/** All scenarios, in the order of the table. */
import { CLIENT_SCENARIOS } from './client-scenarios.mjs';
import { PROCESS_SCENARIOS } from './process-scenarios.mjs';

export const SCENARIOS = [...CLIENT_SCENARIOS, ...PROCESS_SCENARIOS];

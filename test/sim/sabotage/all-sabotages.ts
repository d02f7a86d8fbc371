/** Every defect with which the checks are tested. A new defect is an entry in one of these lists. */
import { GATE_DEFECTS } from './gate-defects.js';
import { HANDLER_DEFECTS } from './handler-defects.js';
import { POLICY_DEFECTS } from './policy-defects.js';
import { PROCESS_DEFECTS } from './process-defects.js';
import { RECONNECT_DEFECTS } from './reconnect-defects.js';
import { SERVICE_DEFECTS } from './service-defects.js';
import type { Sabotage } from './sabotage.js';
import { SPEECH_DEFECTS } from './speech-defects.js';
import { TRANSPORT_DEFECTS } from './transport-defects.js';

export const ALL_SABOTAGES: readonly Sabotage[] = [
  ...TRANSPORT_DEFECTS,
  ...HANDLER_DEFECTS,
  ...POLICY_DEFECTS,
  ...PROCESS_DEFECTS,
  ...SERVICE_DEFECTS,
  ...GATE_DEFECTS,
  ...RECONNECT_DEFECTS,
  ...SPEECH_DEFECTS,
];

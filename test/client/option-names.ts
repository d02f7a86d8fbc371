/** The names of a session's options and of the members of its groups, from the rows that check them: a new option is tried, too. */
import {
  CLOSE_ON_EXIT_FIELDS,
  HEARTBEAT_FIELDS,
  REPLAY_FIELDS,
} from '../../src/client/options/nested-fields.js';
import { AGORA_FIELDS, LIVEKIT_FIELDS } from '../../src/client/options/resolve-egress.js';
import { SESSION_RETRY_FIELDS } from '../../src/client/options/resolve-retry-option.js';
import { SESSION_FIELDS } from '../../src/client/options/session-fields.js';

export const OPTION_NAMES: readonly string[] = Object.keys(SESSION_FIELDS);

export const GROUP_NAMES: Readonly<Record<string, readonly string[]>> = {
  livekitEgress: Object.keys(LIVEKIT_FIELDS.fields),
  agoraEgress: Object.keys(AGORA_FIELDS.fields),
  retry: Object.keys(SESSION_RETRY_FIELDS),
  replay: Object.keys(REPLAY_FIELDS.fields),
  heartbeat: Object.keys(HEARTBEAT_FIELDS.fields),
  closeOnExit: Object.keys(CLOSE_ON_EXIT_FIELDS.fields),
};

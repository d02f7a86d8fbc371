/** The rules of every world; a new one is a file and a line here. */
import { attempts, attemptsInAnyWindow } from './attempts.js';
import { billingEnds } from './billing-ends.js';
import type { Check } from './check.js';
import { fewAtTheGate } from './few-at-the-gate.js';
import { foreignFrames } from './foreign-frames.js';
import { framesOnce } from './frames-once.js';
import { givesReasons } from './gives-reasons.js';
import { inOrder } from './in-order.js';
import { hintsAreFloors, noSleepPastTheEnd } from './limits-of-time.js';
import { noSecrets } from './no-secrets.js';
import { nothingPending } from './nothing-pending.js';
import { nothingUncaught } from './nothing-uncaught.js';
import { oneLayerRetries } from './one-layer-retries.js';
import { oneSocket } from './one-socket.js';
import { settlesInTime } from './settles-in-time.js';
import { silentAfterClose } from './silent-after-close.js';
import { teardownFirst } from './teardown-first.js';
import { transitions } from './transitions.js';

export const ALL_CHECKS: readonly Check[] = [
  settlesInTime,
  oneSocket,
  silentAfterClose,
  nothingUncaught,
  attempts,
  attemptsInAnyWindow,
  hintsAreFloors,
  noSleepPastTheEnd,
  givesReasons,
  oneLayerRetries,
  fewAtTheGate,
  framesOnce,
  foreignFrames,
  noSecrets,
  teardownFirst,
  transitions,
  nothingPending,
  inOrder,
  billingEnds,
];

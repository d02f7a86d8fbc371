/** The checks that run in every world. A new check is a file and a line here. */
import { attempts, attemptsInAnyWindow } from './attempts.js';
import { billingEnds } from './billing-ends.js';
import { calmIsDelivered } from './calm-is-delivered.js';
import type { Check } from './check.js';
import { countsWhatWasTaken } from './counts-what-was-taken.js';
import { deliveredWentOut } from './delivered-went-out.js';
import { failsAtTheLoss } from './fails-at-the-loss.js';
import { fewAtTheGate } from './few-at-the-gate.js';
import { floodsEnd } from './floods-end.js';
import { foreignFrames } from './foreign-frames.js';
import { framesOnce } from './frames-once.js';
import { unresponsiveServiceEnds } from './unresponsive-service-ends.js';
import { givesReasons } from './gives-reasons.js';
import { halfOpenNoticed } from './half-open-noticed.js';
import { idleCutsEnd } from './idle-cuts-end.js';
import { inOrder } from './in-order.js';
import { littleIsKept } from './little-is-kept.js';
import { livesAreAskedFor } from './lives-are-asked-for.js';
import { hintsAreFloors, noSleepPastTheEnd } from './limits-of-time.js';
import { noFrameWhilePaused } from './no-frame-while-paused.js';
import { noSinkAfterStop } from './no-sink-after-stop.js';
import { noSecrets } from './no-secrets.js';
import { nothingPending } from './nothing-pending.js';
import { nothingUncaught } from './nothing-uncaught.js';
import { oneLayerRetries } from './one-layer-retries.js';
import { oneSocket } from './one-socket.js';
import { pingsAreRead } from './pings-are-read.js';
import { playbackBrackets } from './playback-brackets.js';
import { refusedTokensEnd } from './refused-tokens-end.js';
import { settlesInTime } from './settles-in-time.js';
import { shortTails } from './short-tails.js';
import { silentAfterClose } from './silent-after-close.js';
import { sourcesAreLeft } from './sources-are-left.js';
import { spokenInOrder } from './spoken-in-order.js';
import { stepsInTime } from './steps-in-time.js';
import { teardownFirst } from './teardown-first.js';
import { timeGoesOn } from './time-goes-on.js';
import { transitions } from './transitions.js';
import { verdictsComeTrue } from './verdicts-come-true.js';
import { whatHealsIsRetried } from './what-heals-is-retried.js';
import { healthyAccountsConnect } from './healthy-accounts-connect.js';

export const ALL_CHECKS: readonly Check[] = [
  settlesInTime,
  oneSocket,
  silentAfterClose,
  nothingUncaught,
  attempts,
  attemptsInAnyWindow,
  hintsAreFloors,
  noSleepPastTheEnd,
  stepsInTime,
  timeGoesOn,
  givesReasons,
  oneLayerRetries,
  fewAtTheGate,
  framesOnce,
  foreignFrames,
  floodsEnd,
  noSecrets,
  teardownFirst,
  transitions,
  nothingPending,
  inOrder,
  billingEnds,
  deliveredWentOut,
  calmIsDelivered,
  unresponsiveServiceEnds,
  whatHealsIsRetried,
  healthyAccountsConnect,
  idleCutsEnd,
  halfOpenNoticed,
  pingsAreRead,
  sourcesAreLeft,
  playbackBrackets,
  noFrameWhilePaused,
  noSinkAfterStop,
  failsAtTheLoss,
  verdictsComeTrue,
  countsWhatWasTaken,
  shortTails,
  littleIsKept,
  livesAreAskedFor,
  spokenInOrder,
  refusedTokensEnd,
];

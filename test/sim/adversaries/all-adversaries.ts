/** The list of all adversaries. A new adversary is a file and a line here. */
import { accounts } from './accounts.js';
import type { Adversary } from './adversary.js';
import { crowdedSpeech } from './crowded-speech.js';
import { deafService } from './deaf-service.js';
import { earlyEnd } from './early-end.js';
import { floods } from './floods.js';
import { errorsThenCloses } from './errors-then-closes.js';
import { gatewayPages } from './gateway-pages.js';
import { ghosts } from './ghosts.js';
import { halfOpen } from './half-open.js';
import { hangingReaders } from './hanging-readers.js';
import { idleCuts } from './idle-cuts.js';
import { leavingReaders } from './leaving-readers.js';
import { lateEncoding } from './late-encoding.js';
import { opus } from './opus.js';
import { pauses } from './pauses.js';
import { restarts } from './restarts.js';
import { roomTokens } from './room-tokens.js';
import { slowLink } from './slow-link.js';
import { stallingSources } from './stalling-sources.js';
import { tokenEnds } from './token-ends.js';

/** Adversaries that were added after seeds of the earlier ones had been recorded. Add a new one here. */
export const LATER_ADVERSARIES: readonly [Adversary, ...Adversary[]] = [
  restarts,
  crowdedSpeech,
  lateEncoding,
  roomTokens,
];

export const ALL_ADVERSARIES: readonly [Adversary, ...Adversary[]] = [
  slowLink,
  deafService,
  ghosts,
  accounts,
  earlyEnd,
  opus,
  hangingReaders,
  stallingSources,
  pauses,
  tokenEnds,
  gatewayPages,
  idleCuts,
  floods,
  errorsThenCloses,
  leavingReaders,
  halfOpen,
  ...LATER_ADVERSARIES,
];

/** What a run of a request has brought, seen at the failure that ends it. Decides nothing about the next run. */
import type { RequestRun } from '../../core/policy/outage.js';
import type { Playback } from './playback.js';
import type { SpokenUtterance } from './spoken-utterance.js';

/** Positions in a room are known to 150 ms: of two of them, what is nearer than twice that may be the same. */
const SAME_POSITION_MS = 300;

/** Remembers how far the request has come, so that the next run is compared with that. */
export function endedRun(
  utterance: SpokenUtterance,
  playback: Pick<Playback, 'positionMs'>,
  usesEgress: boolean,
  nowMs: number,
): RequestRun {
  // In a room there are no keyframes: progress is what it has heard.
  const progress = usesEgress ? playback.positionMs(utterance) : utterance.ledger.keyframesDelivered;
  const gained = progress - utterance.progressAtFailure;
  const broughtNews = gained > (usesEgress ? SAME_POSITION_MS : 0);
  if (broughtNews) utterance.progressAtFailure = progress;
  const { sentAtMs, onAir, lastHeardAtMs } = utterance;
  return { sentAtMs, aliveUntilMs: onAir ? nowMs : lastHeardAtMs, broughtNews };
}

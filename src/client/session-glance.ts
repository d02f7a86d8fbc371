/**
 * The visible condition of a session at one moment, without secrets, for observers of the sessions of a process. Reading it changes
 * nothing: no listener is added, no timer is set, and it costs a session nothing until it is called.
 */
import type { HistoryEntry, SessionState } from '../core/session/session-life.js';
import type { SpeechTap } from './events/speech-tap.js';
import { SPEECH_TAPS } from './events/speech-tap.js';
import type { FleetGlance } from './gate/fleet-membership.js';
import { observeOpenSessions } from './open-sessions.js';
import { Session } from './session.js';
import type { ActiveUtterance } from './speech/active-utterance.js';
import { keptProcessBytes } from './speech/replay-budget.js';

export { keptProcessBytes };
export type { FleetGlance };

/** One utterance at one moment. */
export interface UtteranceGlance {
  readonly reqId: string;
  /** The label that the application gave it; empty without one. */
  readonly label: string;
  /** Audio that was written so far, milliseconds; 0 for Ogg Opus, whose duration can't be derived from its size. */
  readonly writtenMs: number;
  /** Whether the application has ended it. */
  readonly isEnded: boolean;
  /** Keyframes that were delivered so far. */
  readonly keyframes: number;
  readonly positionMs: number;
  /** How often it was sent again. */
  readonly replays: number;
  /** Its current stage; after `over` its outcome is set. */
  readonly stage: 'speaking' | 'waits for its turn' | 'suspended' | 'sent again soon' | 'over';
  /** Empty until it is over. */
  readonly outcome: string;
}

/** One session at one moment. */
export interface SessionGlance {
  readonly state: SessionState;
  /** Grows with each entry of `history()`. */
  readonly happened: number;
  readonly connectionId: string;
  /** Host and path of the ingress, without parts of the address that may be secret. */
  readonly endpoint: string;
  readonly avatarId: string;
  /** The sample rate of PCM, Hz; 0 for Ogg Opus. */
  readonly sampleRateHz: number;
  /** Audio kept for a re-send, and its limit, bytes. */
  readonly keptBytes: number;
  readonly maxKeptBytes: number;
  /** The limits of the policy for one outage; Infinity for no limit. */
  readonly maxAttempts: number;
  readonly maxElapsedMs: number;
  readonly isPaused: boolean;
  /** Its membership in a fleet; undefined without a coordinator. */
  readonly fleet?: FleetGlance | undefined;
}

/** An observed session. Drop it when the session is no longer open. */
export class WatchedSession {
  /** The same object for the same session, also after a restart. */
  readonly identity: object;
  /** `session.id` */
  readonly id: string;
  readonly #session: Session;
  /** Utterances that were unfinished at the latest call. */
  #seen: readonly ActiveUtterance[] = [];

  constructor(session: Session) {
    this.#session = session;
    this.identity = session.lifecycle;
    this.id = session.lifecycle.telemetry.sessionId;
  }

  glance(): SessionGlance {
    const { lifecycle, context, speech, fleet, connectionId = '' } = this.#session;
    const { options, policy, wholeSamples } = context;
    return {
      state: lifecycle.state,
      happened: lifecycle.happened,
      connectionId,
      endpoint: shownAddress(options.ingressEndpointUrl),
      avatarId: options.avatarId,
      sampleRateHz: wholeSamples ? options.sampleRate : 0,
      keptBytes: speech.unfinished.all().reduce((sum, { ledger }) => sum + ledger.audioBytes, 0),
      maxKeptBytes: options.replay.maxBytes,
      maxAttempts: policy.maxAttempts,
      maxElapsedMs: policy.maxElapsedMs,
      isPaused: speech.pausing?.isOn === true,
      fleet: fleet?.glance(),
    };
  }

  /** The kept entries of `explain()`, oldest first. */
  history(): readonly HistoryEntry[] {
    return this.#session.lifecycle.history();
  }

  /** The unfinished utterances, and once more those that have ended since the latest call. */
  utterances(): readonly UtteranceGlance[] {
    const unfinished = this.#session.speech.unfinished.all();
    const over = this.#seen.filter(({ stage }) => stage.kind !== 'speaking');
    this.#seen = unfinished;
    return [...over, ...unfinished].map((utterance) => this.#utterance(utterance));
  }

  #utterance(utterance: ActiveUtterance): UtteranceGlance {
    const { ledger, traits, stage, keyframesReleased, writtenBytes } = utterance;
    const { wholeSamples, options } = this.#session.context;
    const outcome = stage.kind === 'done' ? stage.result.outcome : 'failed';
    return {
      reqId: ledger.reqId,
      label: traits.label ?? '',
      writtenMs: wholeSamples ? (writtenBytes / 2 / options.sampleRate) * 1_000 : 0,
      isEnded: ledger.endAsked,
      keyframes: keyframesReleased,
      positionMs: this.#session.playback.positionMs(utterance),
      replays: ledger.replays,
      stage: stageOf(utterance),
      outcome: stage.kind === 'speaking' ? '' : outcome,
    };
  }

  /** Observes its audio and its frames until the returned function is called. */
  watch(tap: SpeechTap): () => void {
    return SPEECH_TAPS.watch(this.#session, tap);
  }
}

/** Reports the open sessions, and those that open and close, until the returned function is called. */
export function watchSessions(
  added: (session: WatchedSession) => void,
  removed: (identity: object) => void,
): () => void {
  return observeOpenSessions({
    added(session) {
      if (session instanceof Session) added(new WatchedSession(session));
    },
    removed(session) {
      if (session instanceof Session) removed(session.lifecycle);
    },
  });
}

function stageOf({ stage, waitsForTurn, suspended, resendTimer }: ActiveUtterance): UtteranceGlance['stage'] {
  if (stage.kind !== 'speaking') return 'over';
  if (resendTimer !== undefined) return 'sent again soon';
  if (suspended) return 'suspended';
  return waitsForTurn ? 'waits for its turn' : 'speaking';
}

/** Without query and user, which may be secret. */
function shownAddress(address: string): string {
  if (!URL.canParse(address)) return '';
  const { host, pathname } = new URL(address);
  return `${host}${pathname.replace(/\/+$/, '')}`;
}

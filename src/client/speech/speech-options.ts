/** What the speech of a session is made with: the numbers that it goes by, and the session around it. */
import type { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import type { AudioMemory } from '../../core/utterance/audio-log.js';
import type { RequestIds } from '../../core/utterance/request-id.js';
import type { Clock } from '../../ports/clock.js';
import type { Playback } from './playback.js';
import type { ReplayOptions } from './replay-budget.js';
import type { Refuser } from './request-error.js';
import type { ActiveUtterance } from './active-utterance.js';

/** How long the application may keep speech waiting. */
export interface SpeechTimeouts {
  /** How long a source of audio may give nothing before its utterance ends, milliseconds. */
  readonly sourceTimeoutMs: number;
  /** How long a loop over frames may take none of those that wait for it, milliseconds. */
  readonly readerTimeoutMs: number;
}

export interface SpeechOptions {
  readonly clock: Clock;
  readonly requestIds: RequestIds;
  readonly sampleRate: number;
  /** PCM: samples can be counted, aligned and cut. */
  readonly wholeSamples: boolean;
  readonly usesEgress: boolean;
  /** How long the service may be silent after the end of an utterance, and a write may wait for room, milliseconds. */
  readonly silenceTimeoutMs: number;
  readonly timeouts: SpeechTimeouts;
  readonly replay: ReplayOptions;
  /** Where the audio of its utterances is kept. */
  readonly audioMemory: AudioMemory;
  /** Sessions with the same one have the same endpoint and the same credentials. */
  readonly account: string;
}

/** What speech needs from the session around it. */
export interface SpeechHost extends Refuser {
  readonly playback: Playback;
  /** Why this request can't be begun now: the session is not started yet, or over. */
  rejectReason(reqId: string): AvatarSDKError | undefined;
  /** An utterance failed while the session goes on. */
  utteranceFailed(error: AvatarSDKError): void;
  /** Audio has been accepted: the session is in use. */
  audioAccepted(): void;
  /** A request has been answered to its end. */
  answered(): void;
  /** 0 when an utterance may be sent once more now, which is counted; otherwise when to ask again, in milliseconds. */
  resendInMs(): number;
  /** A write waits for room that sessions of the process share. */
  roomShared(utterance: ActiveUtterance, message: string): void;
  /** A re-send waits for the endpoint's budget. */
  resendDelayed(utterance: ActiveUtterance, delayMs: number): void;
}

/** What the speech of a session needs of the session around it, and of the context that sessions with equal options share. */
import type { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import type { AudioMemory } from '../../core/utterance/audio-log.js';
import type { Clock } from '../../ports/clock.js';
import type { Random } from '../../ports/random.js';
import type { Lifecycle } from '../events/lifecycle.js';
import type { SessionErrors } from '../events/session-errors.js';
import type { Playback } from './playback.js';
import type { ReplayOptions } from './replay-budget.js';

export interface SpeechContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly usesEgress: boolean;
  /** PCM: samples can be counted, aligned and cut. */
  readonly wholeSamples: boolean;
  /** Where the audio of its utterances is kept. */
  readonly audioMemory: AudioMemory;
  /** Sessions with the same one have the same endpoint and the same credentials. */
  readonly replayAccount: string;
  readonly options: {
    readonly sampleRate: number;
    /** How long the service may be silent after the end of an utterance, and a write may wait for room, milliseconds. */
    readonly silenceTimeoutMs: number;
    /** How long a source of audio may give nothing before its utterance ends, milliseconds. */
    readonly sourceTimeoutMs: number;
    /** How long a loop over frames may take none of those that wait for it, milliseconds. */
    readonly readerTimeoutMs: number;
    readonly replay: ReplayOptions;
    readonly transportFrames: ((envelope: Uint8Array, isLast: boolean) => unknown) | undefined;
  };
}

export interface SpeechHost {
  readonly context: SpeechContext;
  readonly errors: SessionErrors;
  readonly lifecycle: Lifecycle;
  readonly playback: Playback;
  /** Whether the session ends or has ended. */
  readonly over: boolean;
  /** Why this request can't be begun now: the session is not started yet, or over. */
  rejectReason(reqId: string): AvatarSDKError | undefined;
  /** A request has been answered to its end. */
  answered(): void;
  /** 0 when an utterance may be sent once more now, which is counted; otherwise when to ask again, in milliseconds. */
  resendInMs(): number;
}

/** What an error of a request is made with. */
export type ErrorHost = Pick<SpeechHost, 'errors' | 'over'>;

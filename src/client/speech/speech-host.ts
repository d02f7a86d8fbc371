/**
 * What the speech of a session needs of the session, and of the context that sessions with equal options share. Also the errors that
 * concern one request. Decides no outcome.
 */
import type { AvatarSDKErrorCode } from '../../core/failure/avatar-sdk-error-code.js';
import { makeAvatarSDKError, recordVerdict } from '../../core/failure/avatar-sdk-error.js';
import type {
  AvatarSDKError,
  AvatarSDKErrorFields,
  UtteranceOutcome,
} from '../../core/failure/avatar-sdk-error.js';
import type { LocalProblem } from '../../core/failure/local-problem.js';
import { ownMember } from '../../core/option/plain-object.js';
import type { AudioMemory } from '../../core/utterance/audio-log.js';
import type { Clock } from '../../ports/clock.js';
import type { Random } from '../../ports/random.js';
import type { Lifecycle } from '../events/lifecycle.js';
import type { SessionErrors } from '../events/session-errors.js';
import type { ActiveUtterance } from './active-utterance.js';
import type { EncoderSource } from './late-encoder.js';
import type { Playback } from './playback.js';
import type { ReplayOptions } from './replay-budget.js';
import type { Overlap } from './utterance-interfaces.js';

export interface SpeechContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly usesEgress: boolean;
  /** PCM: samples can be counted, aligned and cut. */
  readonly wholeSamples: boolean;
  /** Make encoders for that PCM; undefined where audio is sent as it is. */
  readonly opusEncoders: EncoderSource | undefined;
  /** Where the audio of its utterances is kept. */
  readonly audioMemory: AudioMemory;
  /** Whether the transport keeps nothing of what it was given to send. */
  readonly sendsCopies: boolean;
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
    readonly overlap: Overlap;
    readonly onEncodedAudio: ((reqId: string, bytes: Uint8Array) => unknown) | undefined;
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

/** An error that ends one request, or refuses a call on it. `willRetry`: whether the session goes on; false for what a source did. */
export function requestError(
  host: ErrorHost,
  code: AvatarSDKErrorCode,
  message: string,
  { ledger }: { readonly ledger: { readonly reqId: string } },
  outcome: UtteranceOutcome,
  problem: LocalProblem,
): AvatarSDKError {
  const error = host.errors.local(code, message, { reqId: ledger.reqId, problem });
  return recordVerdict(error, { willRetry: goesOnAfter(host, error), outcome });
}

/** The one meaning of `willRetry` on an error of a request: a session does not heal what its application's source has done. */
export function goesOnAfter(host: ErrorHost, error: AvatarSDKError): boolean {
  return !host.over && error.origin !== 'source';
}

/** The error that ends the session, or because of which it takes no requests, as the failure of one request. */
export function requestFailure(error: AvatarSDKError, reqId: string): AvatarSDKError {
  const reason = ownMember(error, 'reason');
  return recordVerdict(copyForRequest(error, reqId), {
    willRetry: false,
    outcome: 'failed',
    ...(reason === undefined ? {} : { reason }),
  });
}

/** The outcome that an unfinished utterance has when nothing more fails: for an error that does not end it. */
export function expectedOutcome({ ledger }: ActiveUtterance): 'delivered' | 'replayed' {
  return ledger.replays > 0 ? 'replayed' : 'delivered';
}

/** A copy of the failure, without a verdict. */
export function copyForRequest(error: AvatarSDKError, reqId: string): AvatarSDKError {
  const fields: AvatarSDKErrorFields = error;
  const { message } = error;
  const cause = ownMember(error, 'cause');
  const matchedRow = ownMember(error, 'matchedRow');
  // A spread omits the members that are not enumerable.
  return makeAvatarSDKError({
    ...fields,
    message,
    cause,
    reqId,
    ...(matchedRow !== undefined && { matchedRow }),
  });
}

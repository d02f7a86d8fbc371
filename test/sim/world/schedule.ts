/**
 * The meaning of one seed: a world, the operations of the application in it, and the disturbances. Plain
 * data, so that a schedule can be printed, and shrunk by removing operations and disturbances. Drawn in
 * draw-schedule.ts, run by run-schedule.ts.
 */
import type { Overlap } from '../../../src/index.js';
import type { EmulatorOptions, Fault } from '../../../src/emulator/index.js';
import type {
  IdleChoice,
  Recovery,
  ReplayOptions,
  RetryOptions,
  RetryPresetName,
} from '../../../src/index.js';
import type { Climate, ConnectionFate } from '../network/weather.js';

/** How the application's handlers behave. */
export type HandlerManner =
  | { readonly kind: 'quiet' }
  | { readonly kind: 'throwing' | 'rejecting'; readonly probability: number }
  /** The handler calls back into the session from the nth event of that name. */
  | {
      readonly kind: 'meddling';
      readonly on: 'state' | 'error' | 'retry' | 'reconnect' | 'frame' | 'close';
      readonly nth: number;
      readonly operation: Exclude<OperationKind, { readonly kind: 'speak' }>;
    };

/** How `retry.decide` answers: with the proposal, sometimes with an end of the session, or not at all. */
export type DeciderManner = 'none' | 'agreeing' | 'tired' | 'misbehaving';

export type TokenManner =
  | { readonly kind: 'console' }
  /** The application's own provider; may fail, hang, or answer from a cache. */
  | {
      readonly kind: 'provider';
      readonly failures: number;
      readonly hangs: number;
      readonly reusable: boolean;
      /** Returns its latest token for any reason but `refused`. Default false. */
      readonly caches?: boolean;
    };

/** The limits of an account's plan. */
export interface AccountTraits {
  readonly maxSessions?: number;
  readonly creditMs?: number;
}

export interface SessionTraits {
  /** The index of the session's account. */
  readonly account: number;
  /** `encoded`: the application gives PCM, and the session encodes it to Ogg Opus. */
  readonly audioFormat: 'pcm' | 'opus' | 'encoded';
  readonly frameDurationMs?: 10 | 20 | 40 | 60;
  /** The behaviour of the application's function that returns the room's configuration for each dial. */
  readonly roomFunction: 'works' | 'throws' | 'hangs' | 'caches';
  /** The validity of a room token that the function caches, in milliseconds. */
  readonly roomTokensLastMs?: number;
  readonly tokens: TokenManner;
  readonly handlers: HandlerManner;
  readonly usesEgress: boolean;
  readonly useQueryAuth: boolean;
  readonly sampleRate: number;
  readonly timeoutMs: number;
  readonly silenceTimeoutMs: number;
  readonly heartbeat: { readonly intervalMs: number; readonly timeoutMs: number } | false;
  readonly recovery: Recovery | undefined;
  readonly idle: IdleChoice;
  readonly replay: Partial<ReplayOptions>;
  readonly decider: DeciderManner;
  readonly retry: RetryOptions | RetryPresetName | false;
  readonly maxSessionMs: number | undefined;
  /** No handler and no callback gets frames. */
  readonly loopsOnly?: boolean;
}

export interface SpeechPlan {
  readonly kind: 'speak';
  readonly chunkBytes: readonly number[];
  readonly gapMs: number;
  /** Whether the application ends the utterance. */
  readonly ends: boolean;
  /**
   * By write(), in chunks; as one request of `sendAudio`; from an iterable, a Node stream or a web stream;
   * through a pipeline.
   */
  readonly by: 'speak' | 'sendAudio' | 'source' | 'readable' | 'webStream' | 'stream';
  /** The source gives no more audio after this number of chunks, and does not end. */
  readonly stallsAfter: number | undefined;
  readonly recovery: Recovery | undefined;
  /** Default: that of the session, which queues utterances if it emits frames, but not in rooms. */
  readonly overlap?: Overlap;
  /** The utterance follows the one that was started this many utterances before it; not for `sendAudio`. */
  readonly afterBack?: number;
  /**
   * How the frames are read with `for await`: not at all, in a loop, in a loop that sleeps between frames, in
   * one that ends early, in one at the pace of speech, or in one that stops reading without ending.
   */
  readonly reader: 'none' | 'loop' | 'slow' | 'leaving' | 'paced' | 'hanging';
}

export type OperationKind =
  | { readonly kind: 'init' }
  /** `abortAfterMs`: the signal aborts after this time, whether `start` has resolved or not. */
  | { readonly kind: 'start'; readonly abortAfterMs: number | undefined }
  | SpeechPlan
  | { readonly kind: 'interruptAll' | 'interruptNewest' | 'pause' | 'resume' | 'explain' | 'restart' }
  | { readonly kind: 'close'; readonly drainTimeoutMs: number | undefined };

export interface Operation {
  readonly atMs: number;
  readonly session: number;
  readonly does: OperationKind;
}

export type Disturbance =
  | {
      readonly kind: 'fate';
      readonly of: 'dial' | 'post';
      readonly nth: number;
      readonly fate: ConnectionFate;
    }
  | { readonly kind: 'fault'; readonly fault: Fault }
  | { readonly kind: 'injected'; readonly atMs: number; readonly fault: Fault }
  | { readonly kind: 'outage' | 'freeze' | 'stall'; readonly atMs: number; readonly durationMs: number }
  /** A gateway in front of the service answers with its own pages. `cuts`: open connections are cut first. */
  | {
      readonly kind: 'gateway';
      readonly atMs: number;
      readonly durationMs: number;
      readonly status: number;
      readonly cuts: boolean;
      /** Whether the page is JSON. Default false: HTML. */
      readonly json?: boolean;
    }
  | { readonly kind: 'dateJump'; readonly atMs: number; readonly byMs: number };

export interface Schedule {
  readonly seed: number;
  /** The names of the adversaries of this world. */
  readonly adversaries: readonly string[];
  readonly climate: Climate;
  readonly echoesSecrets: boolean;
  readonly service: Omit<EmulatorOptions, 'apps' | 'faults'>;
  readonly accounts: readonly AccountTraits[];
  readonly sessions: readonly SessionTraits[];
  readonly operations: readonly Operation[];
  readonly disturbances: readonly Disturbance[];
  /** The time at which the application closes all open sessions. */
  readonly endsAtMs: number;
}

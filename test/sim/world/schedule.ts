/**
 * What one seed means: a world, what the application does in it and what befalls it. Plain data, so that a schedule can be
 * printed, and shrunk by leaving operations and disturbances out. Drawn in draw-schedule.ts, carried out in run-schedule.ts.
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
  /** Calls back into the session from the nth event of that name. */
  | {
      readonly kind: 'meddling';
      readonly on: 'state' | 'error' | 'retry' | 'reconnect' | 'frame' | 'close';
      readonly nth: number;
      readonly operation: Exclude<OperationKind, { readonly kind: 'speak' }>;
    };

/** How `retry.decide` answers: with the proposal, with giving up now and then, or not at all. */
export type DeciderManner = 'none' | 'agreeing' | 'tired' | 'misbehaving';

export type TokenManner =
  | { readonly kind: 'console' }
  /** The application's own provider; may fail, hang, or answer from a cache. */
  | {
      readonly kind: 'provider';
      readonly failures: number;
      readonly hangs: number;
      readonly reusable: boolean;
    };

/** What the plan of an account allows. */
export interface AccountTraits {
  readonly maxSessions?: number;
  readonly creditMs?: number;
}

export interface SessionTraits {
  /** Its place among the accounts of the world. */
  readonly account: number;
  /** `encoded`: the application gives PCM, and the session makes Ogg Opus of it. */
  readonly audioFormat: 'pcm' | 'opus' | 'encoded';
  readonly frameDurationMs?: 10 | 20 | 40 | 60;
  /** What the application's function does that makes the room's configuration for each dial. */
  readonly roomFunction: 'works' | 'throws' | 'hangs' | 'caches';
  /** How long a room's token lasts that the function keeps, milliseconds. */
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
  /** Whether the end is said. */
  readonly ends: boolean;
  /**
   * By write(), chunk by chunk; as one request of `sendAudio`; from something to loop over, a Node stream or
   * a web stream; through a pipeline.
   */
  readonly by: 'speak' | 'sendAudio' | 'source' | 'readable' | 'webStream' | 'stream';
  /** The source gives nothing more after so many chunks, and does not end. */
  readonly stallsAfter: number | undefined;
  readonly recovery: Recovery | undefined;
  /** Default: as the session, which queues where frames come, and not in rooms. */
  readonly overlap?: Overlap;
  /** It comes after the utterance that was begun so many before it; not of `sendAudio`. */
  readonly afterBack?: number;
  /**
   * Who reads `for await`: no loop, a loop, a loop that sleeps between frames, one that leaves early, one at
   * the pace of speech, one that stops taking frames and does not leave.
   */
  readonly reader: 'none' | 'loop' | 'slow' | 'leaving' | 'paced' | 'hanging';
}

export type OperationKind =
  | { readonly kind: 'init' }
  /** `abortAfterMs`: its signal aborts then, whether `start` has resolved or not. */
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
  /** Something in front of the service answers with pages of its own; `cuts`: what is open goes down first. */
  | {
      readonly kind: 'gateway';
      readonly atMs: number;
      readonly durationMs: number;
      readonly status: number;
      readonly cuts: boolean;
      /** Default: a page of HTML. */
      readonly json?: boolean;
    }
  | { readonly kind: 'dateJump'; readonly atMs: number; readonly byMs: number };

export interface Schedule {
  readonly seed: number;
  /** Names of the adversaries that this world was given. */
  readonly adversaries: readonly string[];
  readonly climate: Climate;
  readonly echoesSecrets: boolean;
  readonly service: Omit<EmulatorOptions, 'apps' | 'faults'>;
  readonly accounts: readonly AccountTraits[];
  readonly sessions: readonly SessionTraits[];
  readonly operations: readonly Operation[];
  readonly disturbances: readonly Disturbance[];
  /** When the application closes what is still open. */
  readonly endsAtMs: number;
}

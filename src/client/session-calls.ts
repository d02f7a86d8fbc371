/** What the methods of a session take, and whether it is that: own properties only, each by name, kind and bound. */
import type { AudioEncoding, SourceFormat } from '../audio/conversions.js';
import {
  MAX_TIMER_MS,
  requireBoolean,
  requireFunction,
  requireNumber,
  requireOneOf,
  requireOptions,
} from '../core/option/option-check.js';
import type { NumberBounds } from '../core/option/option-check.js';
import { RECOVERIES } from '../core/utterance/recovery.js';
import type { Recovery } from '../core/utterance/recovery.js';
import { AudioFormat } from '../ports/message.js';
import { SESSION_EVENT_NAMES } from './events/session-events.js';
import type { SessionEventName } from './events/session-events.js';
import { isSignal, requireSignal } from './options/value-checks.js';
import type { AudioSource } from './speech/audio-chunk.js';
import type { UtteranceTraits } from './speech/active-utterance.js';

/** Options of `session.start`. */
export interface StartOptions {
  /**
   * Aborting it before `start` has resolved ends the session; afterwards it means nothing any more.
   *
   * @default none
   */
  readonly signal?: AbortSignal | undefined;
}

/** Options of `session.speak`. */
export interface SpeakOptions {
  /**
   * What happens to this utterance when the connection is lost.
   *
   * @default the session's `recovery`
   */
  readonly recovery?: Recovery | undefined;
  /**
   * Not sent again when it was neither written to nor on the air for so long, milliseconds, 0 to 2³¹−1, or Infinity.
   *
   * @default the session's `replay.ttlMs`
   */
  readonly ttlMs?: number | undefined;
  /**
   * What the source gives; it is converted to the PCM of the session. Only with a source, and not with Ogg Opus.
   *
   * @default PCM s16le at the session's `sampleRate`
   */
  readonly format?: SourceFormat | undefined;
}

/** What a close that drains does with a session that is paused. */
export type WhenPaused = 'resume' | 'interrupt';
export const WHEN_PAUSED = ['resume', 'interrupt'] as const satisfies readonly WhenPaused[];

/** Options of `session.close`. */
export interface CloseOptions {
  /**
   * Wait for what is being said to be finished.
   *
   * @default false
   */
  readonly drain?: boolean | undefined;
  /**
   * What a close that drains does first when the session is paused: `resume` it, so that what is being said is finished, or
   * `interrupt` everything.
   *
   * @default resume
   */
  readonly whenPaused?: WhenPaused | undefined;
  /**
   * How long to wait for that, milliseconds, 0 to 2³¹−1.
   *
   * @default 30_000
   */
  readonly timeoutMs?: number | undefined;
}

/** Options of `AvatarSession.closeAll`. */
export interface CloseAllOptions {
  /**
   * Wait for what is being said to be finished.
   *
   * @default false
   */
  readonly drain?: boolean | undefined;
  /**
   * How long to wait for that, or for a session that does not close, milliseconds, 0 to 2³¹−1.
   *
   * @default 10_000
   */
  readonly timeoutMs?: number | undefined;
}

export type CheckedClose = Readonly<
  Required<{ [Name in keyof CloseOptions]: Exclude<CloseOptions[Name], undefined> }>
>;

export const CLOSE_AT_ONCE: CheckedClose = Object.freeze({
  drain: false,
  whenPaused: 'resume',
  timeoutMs: 30_000,
});
const CLOSE_ALL_AT_ONCE: CheckedClose = Object.freeze({ ...CLOSE_AT_ONCE, timeoutMs: 10_000 });
const TTL_BOUNDS: NumberBounds = { min: 0, max: MAX_TIMER_MS, infinite: true };

const SPEAK_NAMES = ['recovery', 'ttlMs', 'format'] as const satisfies readonly (keyof SpeakOptions)[];

/** The signal. @throws TypeError for the wrong kind of value or an unknown name */
export function checkStart(options: StartOptions | undefined): AbortSignal | undefined {
  if (options === undefined) return undefined;
  const { signal } = requireOptions('', options, ['signal']);
  // It has no property of its own, and would be ignored.
  if (isSignal(options))
    throw new TypeError('options must be an object with a signal, got the AbortSignal itself');
  return signal === undefined ? undefined : requireSignal('signal', signal);
}

/** @throws TypeError or RangeError naming the option, the bound and the value */
export function checkSpeak(options: SpeakOptions | undefined, defaults: UtteranceTraits): UtteranceTraits {
  if (options === undefined) return defaults;
  const { recovery, ttlMs } = requireOptions('', options, SPEAK_NAMES);
  return {
    recovery: recovery === undefined ? defaults.recovery : requireOneOf('recovery', recovery, RECOVERIES),
    ttlMs: ttlMs === undefined ? defaults.ttlMs : requireNumber('ttlMs', ttlMs, TTL_BOUNDS),
  };
}

const ENCODINGS = [
  'pcm_s16le',
  'pcm_f32le',
  'pcm_mulaw',
  'pcm_alaw',
] as const satisfies readonly AudioEncoding[];
const RATE_BOUNDS: NumberBounds = { min: 8_000, max: 48_000, integer: true };

/** The format of a source that must be converted. @throws TypeError or RangeError naming the option and the value */
export function checkSourceFormat(
  options: SpeakOptions | undefined,
  source: AudioSource | undefined,
  audioFormat: AudioFormat,
): SourceFormat | undefined {
  if (options === undefined) return undefined;
  const { format: written } = requireOptions('', options, SPEAK_NAMES);
  if (written === undefined) return undefined;
  const { encoding, sampleRateHz } = requireOptions('format', written, ['encoding', 'sampleRateHz']);
  const format = {
    encoding: requireOneOf('format.encoding', encoding, ENCODINGS),
    sampleRateHz: requireNumber('format.sampleRateHz', sampleRateHz, RATE_BOUNDS),
  };
  if (source === undefined) throw new TypeError('format needs a source of audio: speak(source, { format })');
  if (audioFormat !== AudioFormat.PCM_S16LE)
    throw new RangeError('format needs a session whose audioFormat is PCM: Ogg Opus is not converted');
  return format;
}

/** The source in the PCM of the session. The conversion is loaded when it is read first; without a format nothing is loaded. */
export function inSessionFormat(
  source: AudioSource,
  format: SourceFormat | undefined,
  toHz: number,
): AudioSource {
  if (format === undefined) return source;
  const loading = import('../audio/conversions.js').then(({ toSessionPcm }) =>
    toSessionPcm(source, format, toHz),
  );
  // The reader of `converted` gets the error.
  loading.catch(() => undefined);
  const converted: AsyncIterableIterator<Uint8Array, undefined> = {
    next: async () => (await loading).next(),
    return: async () => (await (await loading).return?.()) ?? { done: true, value: undefined },
    [Symbol.asyncIterator]: () => converted,
  };
  return converted;
}

/** As `checkSpeak`. */
export function checkClose(options: CloseOptions | undefined): CheckedClose {
  if (options === undefined) return CLOSE_AT_ONCE;
  const given = requireOptions('', options, Object.keys(CLOSE_AT_ONCE));
  const { drain = false, whenPaused = 'resume', timeoutMs = CLOSE_AT_ONCE.timeoutMs } = given;
  return {
    drain: requireBoolean('drain', drain),
    whenPaused: requireOneOf('whenPaused', whenPaused, WHEN_PAUSED),
    timeoutMs: requireNumber('timeoutMs', timeoutMs, { min: 0, max: MAX_TIMER_MS }),
  };
}

/** As `checkSpeak`. */
export function checkCloseAll(options: CloseAllOptions | undefined): CheckedClose {
  if (options === undefined) return CLOSE_ALL_AT_ONCE;
  const given = requireOptions('', options, ['drain', 'timeoutMs']);
  const { drain = false, timeoutMs = CLOSE_ALL_AT_ONCE.timeoutMs } = given;
  return {
    ...CLOSE_ALL_AT_ONCE,
    drain: requireBoolean('drain', drain),
    timeoutMs: requireNumber('timeoutMs', timeoutMs, { min: 0, max: MAX_TIMER_MS }),
  };
}

/** Both as they are, for a listener of an event. @throws TypeError or RangeError; a misspelt event would never be emitted */
export function checkListener<Name extends SessionEventName, Listener>(
  name: Name,
  listener: Listener,
): readonly [Name, Listener] {
  requireOneOf('event', name, SESSION_EVENT_NAMES);
  requireFunction('listener', listener);
  return [name, listener];
}

/** Checks the arguments of a session's methods: own properties only, each by name, kind and bound. */
import type { AudioEncoding, SourceFormat } from '../audio/conversions.js';
import {
  MAX_TIMER_MS,
  bounded,
  requireBoolean,
  requireNumber,
  requireOneOf,
  requireOptions,
  requireString,
} from '../core/option/option-check.js';
import type { NumberBounds } from '../core/option/option-check.js';
import { RECOVERIES } from '../core/utterance/recovery.js';
import { isSignal, requireSignal } from './options/value-checks.js';
import type {
  CloseAllOptions,
  CloseOptions,
  SendAudioOptions,
  SpeakOptions,
  StartOptions,
  WhenPaused,
} from './session-interfaces.js';
import type { AudioSource, SpeakSource } from './speech/audio-chunk.js';
import { requireTraceContext } from './speech/utterance-telemetry.js';
import { OVERLAPS } from './speech/utterance-interfaces.js';
import type { UtteranceTraits } from './speech/utterance-interfaces.js';

export const WHEN_PAUSED = ['resume', 'interrupt'] as const satisfies readonly WhenPaused[];

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

const SPEAK_NAMES = [
  'recovery',
  'ttlMs',
  'format',
  'label',
  'signal',
  'overlap',
  'after',
  'frames',
  'traceContext',
] as const satisfies readonly (keyof SpeakOptions)[];
const MAX_LABEL_CHARACTERS = 256;
const KEEPING = ['keep', 'none'] as const;

/** The signal of a call whose only option is a signal. @throws TypeError for the wrong kind of value or an unknown name */
export function checkSignalOption(
  options: Pick<StartOptions, 'signal'> | undefined,
): AbortSignal | undefined {
  if (options === undefined) return undefined;
  const { signal } = requireOptions('', options, ['signal']);
  // A signal has no own properties, so it would be ignored.
  if (isSignal(options))
    throw new TypeError('options must be an object with a signal, got the AbortSignal itself');
  return signal === undefined ? undefined : requireSignal('signal', signal);
}

/** The traits of an utterance without options. All members are own properties. */
export function defaultTraits({ recovery, replay }: DefaultTraits): UtteranceTraits {
  const unset = {
    label: undefined,
    traceContext: undefined,
    frames: undefined,
    overlap: undefined,
    after: undefined,
  };
  return { recovery, ttlMs: replay.ttlMs, ...unset };
}

interface DefaultTraits extends Pick<UtteranceTraits, 'recovery'> {
  readonly replay: Pick<UtteranceTraits, 'ttlMs'>;
}

/** The checked arguments of `speak`. */
export interface SpeakRequest {
  readonly traits: UtteranceTraits;
  /** The format of a source that must be converted. */
  readonly format: SourceFormat | undefined;
  readonly signal: AbortSignal | undefined;
}

/** @throws TypeError or RangeError naming the option, the bound and the value */
export function checkSpeak(
  options: SpeakOptions | undefined,
  source: unknown,
  defaults: UtteranceTraits,
  takesPcm: boolean,
): SpeakRequest {
  if (options === undefined) return { traits: defaults, format: undefined, signal: undefined };
  const given = requireOptions('', options, SPEAK_NAMES);
  const { recovery, ttlMs, label, overlap, after, frames, traceContext, format, signal } = given;
  return {
    traits: {
      recovery: recovery === undefined ? defaults.recovery : requireOneOf('recovery', recovery, RECOVERIES),
      ttlMs: ttlMs === undefined ? defaults.ttlMs : requireNumber('ttlMs', ttlMs, TTL_BOUNDS),
      label:
        label === undefined
          ? undefined
          : bounded('label', requireString('label', label), MAX_LABEL_CHARACTERS),
      overlap: overlap === undefined ? undefined : requireOneOf('overlap', overlap, OVERLAPS),
      after: after === undefined ? undefined : requireReqId(after),
      frames: frames === undefined ? undefined : requireOneOf('frames', frames, KEEPING),
      traceContext: traceContext === undefined ? undefined : requireTraceContext(traceContext),
    },
    format: format === undefined ? undefined : requireSourceFormat(format, source, takesPcm),
    signal: signal === undefined ? undefined : requireSignal('signal', signal),
  };
}

/** The checked arguments of `sendAudio`. */
export interface SendAudioRequest {
  readonly end: boolean;
  readonly reqId: string | undefined;
}

/** Shared by all chunks without options. */
const ONE_OF_MANY: SendAudioRequest = Object.freeze({ end: false, reqId: undefined });

/** Accepts `true` and `false` as the vendor's SDKs do. @throws TypeError or RangeError */
export function checkSendAudio(given: boolean | SendAudioOptions | undefined): SendAudioRequest {
  if (given === undefined || given === false) return ONE_OF_MANY;
  if (typeof given !== 'object') return { end: requireBoolean('end', given), reqId: undefined };
  const { end = false, reqId } = requireOptions('', given, ['end', 'reqId']);
  return {
    end: requireBoolean('end', end),
    reqId: reqId === undefined ? undefined : requireString('reqId', reqId),
  };
}

function requireReqId(after: unknown): string {
  if (typeof after === 'string') return requireString('after', after);
  const reqId: unknown =
    typeof after === 'object' && after !== null && 'reqId' in after ? after.reqId : undefined;
  if (typeof reqId === 'string') return reqId;
  throw new TypeError('after must be an utterance of this session, or its reqId');
}

const ENCODINGS = [
  'pcm_s16le',
  'pcm_f32le',
  'pcm_mulaw',
  'pcm_alaw',
] as const satisfies readonly AudioEncoding[];
const RATE_BOUNDS: NumberBounds = { min: 8_000, max: 48_000, integer: true };

function requireSourceFormat(written: unknown, source: unknown, takesPcm: boolean): SourceFormat {
  const { encoding, sampleRateHz } = requireOptions('format', written, ['encoding', 'sampleRateHz']);
  const format = {
    encoding: requireOneOf('format.encoding', encoding, ENCODINGS),
    sampleRateHz: requireNumber('format.sampleRateHz', sampleRateHz, RATE_BOUNDS),
  };
  if (source === undefined) throw new TypeError('format needs a source of audio: speak(source, { format })');
  if (!takesPcm) {
    throw new RangeError(
      'format needs a session that takes PCM: Ogg Opus is converted with oggOpusEncoder only',
    );
  }
  return format;
}

/**
 * The source, converted to the PCM of the session. The conversion is loaded when it is first read; without a format nothing is loaded.
 */
export function inSessionFormat(
  source: SpeakSource,
  format: SourceFormat | undefined,
  toHz: number,
): SpeakSource {
  if (format === undefined) return source;
  if (typeof source !== 'function') return converted(source, format, toHz);
  return async (signal) => converted(await source(signal), format, toHz);
}

function converted(source: AudioSource, format: SourceFormat, toHz: number): AudioSource {
  const loading = import('../audio/conversions.js').then(({ toSessionPcm }) =>
    toSessionPcm(source, format, toHz),
  );
  // The reader of `audio` receives the error.
  loading.catch(() => undefined);
  const audio: AsyncIterableIterator<Uint8Array, undefined> = {
    next: async () => (await loading).next(),
    return: async () => (await (await loading).return?.()) ?? { done: true, value: undefined },
    [Symbol.asyncIterator]: () => audio,
  };
  return audio;
}

/** @throws TypeError or RangeError naming the option, the bound and the value */
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

/** @throws TypeError or RangeError naming the option, the bound and the value */
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

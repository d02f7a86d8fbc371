/**
 * The published messages of an utterance: its beginning, its first frame and its end; and its trace, which a subscriber may set. Changes
 * nothing else.
 */
import type { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import { bounded, requireOptions, requireString } from '../../core/option/option-check.js';
import { ownMember } from '../../core/option/plain-object.js';
import { SAMPLE_BYTES } from '../../core/utterance/sample-aligner.js';
import type { TraceContext } from '../../ports/message.js';
import type { UtteranceMessage } from '../events/channels.js';
import type { Telemetry, Told } from '../events/telemetry.js';
import { markHandled } from '../waiting/deferred.js';
import type { ActiveUtterance } from './active-utterance.js';
import type { SpeechContext } from './speech-host.js';
import type { UtteranceResult } from './utterance-interfaces.js';

interface PublishingHost {
  readonly context: SpeechContext;
  readonly lifecycle: { readonly telemetry: Telemetry };
}

/** Publishes the beginning of an utterance, and later its end. Returns its trace. */
export function publishUtterance(
  utterance: ActiveUtterance,
  { context, lifecycle }: PublishingHost,
): TraceContext | undefined {
  const { traceContext } = utterance.traits;
  const { telemetry } = lifecycle;
  const message = telemetry.begin('utterance', () => courseOf(utterance));
  if (message === undefined) return traceContext;
  utterance.message = message;
  const ended = (outcome: UtteranceResult | AvatarSDKError): void =>
    writeEnd(message, utterance, context, outcome);
  const run = async (): Promise<UtteranceResult> => {
    try {
      const result = await utterance.finished;
      ended(result);
      return result;
    } catch (error) {
      ended(error as AvatarSDKError);
      throw error;
    }
  };
  void markHandled(telemetry.run('utterance', message, run, (result) => result));
  return traceContext ?? usableTraceContext(message.traceContext);
}

/** The first frame of the utterance is about to be delivered. */
export function publishFirstFrame(
  { message, firstWrittenAtMs }: ActiveUtterance,
  telemetry: Telemetry,
): void {
  if (message === undefined) return;
  message.firstFrameMs = telemetry.clock.nowMs() - firstWrittenAtMs;
  telemetry.publishSame('firstFrame', message);
}

function courseOf({ ledger, traits }: ActiveUtterance): Told<UtteranceMessage> {
  return {
    reqId: ledger.reqId,
    label: traits.label,
    traceContext: traits.traceContext,
    audioMs: undefined,
    bytes: undefined,
    firstFrameMs: undefined,
    keyframes: undefined,
    replays: undefined,
    outcome: undefined,
    positionMs: undefined,
    durationMs: undefined,
    result: undefined,
    error: undefined,
  };
}

function writeEnd(
  message: UtteranceMessage,
  { ledger, writtenBytes, opusDuration }: ActiveUtterance,
  { wholeSamples, options }: SpeechContext,
  outcome: UtteranceResult | AvatarSDKError,
): void {
  message.bytes = writtenBytes;
  message.audioMs = wholeSamples
    ? (writtenBytes / SAMPLE_BYTES / options.sampleRate) * 1000
    : opusDuration?.ms;
  message.keyframes = ledger.keyframesDelivered;
  message.replays = ledger.replays;
  message.outcome = ownMember(outcome, 'outcome');
  message.positionMs = 'positionMs' in outcome ? outcome.positionMs : undefined;
}

/** The form of W3C Trace Context, version 00 or a later one. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?$/;
const MAX_TRACEPARENT_CHARACTERS = 256;
const MAX_TRACESTATE_CHARACTERS = 512;

/** @throws TypeError or RangeError naming the member, the bound and the value */
export function requireTraceContext(value: unknown): TraceContext {
  const { traceparent, tracestate } = requireOptions('traceContext', value, ['traceparent', 'tracestate']);
  const parent = requireString('traceContext.traceparent', traceparent);
  if (!TRACEPARENT.test(bounded('traceContext.traceparent', parent, MAX_TRACEPARENT_CHARACTERS))) {
    throw new RangeError(
      'traceContext.traceparent must be a traceparent of W3C Trace Context, such as 00-…-…-01',
    );
  }
  if (tracestate === undefined || tracestate === '') return { traceparent: parent };
  const state = requireString('traceContext.tracestate', tracestate);
  return {
    traceparent: parent,
    tracestate: bounded('traceContext.tracestate', state, MAX_TRACESTATE_CHARACTERS),
  };
}

/** The trace that a subscriber has set; undefined if it can't be sent. */
function usableTraceContext(value: unknown): TraceContext | undefined {
  try {
    return value === undefined ? undefined : requireTraceContext(value);
  } catch {
    return undefined;
  }
}

/** Puts a session together from checked options: who knows whom is decided here, and nothing else. */
import { createHttpTokenSource } from '../adapters/http-token-source.js';
import { createProviderTokenSource } from '../adapters/provider-token-source.js';
import { recordVerdict } from '../core/failure/avatar-sdk-error.js';
import type { AvatarSDKError } from '../core/failure/avatar-sdk-error.js';
import type { Step } from '../core/failure/phase.js';
import { createRedactor } from '../core/failure/redactor.js';
import { OPUS_SAMPLE_RATES_HZ, PCM_SAMPLE_RATES_HZ } from '../core/utterance/audio-rails.js';
import { RequestIds } from '../core/utterance/request-id.js';
import type { TokenSource } from '../ports/token-source.js';
import { AudioFormat } from '../wire/message.js';
import { FailureInterpreter } from './failure-interpreter.js';
import type { DialGate } from './gate-pass.js';
import { Inbox } from './inbox.js';
import { Lifecycle } from './lifecycle.js';
import { Notifier } from './notifier.js';
import { Playback } from './playback.js';
import type { Refusal } from './request-error.js';
import { NO_GATE } from './no-gate.js';
import type { ResolvedRetry } from './resolve-retry-option.js';
import { SessionDecider } from './session-decider.js';
import { SessionDriver } from './session-driver.js';
import type { ResolvedSessionOptions } from './session-options.js';
import { endpointName } from './shared-gate.js';
import { Speech } from './speech.js';
import { TokenStore } from './token-store.js';

export interface SessionParts {
  readonly options: ResolvedSessionOptions;
  readonly lifecycle: Lifecycle;
  readonly interpreter: FailureInterpreter;
  readonly tokens: TokenStore;
  readonly playback: Playback;
  readonly speech: Speech;
  readonly driver: SessionDriver;
  /** An error of this side, for the phase that the session is in. */
  readonly refusal: Refusal;
}

export function assembleSession(options: ResolvedSessionOptions, retry: ResolvedRetry): SessionParts {
  const { clock, random, audioFormat, sampleRate, transportFrames, silenceTimeoutMs, replay } = options;
  const wholeSamples = audioFormat === AudioFormat.PCM_S16LE;
  const notifier = new Notifier(options.callbacks);
  const lifecycle = new Lifecycle(notifier, clock);
  const usesEgress = options.livekitEgress !== undefined || options.agoraEgress !== undefined;
  const interpreter = new FailureInterpreter(createRedactor([options.apiKey]), usesEgress, clock);
  const tokens = new TokenStore(tokenSource(options), clock);
  const playback = new Playback(notifier, usesEgress);
  const requestIds = new RequestIds(() => random.next());
  const { connectGate: gates, tokenProvider, consoleEndpointUrl, ingressEndpointUrl } = options;
  const endpoint = endpointName(
    tokenProvider === undefined ? consoleEndpointUrl : undefined,
    ingressEndpointUrl,
  );

  const gate = (): DialGate => gates?.endpoint(clock, endpoint) ?? NO_GATE;

  const refusal: SessionParts['refusal'] = (code, message, reqId, cause) =>
    interpreter.failure({
      kind: 'refusedLocally',
      phase: lifecycle.phase,
      step: STEP_OF_REFUSAL[lifecycle.phase],
      usesEgress,
      code,
      message,
      cause,
      ...(reqId === undefined ? {} : { reqId }),
    });
  const speech: Speech = new Speech(
    { clock, requestIds, sampleRate, wholeSamples, usesEgress, silenceTimeoutMs, replay },
    {
      refusal,
      unwilling: () => {
        if (driver.ending !== undefined) return driver.ending.error;
        if (driver.draining !== undefined) return driver.draining;
        if (driver.started) return undefined;
        return refusal('invalidRequest', 'the session has not been started: call start() first');
      },
      utteranceFailed: (error) => lifecycle.failed(error),
      utteranceInterrupted: (utterance) => playback.interrupted(utterance),
      spoken: () => driver.spoken(),
      answered: () => gate().answered(),
      resendInMs: () => gate().resendInMs(),
      resendHeld: ({ ledger }, delayMs) => {
        const why =
          'the budget of the endpoint for re-sends is used up: little of what is said there succeeds';
        const attempt = ledger.replays + 1;
        lifecycle.delayed({ attempt, delayMs: Math.ceil(delayMs), source: 'budget', why });
      },
    },
  );
  const nowMs = (): number => clock.nowMs();
  const inbox = new Inbox({ notifier, speech, playback, requestIds, transportFrames, nowMs });
  const driver = new SessionDriver({
    clock,
    policy: retry.policy,
    decider: new SessionDecider(retry, random),
    interpreter,
    lifecycle,
    inbox,
    playback,
    speech,
    options,
    tokens,
    closure: (message, connectionId) =>
      interpreter.failure({
        kind: 'refusedLocally',
        phase: 'websocket_runtime',
        step: 'close',
        usesEgress,
        connectionId,
        code: 'connectionClosed',
        message,
      }),
    gate,
    gated: (message, latest) => refusal(latest?.code ?? 'connectionFailed', message, undefined, latest),
    checkBeforeDial: () => {
      const rates = wholeSamples ? PCM_SAMPLE_RATES_HZ : OPUS_SAMPLE_RATES_HZ;
      if (rates.includes(sampleRate)) return undefined;
      const message = `sampleRate must be one of ${rates.join(', ')} Hz, got ${sampleRate}`;
      return refusal('unsupportedSampleRate', message);
    },
  });
  return { options, lifecycle, interpreter, tokens, playback, speech, driver, refusal };
}

const STEP_OF_REFUSAL = {
  session_token: 'request',
  websocket_connect: 'handshake',
  websocket_runtime: 'send',
} as const satisfies Record<string, Step>;

function tokenSource(options: ResolvedSessionOptions): TokenSource {
  const { tokenProvider, consoleEndpointUrl, apiKey, expireAt, clock, httpPost } = options;
  if (tokenProvider !== undefined) return createProviderTokenSource(tokenProvider, clock);
  return createHttpTokenSource({ consoleEndpointUrl, apiKey: apiKey ?? '', expireAt, clock, httpPost });
}

/** The errors with which the application itself ends a session. */
export function endedByApplication(
  { refusal }: SessionParts,
  reason: 'closed' | 'aborted',
  cause?: unknown,
): AvatarSDKError {
  const message =
    reason === 'closed' ? 'the session was closed by the application' : 'the start was aborted by its signal';
  return recordVerdict(refusal('connectionClosed', message, undefined, cause), { willRetry: false, reason });
}

/** Puts a session together from checked options: who knows whom is decided here, and nothing else. */
import { createHttpTokenSource } from '../adapters/token/http-token-source.js';
import { nodeHttpPost } from '../adapters/node/node-http-post.js';
import { copiesSentBytes } from '../adapters/own-transports.js';
import { createProviderTokenSource } from '../adapters/token/provider-token-source.js';
import type { AvatarSDKErrorCode } from '../core/failure/avatar-sdk-error-code.js';
import { recordVerdict } from '../core/failure/avatar-sdk-error.js';
import type { AvatarSDKError } from '../core/failure/avatar-sdk-error.js';
import { LOCAL_STEPS } from '../core/failure/phase.js';
import { createRedactor } from '../core/failure/redactor.js';
import type { AudioMemory } from '../core/utterance/audio-log.js';
import { OPUS_SAMPLE_RATES_HZ, PCM_SAMPLE_RATES_HZ } from '../core/utterance/audio-rails.js';
import { RequestIds } from '../core/utterance/request-id.js';
import type { Clock } from '../ports/clock.js';
import type { EndSignal } from '../ports/end-signal.js';
import { AudioFormat } from '../ports/message.js';
import type { TokenSource } from '../ports/token-source.js';
import { closeSession } from './close-session.js';
import { Lifecycle } from './events/lifecycle.js';
import { Notifier } from './events/notifier.js';
import { SessionGates } from './gate/session-gates.js';
import { ingressEndpoint } from './gate/shared-gate.js';
import type { LoopEnd, LoopParts } from './loop/connection-loop.js';
import { FailureInterpreter } from './loop/failure-interpreter.js';
import { SessionDecider } from './loop/session-decider.js';
import { TokenStore } from './loop/token-store.js';
import type { OpenSession } from './open-sessions.js';
import type { ResolvedRetry } from './options/resolve-retry-option.js';
import type { ResolvedSessionOptions } from './options/resolve-session-options.js';
import { SessionDriver } from './session-driver.js';
import { secretsOf } from './session-secrets.js';
import { Inbox } from './speech/inbox.js';
import type { InboxOptions } from './speech/inbox.js';
import { Playback } from './speech/playback.js';
import type { PlaybackParts } from './speech/playback.js';
import { audioMemory } from './speech/replay-budget.js';
import type { ReplayOptions } from './speech/replay-budget.js';
import { expectedOutcome, requestFailure } from './speech/request-error.js';
import type { RefusalDetails } from './speech/request-error.js';
import type { SpeechHost, SpeechOptions, SpeechTimeouts } from './speech/speech-options.js';
import { Speech } from './speech/speech.js';
import type { ActiveUtterance } from './speech/active-utterance.js';

/**
 * One object that every part knows, each by the narrow interface that it names: an object, or a function, for each acquaintance
 * would cost an idle session several times what it is worth.
 */
export class SessionParts
  implements SpeechOptions, SpeechHost, InboxOptions, PlaybackParts, LoopParts, OpenSession
{
  /** Without its credentials when the session is over. */
  options: ResolvedSessionOptions;
  readonly policy: ResolvedRetry['policy'];
  readonly decider: SessionDecider;
  readonly usesEgress: boolean;
  readonly lifecycle: Lifecycle;
  readonly interpreter: FailureInterpreter;
  readonly tokens: TokenStore;
  readonly playback: Playback;
  readonly speech: Speech;
  readonly inbox: Inbox;
  readonly driver: SessionDriver;
  /** Present from the first request on. */
  #requestIds: RequestIds | undefined;
  openEntry: OpenSession['openEntry'];

  constructor(options: ResolvedSessionOptions, retry: ResolvedRetry) {
    const { clock, random, callbacks, livekitEgress, agoraEgress } = options;
    this.options = options;
    this.policy = retry.policy;
    this.lifecycle = new Lifecycle(new Notifier(callbacks, clock), clock);
    this.decider = new SessionDecider(retry, random, this.notifier);
    this.usesEgress = livekitEgress !== undefined || agoraEgress !== undefined;
    this.interpreter = new FailureInterpreter(createRedactor(secretsOf(options)), this.usesEgress, clock);
    this.tokens = new TokenStore(createTokenSource(options), clock);
    this.playback = new Playback(this);
    this.speech = new Speech(this, this);
    this.inbox = new Inbox(this);
    this.driver = new SessionDriver(this);
  }

  get clock(): Clock {
    return this.options.clock;
  }

  get notifier(): Notifier {
    return this.lifecycle.notifier;
  }

  get requestIds(): RequestIds {
    return (this.#requestIds ??= new RequestIds(this.options.random));
  }

  get sampleRate(): number {
    return this.options.sampleRate;
  }

  get wholeSamples(): boolean {
    return this.options.audioFormat === AudioFormat.PCM_S16LE;
  }

  get silenceTimeoutMs(): number {
    return this.options.silenceTimeoutMs;
  }

  get timeouts(): SpeechTimeouts {
    return this.options;
  }

  get replay(): ReplayOptions {
    return this.options.replay;
  }

  get audioMemory(): AudioMemory {
    return audioMemory(copiesSentBytes(this.options.transport));
  }

  get account(): string {
    const { account, ingressEndpointUrl } = this.options;
    return `${account} at ${ingressEndpoint(ingressEndpointUrl, undefined).name}`;
  }

  get transportFrames(): InboxOptions['transportFrames'] {
    return this.options.transportFrames;
  }

  get paused(): boolean {
    return this.speech.pausing?.isOn === true;
  }

  get signal(): EndSignal {
    return this.driver.signal;
  }

  get over(): boolean {
    return this.driver.ending !== undefined;
  }

  get endedBy(): AvatarSDKError | undefined {
    return this.driver.ending?.error;
  }

  get closeOnExit(): OpenSession['closeOnExit'] {
    return this.options.closeOnExit;
  }

  get connectionId(): string | undefined {
    return this.driver.connection?.connectionId;
  }

  nowMs(): number {
    return this.options.clock.nowMs();
  }

  gates(): SessionGates {
    return new SessionGates(this.options, this.options.httpPost !== nodeHttpPost);
  }

  /** An error of this side, for the phase that the session is in. */
  refusal(code: AvatarSDKErrorCode, message: string, details: RefusalDetails = {}): AvatarSDKError {
    const { phase } = this.lifecycle;
    const { reqId, cause, problem }: RefusalDetails = Object.assign(Object.create(null) as object, details);
    return this.interpreter.failure({
      kind: 'refusedLocally',
      phase,
      step: LOCAL_STEPS[phase],
      usesEgress: this.usesEgress,
      code,
      message,
      cause,
      ...(problem === undefined ? {} : { problem }),
      ...(reqId === undefined ? {} : { reqId }),
    });
  }

  gateTimeout(message: string, latest: AvatarSDKError | undefined): AvatarSDKError {
    return this.refusal(latest?.code ?? 'connectionFailed', message, {
      cause: latest,
      problem: 'gateTimeout',
    });
  }

  connectionEndedError(message: string, connectionId: string, problem: 'ended' | 'rollover'): AvatarSDKError {
    return this.interpreter.failure({
      kind: 'refusedLocally',
      phase: 'websocket_runtime',
      step: 'close',
      usesEgress: this.usesEgress,
      connectionId,
      code: 'connectionClosed',
      problem,
      message,
    });
  }

  checkBeforeDial(): AvatarSDKError | undefined {
    const rates = this.wholeSamples ? PCM_SAMPLE_RATES_HZ : OPUS_SAMPLE_RATES_HZ;
    if (rates.includes(this.sampleRate)) return undefined;
    const message = `sampleRate must be one of ${rates.join(', ')} Hz, got ${this.sampleRate}`;
    return this.refusal('unsupportedSampleRate', message, { problem: 'sampleRate' });
  }

  rejectReason(reqId: string): AvatarSDKError | undefined {
    const { ending, draining, started } = this.driver;
    const ended = ending?.error ?? draining;
    if (ended !== undefined) return requestFailure(ended, reqId);
    if (started) return undefined;
    const message = 'the session has not been started: call start() first';
    return requestFailure(this.refusal('invalidRequest', message, { problem: 'notStarted' }), reqId);
  }

  utteranceFailed(error: AvatarSDKError): void {
    this.lifecycle.failed(error);
  }

  audioAccepted(): void {
    this.driver.spoken();
  }

  answered(): void {
    this.gates().ingress.answered();
  }

  resendInMs(): number {
    return this.gates().ingress.resendInMs(this.options.account);
  }

  roomShared(utterance: ActiveUtterance, message: string): void {
    const { reqId, replays } = utterance.ledger;
    const error = this.refusal('invalidRequest', message, { reqId, problem: 'processReplayLimit' });
    const verdict = { willRetry: true, attempt: replays + 1, outcome: expectedOutcome(utterance) };
    this.lifecycle.roomAwaited(recordVerdict(error, verdict), replays + 1);
  }

  resendDelayed({ ledger, outage }: ActiveUtterance, delayMs: number): void {
    const why = 'the budget of the endpoint for re-sends is used up: little of what is said there succeeds';
    const attempt = (outage?.attempts ?? ledger.replays) + 1;
    this.lifecycle.delayed({ attempt, delayMs: Math.ceil(delayMs), source: 'budget', why });
  }

  connected(connectionId: string): void {
    this.interpreter.confirmedBefore = true;
    this.driver.connected(connectionId);
  }

  loopEnded(end: LoopEnd): void {
    this.driver.loopEnded(end);
  }

  givenUp(error: AvatarSDKError): void {
    this.driver.givenUp(error);
  }

  close(...how: Parameters<OpenSession['close']>): Promise<void> {
    return closeSession(this, ...how);
  }
}

/** Where a session gets its tokens from: the application's own function, or the console with the API key. */
function createTokenSource(options: ResolvedSessionOptions): TokenSource {
  const { tokenProvider, clock } = options;
  if (tokenProvider !== undefined) return createProviderTokenSource(tokenProvider, clock);
  return createHttpTokenSource(options);
}

/**
 * A session from its confirmation to its end: handles the client's messages, keeps its requests, passes audio
 * to the delivery that the configuration asked for, and closes at a limit (no audio input, longest duration,
 * credit, token). Independent of handshakes.
 */
import {
  AudioFormat,
  EgressType,
  MessageType,
  type ClientAudioInput,
  type ClientConfigureSession,
  type ClientMessage,
} from '../../ports/message.js';
import { AudioFormatError, type Animator, PcmAnimator } from '../animation/animator.js';
import { OggOpusAnimator } from '../animation/ogg-opus-animator.js';
import type { CreditMeter, ConnectionLink } from '../context/emulator-context.js';
import type { ResolvedEmulatorOptions } from '../context/resolve-emulator-options.js';
import { HeardRecord } from '../context/heard.js';
import type { Amount } from '../fault/fault.js';
import { drawAmount, type FaultSlot, strikeConnection } from '../fault/fault-plan.js';
import { RuntimeFaults, type RuntimeFault } from '../fault/runtime-faults.js';
import type { TimerSet } from '../socket/service-socket.js';
import { AnimationSender, SocketDelivery } from './request-delivery.js';
import type { EmulatedRequest, InterruptReason, RequestDelivery } from './request-delivery.js';
import { EgressDelivery } from './egress-delivery.js';

const INVALID_ARGUMENT = 3;

export class ConfirmedSession {
  readonly #link: ConnectionLink;
  readonly #canControl: boolean;
  readonly #requests = new Map<string, EmulatedRequest>();
  readonly #pauses = new Map<EmulatedRequest, () => void>();
  readonly #faults: RuntimeFaults;
  readonly #sender: AnimationSender;
  readonly #delivery: RequestDelivery;
  readonly #limits: SessionLimits;

  constructor(link: ConnectionLink, configure: ClientConfigureSession, capabilities: readonly string[]) {
    this.#link = link;
    this.#canControl = capabilities.includes('playback_control');
    const { context } = link;
    this.#faults = new RuntimeFaults(
      link.timers,
      context.random,
      ({ kind, phase }) => link.log({ event: 'faultFired', kind, phase }),
      (fault) => strikeConnection(fault, link.faultTarget()),
    );
    this.#sender = new AnimationSender(link, this.#faults, capabilities);
    this.#delivery = newDelivery(link, configure, this.#sender);
    const close = (code: number, reason: string): void => link.socket.close('service', code, reason);
    const { timers, credits, tokenLastsMs } = link;
    const { options } = context;
    this.#limits = new SessionLimits({ options, configure, credits, timers, tokenLastsMs, close });
  }

  arm(slots: readonly FaultSlot<RuntimeFault>[]): void {
    this.#faults.arm(slots);
  }

  take(message: ClientMessage): void {
    switch (message.type) {
      case MessageType.clientAudioInput: {
        this.#takeAudio(message);
        return;
      }
      case MessageType.clientInterrupt: {
        this.#takeInterrupt(message.reqId);
        return;
      }
      case MessageType.clientPause: {
        this.#control(message.reqId, 'paused');
        return;
      }
      case MessageType.clientResume: {
        this.#control(message.reqId, 'resumed');
        return;
      }
      case MessageType.clientConfigureSession: {
        this.#link.sendError(0, 'unexpected message type: ClientConfigureSession');
        return;
      }
    }
  }

  dispose(): void {
    this.#limits.dispose();
    this.#delivery.dispose();
  }

  #takeAudio({ reqId, audio, end, traceContext }: ClientAudioInput): void {
    const traced = traceContext === undefined ? {} : { traceparent: traceContext.traceparent };
    this.#link.log({ event: 'audio', reqId, bytes: audio.length, end, ...traced });
    if (reqId === '') {
      this.#link.sendError(INVALID_ARGUMENT, 'req_id is empty');
      return;
    }
    if (audio.length > 0) this.#limits.audioArrived();
    const request = this.#requests.get(reqId) ?? this.#open(reqId, traceContext);
    const { heard } = request;
    if (request.phase !== 'open') {
      this.#link.log({ event: 'ignored', detail: 'audio after the end of its request', reqId });
      return;
    }
    if (end) request.phase = 'ended';
    heard.ended = end;
    this.#link.context.heard.keep(heard, audio);
    try {
      this.#delivery.audio(request, audio, end);
    } catch (error) {
      if (!(error instanceof AudioFormatError)) throw error;
      request.phase = 'over';
      this.#link.sendError(INVALID_ARGUMENT, error.message, reqId);
    }
    this.#faults.audioArrived(request.index, audio.length);
  }

  #open(reqId: string, traceContext: ClientAudioInput['traceContext']): EmulatedRequest {
    const { context, number } = this.#link;
    const { pace, keyframesPerMessage } = context.options;
    const { faults = [], ...answer } = context.script.take() ?? {};
    const request: EmulatedRequest = {
      reqId,
      index: this.#requests.size + 1,
      phase: 'open',
      traceContext,
      heard: new HeardRecord(reqId, number, context.log.nowMs),
      manner: { delayMs: 0, pace, keyframesPerMessage, ...answer },
    };
    context.heard.add(request.heard);
    this.#requests.set(reqId, request);
    this.#link.currentReqId = reqId;
    const scripted = faults.map((fault) => ({ ...fault, request: request.index }));
    this.#faults.arm(scripted.map((fault) => ({ fault, firedCount: 0, removed: false })));
    this.#faults.requestBegan(request.index);
    return request;
  }

  #takeInterrupt(reqId: string): void {
    const request = this.#requests.get(reqId);
    this.#link.log({ event: 'interrupted', reqId, known: request !== undefined });
    if (request === undefined) return;
    request.heard.interruptedAtMs ??= this.#link.context.log.nowMs;
    this.#interrupt(request, 'explicit');
    this.#sender.afterInterrupt(request);
  }

  #interrupt(request: EmulatedRequest, reason: InterruptReason): void {
    this.#endPause(request);
    if (request.phase === 'over') return;
    request.phase = 'over';
    this.#delivery.interrupt(request, reason);
  }

  #control(reqId: string, event: 'paused' | 'resumed'): void {
    const request = this.#requests.get(reqId);
    const obstacle = !this.#canControl
      ? 'no capability playback_control'
      : request === undefined || request.phase === 'over'
        ? 'no such request'
        : undefined;
    if (obstacle !== undefined || request === undefined) {
      this.#link.log({ event: 'ignored', detail: `${event}: ${obstacle ?? ''}`, reqId });
      return;
    }
    this.#link.log({ event, reqId });
    this.#endPause(request);
    if (event === 'resumed') {
      this.#delivery.resume(request);
      return;
    }
    const timeout = (): void => this.#interrupt(request, 'pause_timeout');
    this.#pauses.set(request, this.#link.timers.after(this.#link.context.options.pauseTimeoutMs, timeout));
    this.#delivery.pause(request);
  }

  #endPause(request: EmulatedRequest): void {
    this.#pauses.get(request)?.();
    this.#pauses.delete(request);
  }
}

function newDelivery(
  { context: { options, random }, timers }: ConnectionLink,
  { audioFormat, sampleRate, egressType }: ClientConfigureSession,
  sender: AnimationSender,
): RequestDelivery {
  const { createOpusDecoder } = options;
  const newAnimator = (): Animator =>
    audioFormat === AudioFormat.OGG_OPUS
      ? new OggOpusAnimator(
          createOpusDecoder && { sampleRateHz: sampleRate, decode: createOpusDecoder(sampleRate) },
        )
      : new PcmAnimator(sampleRate);
  if (egressType === EgressType.none) {
    const drawBatch = (keyframesPerMessage: Amount): number => drawAmount(keyframesPerMessage, random);
    return new SocketDelivery({ newAnimator, drawBatch, overlap: options.overlap }, sender, timers);
  }
  const { playoutSpeed: speed, playbackStateIntervalMs: stateIntervalMs, egressOverlap: overlap } = options;
  return new EgressDelivery({ newAnimator, speed, stateIntervalMs, overlap }, sender, timers);
}

interface SessionLimitsOptions {
  readonly options: ResolvedEmulatorOptions;
  readonly configure: ClientConfigureSession;
  readonly credits: readonly CreditMeter[];
  readonly timers: TimerSet;
  readonly tokenLastsMs: number;
  readonly close: (code: number, reason: string) => void;
}

class SessionLimits {
  readonly #timers: TimerSet;
  readonly #endBilling: () => void;
  readonly #armIdle: () => () => void;
  #cancelIdle: () => void;

  constructor({ options, configure, credits, timers, tokenLastsMs, close }: SessionLimitsOptions) {
    this.#timers = timers;
    const { idleCloseCode, idleTimeoutMs, maxSessionMs, tokenEndsSession } = options;
    const roomIdleS = configure.livekitEgress?.idleTimeout ?? 0;
    const [idleMs, idleReason] =
      roomIdleS > 0
        ? [roomIdleS * 1000, 'livekit silence timeout']
        : [idleTimeoutMs, `no audio input for ${idleTimeoutMs / 1000}s`];
    this.#armIdle = () => this.#timers.after(idleMs, () => close(idleCloseCode, idleReason));
    this.#cancelIdle = this.#armIdle();
    timers.after(maxSessionMs, () => close(4002, 'session time limit reached'));
    if (tokenEndsSession) timers.after(tokenLastsMs, () => close(4010, 'session token expired'));
    const ends = credits.map((meter) => meter.bill(() => close(4001, 'Credits exhausted')));
    this.#endBilling = () => {
      for (const end of ends) end();
    };
  }

  audioArrived(): void {
    this.#cancelIdle();
    this.#cancelIdle = this.#armIdle();
  }

  dispose(): void {
    this.#cancelIdle();
    this.#endBilling();
  }
}

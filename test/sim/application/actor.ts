/**
 * The application around one session: performs its operations through the public API, and records the speech.
 * Contains no checks.
 */
import { createRawOpusEncoder } from '../../support/raw-opus.js';
import { AudioFormat, newAvatarSession } from '../../../src/index.js';
import type { AvatarSession, AvatarSessionOptions } from '../../../src/index.js';
import { resolveRetryPolicy } from '../../../src/core/policy/resolve-retry-policy.js';
import type { EgressRequest, LiveKitEgress, RetryPolicy } from '../../../src/index.js';
import type { Network } from '../network/network.js';
import type { Chronicle } from '../world/chronicle.js';
import { Draws } from '../world/draws.js';
import type { OperationKind, SessionTraits } from '../world/schedule.js';
import type { AudioSource } from './audio-source.js';
import { AVATAR_ID, CONSOLE_URL, createProvider } from './credentials.js';
import type { Credentials } from './credentials.js';
import { retryWith } from './decider.js';
import { createHandlers } from './handlers.js';
import type { Promises } from './promises.js';
import { Speaker } from './speaker.js';
import type { SpeechBook } from './speech-book.js';

/**
 * The client's time-out for the service's answer to a close, and some time for the events after it, in
 * milliseconds.
 */
export const CLOSE_BOUND_MS = 2_100;

export interface ActorOptions {
  readonly number: number;
  readonly seed: number;
  readonly traits: SessionTraits;
  readonly network: Network;
  readonly chronicle: Chronicle;
  readonly promises: Promises;
  readonly credentials: Credentials;
  /** Allows a sabotage to change the options of the session. */
  readonly tamper: (options: AvatarSessionOptions) => AvatarSessionOptions;
  readonly tamperSource: (source: AudioSource) => AudioSource;
  readonly tamperSignal: (signal: AbortSignal) => AbortSignal;
}

export class Actor {
  readonly options: ActorOptions;
  readonly #session: AvatarSession;
  /** The policy that the application configured. A sabotage may have given the session another one. */
  readonly policy: RetryPolicy;
  readonly books: SpeechBook[] = [];
  readonly signals: AbortSignal[] = [];
  readonly #speaker: Speaker;

  constructor(options: ActorOptions) {
    const { number, seed, traits, network, chronicle, promises, tamper } = options;
    this.options = options;
    this.policy = resolveRetryPolicy(traits.retry);
    const handlers = createHandlers({
      session: number,
      chronicle,
      manner: traits.handlers,
      draws: new Draws(seed, `handlers ${number}`),
      emitter: () => this.#session,
      perform: (operation) => this.perform(operation),
    });
    const withoutFrames = { onFrame: undefined, transportFrames: undefined };
    const heard = traits.loopsOnly === true ? { ...handlers, ...withoutFrames } : handlers;
    const session = newAvatarSession(tamper({ ...this.#sessionOptions(), ...heard }));
    this.#session = session;
    this.#speaker = new Speaker({
      number,
      session,
      traits,
      maxElapsedMs: this.policy.maxElapsedMs,
      books: this.books,
      promises,
      chronicle,
      time: network.options.time,
      draws: new Draws(seed, `speech ${number}`),
      climate: network.options.climate,
      tamperSource: options.tamperSource,
    });
  }

  get session(): AvatarSession {
    return this.#session;
  }

  perform(operation: OperationKind): void {
    const { session } = this;
    const { number, promises, chronicle, traits } = this.options;
    switch (operation.kind) {
      case 'init':
        promises.track(number, 'init', traits.timeoutMs + CLOSE_BOUND_MS, () => session.init());
        return;
      case 'start':
        this.#start(operation.abortAfterMs);
        return;
      case 'restart':
        if (session.state === 'closing' || session.state === 'closed') promises.nextLife(number);
        promises.track(number, 'restart', this.#startBoundMs, () => session.restart());
        return;
      case 'speak':
        this.#speaker.speak(operation);
        return;
      case 'interruptAll': {
        const saying = this.books.filter((book) => book.result === undefined && !book.failed);
        for (const book of this.books) book.silence();
        promises.track(number, 'interrupt everything', 0, () => session.interrupt(), {
          resolved: () => {
            for (const book of saying) book.interrupted = true;
          },
        });
        return;
      }
      case 'interruptNewest':
        this.#speaker.interruptNewest();
        return;
      case 'pause':
        promises.track(number, 'pause', 0, () => session.pause());
        return;
      case 'resume':
        promises.track(number, 'resume', 0, () => session.resume());
        return;
      case 'explain':
        chronicle.add({ kind: 'did', session: number, what: `explain: ${session.explain().length} entries` });
        return;
      case 'close': {
        const { drainTimeoutMs } = operation;
        const drains = drainTimeoutMs !== undefined;
        const what = drains ? `close, draining for ${drainTimeoutMs} ms` : 'close';
        const boundMs = (drainTimeoutMs ?? 0) + CLOSE_BOUND_MS;
        promises.track(number, what, boundMs, () =>
          session.close(drains ? { drain: true, timeoutMs: drainTimeoutMs } : {}),
        );
        promises.hurry(number, boundMs);
      }
    }
  }

  get #startBoundMs(): number {
    const { maxElapsedMs, patienceMs } = this.policy;
    return maxElapsedMs + 3 * Math.max(this.options.traits.timeoutMs, patienceMs) + CLOSE_BOUND_MS;
  }

  #start(abortAfterMs: number | undefined): void {
    const { number, promises, chronicle, tamperSignal, network } = this.options;
    const { time } = network.options;
    const controller = abortAfterMs === undefined ? undefined : new AbortController();
    const what = abortAfterMs === undefined ? 'start' : `start, to be aborted after ${abortAfterMs} ms`;
    const signal = controller && tamperSignal(controller.signal);
    let isStarting = true;
    const settled = (): void => void (isStarting = false);
    const start = (): Promise<string> => this.session.start({ signal });
    promises.track(number, what, this.#startBoundMs, start, { resolved: settled, rejected: settled });
    if (controller === undefined) return;
    this.signals.push(controller.signal);
    time.plan('timer', abortAfterMs ?? 0, () => {
      chronicle.add({ kind: 'did', session: number, what: 'abort the start' });
      controller.abort(new Error('the application has changed its mind'));
      if (isStarting) promises.hurry(number, CLOSE_BOUND_MS);
    });
  }

  #sessionOptions(): AvatarSessionOptions {
    const { number, seed, traits, network, credentials } = this.options;
    const { tokens, usesEgress, recovery, maxSessionMs, audioFormat, frameDurationMs } = traits;
    const account = credentials.account(traits.account);
    const draws = new Draws(seed, `provider ${number}`);
    return {
      ...(tokens.kind === 'console'
        ? { apiKey: account.apiKey }
        : { tokenProvider: createProvider(tokens, account, network, number, draws) }),
      appId: account.appId,
      avatarId: AVATAR_ID,
      consoleEndpointUrl: CONSOLE_URL,
      ingressEndpointUrl: 'wss://ingress.test/v2/driveningress',
      sampleRate: traits.sampleRate,
      audioFormat: audioFormat === 'pcm' ? AudioFormat.PCM_S16LE : AudioFormat.OGG_OPUS,
      oggOpusEncoder: audioFormat === 'encoded' && { frameDurationMs, createEncoder: createRawOpusEncoder },
      useQueryAuth: traits.useQueryAuth,
      livekitEgress: usesEgress ? this.#roomFunction(credentials) : undefined,
      timeoutMs: traits.timeoutMs,
      silenceTimeoutMs: traits.silenceTimeoutMs,
      heartbeat: traits.heartbeat,
      idle: traits.idle,
      replay: traits.replay,
      retry: retryWith(traits, new Draws(seed, `decider ${number}`)),
      recovery,
      maxSessionMs,
      transport: network.transportOf(number),
      httpPost: network.httpPostOf(number),
      clock: network.options.time.client,
      random: new Draws(seed, `session ${number}`),
    };
  }

  /**
   * The application's function that returns the configuration of its room. Some of these functions are
   * faulty.
   */
  #roomFunction(
    credentials: Credentials,
  ): (request: EgressRequest) => LiveKitEgress | Promise<LiveKitEgress> {
    const { traits, network } = this.options;
    const { roomFunction, roomTokensLastMs = Infinity } = traits;
    // The date of an application's server is right.
    const { service: clock } = network.options.time;
    let kept: LiveKitEgress | undefined;
    return ({ reason }) => {
      switch (roomFunction) {
        case 'works':
          return credentials.room();
        case 'throws':
          throw new Error('the room is not there');
        case 'hangs':
          return new Promise(() => undefined);
        case 'caches':
          if (reason === 'refused') kept = undefined;
          return (kept ??= credentials.roomUntil(clock.epochMs() + roomTokensLastMs));
      }
    };
  }
}

/** The speech of a relay: utterances of its session, each with its lane to the browser. Must not know WebSockets. */
import { checkSpeak, defaultTraits } from '../client/session-calls.js';
import type { SpeakOptions } from '../client/session-interfaces.js';
import type { FrameLike } from '../client/events/session-events.js';
import { checkSource } from '../client/speech/audio-chunk.js';
import type { AudioSource, FormattedSource, SpeakSource } from '../client/speech/audio-chunk.js';
import type { UtteranceHandle } from '../client/speech/utterance-interfaces.js';
import { toClientErrorCode } from '../core/failure/client-error-code.js';
import type { RelayAudioFormat } from './messages.js';
import type { Outbox } from './outbox.js';
import { relayAudio } from './relay-audio.js';
import type { CheckedRelayOptions } from './relay-options.js';

/** The session checks the options of `speak`, except for the format. */
const FORMAT_CHECK = defaultTraits({ recovery: 'tail', replay: { ttlMs: 0 } });

export interface RelaySpeechHost {
  /** An utterance is over. */
  settled(): void;
  /** The limit of kept frames is exceeded. */
  tooMuch(): void;
}

export class RelaySpeech {
  readonly audio: RelayAudioFormat;
  readonly #options: CheckedRelayOptions;
  readonly #outbox: Outbox;
  readonly #host: RelaySpeechHost;
  /** Unfinished utterances by request id. */
  readonly #utterances = new Map<string, UtteranceHandle>();

  constructor(options: CheckedRelayOptions, outbox: Outbox, host: RelaySpeechHost) {
    this.#options = options;
    this.#outbox = outbox;
    this.#host = host;
    this.audio = { encoding: options.encoding, sampleRateHz: options.sampleRateHz };
  }

  get isIdle(): boolean {
    return this.#utterances.size === 0;
  }

  /** Like `Relay.speak`; an utterance that is not relayed any more is interrupted. */
  speak(source: SpeakSource<FormattedSource>, options: SpeakOptions, isRelayed: boolean): UtteranceHandle {
    const { session, encoding, sourceTimeoutMs, clock } = this.#options;
    const takesPcm = encoding === 'pcm_s16le';
    const { format: sourceFormat } = checkSpeak(options, source, FORMAT_CHECK, takesPcm);
    if (sourceFormat === undefined && typeof source !== 'function') checkSource(source as AudioSource);
    const utterance = session.speak(undefined, { frames: 'none', ...options, format: undefined });
    if (!isRelayed) {
      void utterance.interrupt();
      return utterance;
    }
    const { reqId } = utterance;
    const lane = this.#outbox.open(reqId);
    this.#utterances.set(reqId, utterance);
    utterance.on('frame', ({ raw, end }: FrameLike) => {
      lane.frame(raw, end);
      if (this.#outbox.keptBytes > this.#options.maxQueuedBytes) this.#host.tooMuch();
    });
    const settle = (end: () => void): void => {
      this.#utterances.delete(reqId);
      end();
      this.#host.settled();
    };
    utterance.finished.then(
      ({ outcome }) =>
        settle(() => {
          if (outcome === 'interrupted') this.#outbox.cut(lane);
          else lane.end();
        }),
      (error: unknown) => settle(() => lane.end(toClientErrorCode(error, 'web'))),
    );
    relayAudio({ utterance, lane, source, sourceFormat, audio: this.audio, sourceTimeoutMs, clock });
    return utterance;
  }

  /** The page has played this much of an utterance; ignored for an utterance that is over. */
  played(reqId: string, ms: number): void {
    this.#utterances.get(reqId)?.played(ms);
  }
}

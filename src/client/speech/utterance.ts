/** One utterance for the application: write, end, interrupt, wait, read its frames, and the same as a Node stream. Decides nothing. */
import type { Writable } from 'node:stream';
import { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import { requireNumber, requireOptions } from '../../core/option/option-check.js';
import type { Handler } from '../events/notifier.js';
import { OwnListeners } from '../events/session-events.js';
import type { Frame } from '../events/session-events.js';
import { TypedEmitter } from '../events/typed-emitter.js';
import type { ListenerList } from '../events/typed-emitter.js';
import { handledRejection } from '../waiting/deferred.js';
import { toBytes } from './audio-chunk.js';
import type { AudioChunk } from './audio-chunk.js';
import type { Speech } from './speech.js';
import type {
  InterruptedUtterance,
  UtteranceEvents,
  UtteranceHandle,
  UtteranceResult,
} from './utterance-interfaces.js';
import type { ActiveUtterance } from './active-utterance.js';
import { KeptFrames } from './kept-frames.js';
import { createUtteranceWritable } from './utterance-writable.js';

const NOTHING = new Uint8Array(0);
const ACCEPTED = Promise.resolve();
const UTTERANCE_EVENTS = ['playback', 'frame', 'error'] as const satisfies readonly (keyof UtteranceEvents)[];

/**
 * One request, from its first audio to its last frame. It survives reconnects: audio that is unfinished when a connection is lost is sent
 * again, and frames that had come are not delivered again.
 *
 * `for await (const frame of utterance)` gives every frame once, in order, and throws when the utterance fails. For a loop that has not
 * begun, up to 1 MiB of frames is kept, more than a minute, or none if the application gets its frames by callback; for a slow loop up to
 * 32 MiB, for one that takes none 8 MiB. A loop gets the kept frames, then it throws an AvatarSDKError that names the first missing
 * index. It also throws if it takes none of the waiting frames within `readerTimeoutMs`; they are dropped. Neither that nor leaving the
 * loop ends the utterance, and the socket is read all the time.
 *
 * @example
 * ```ts
 * const utterance = session.speak();
 * for await (const chunk of tts(text)) await utterance.write(chunk);
 * await utterance.end();
 * const { outcome, keyframes } = await utterance.finished;
 * ```
 */
export class Utterance extends TypedEmitter<UtteranceEvents> implements UtteranceHandle {
  readonly #speech: Speech;
  readonly #active: ActiveUtterance;
  #writable: Writable | undefined;
  #isLooped = false;

  /** @internal */
  constructor(speech: Speech, active: ActiveUtterance) {
    super(new UtteranceListeners(speech, active));
    this.#speech = speech;
    this.#active = active;
  }

  /** The id of this request; frames and errors have it, also after a reconnect. */
  get reqId(): string {
    return this.#active.ledger.reqId;
  }

  /** The label that `speak` was given. */
  get label(): string | undefined {
    return this.#active.traits.label;
  }

  /**
   * Settles once, in bounded time: with the outcome, or with an AvatarSDKError whose `outcome` is `expired` or `failed`. Never causes an
   * unhandled rejection, even if it is not awaited. If every frame came, and a loop is still taking them, it waits for that loop: until
   * it has ended, or has taken none for 2 seconds. It waits in the same way for a client that reports by `played`.
   */
  get finished(): Promise<UtteranceResult> {
    return this.#active.finished;
  }

  /**
   * Accepts audio of any length: sent at once, or kept while the session reconnects. Resolves when the socket has room for more; awaiting
   * it is the backpressure. The chunk may be reused after the call. Rejects with an AvatarSDKError when the utterance is over, and with
   * TypeError for a chunk that is no audio.
   */
  write(chunk: AudioChunk): Promise<void> {
    return this.#accept(chunk, false);
  }

  /** Ends the utterance, after the audio in `chunk` if it is given. The service answers with the last frame. */
  end(chunk: AudioChunk = NOTHING): Promise<void> {
    return this.#accept(chunk, true);
  }

  /**
   * Interrupts the utterance, at once. From then on no handler and no loop gets a frame of it, and it accepts no audio; `finished`
   * resolves as `interrupted`. In a room the service may report the exact final position within 250 ms: `finished` and the event
   * `interrupted` wait for that, `interrupt` and `close` do not.
   */
  interrupt(): Promise<void> {
    this.#speech.interrupt(this.#active);
    return Promise.resolve();
  }

  /**
   * The same utterance as a Node stream: `await pipeline(source, utterance.writable)` writes at the pace of the socket, ends it, and
   * resolves when all audio is accepted; for web streams use `Writable.toWeb(utterance.writable)`. If it is destroyed before its end, the
   * utterance is interrupted; if it is destroyed with an error, or a source that is piped in fails, the utterance fails (an AbortError
   * interrupts). It never causes an unhandled `error` event. At an interrupt a stream that is piped in is destroyed, and a generator of a
   * pipeline is closed at its next chunk; the output of a transform is discarded until it ends. The pipeline does not reject because of
   * that.
   */
  get writable(): Writable {
    const active = this.#active;
    const { endings } = this.#speech;
    this.#writable ??= createUtteranceWritable(this, {
      over: active.over,
      isCut: () => active.revoked,
      stalls: endings.watchSource(active),
      failed: (thrown, isRefusal) => {
        const isOwn = isRefusal && thrown instanceof AvatarSDKError;
        endings.failBySource(active, isOwn ? thrown : endings.sourceError(active, thrown));
      },
    });
    return this.#writable;
  }

  /**
   * Yields every frame once, in order. Throws the AvatarSDKError of a failed utterance, or one that names the first missing index after a
   * gap.
   */
  [Symbol.asyncIterator](): AsyncIterator<Frame, undefined> {
    const { frames } = this.#active;
    if (frames === undefined)
      throw new TypeError("this utterance keeps no frames: it was begun with frames: 'none'");
    if (this.#isLooped) {
      const keeps = frames instanceof KeptFrames;
      const instead = `${keeps ? '' : "begin it with frames: 'keep', and "}loop over utterance.frames({ from })`;
      throw new TypeError(`the frames of an utterance can be looped over once: ${instead}`);
    }
    this.#isLooped = true;
    return frames instanceof KeptFrames ? frames.read(0) : frames[Symbol.asyncIterator]();
  }

  /**
   * Frames from the keyframe `from` on, including later ones: any number of loops over an utterance that was begun with `frames: 'keep'`.
   * None has a keyframe before `from`: a frame that begins before it is trimmed, also in `raw`. Each loop ends, or throws, as `for await
   * (const frame of utterance)` does; beyond the last keyframe it ends without a frame.
   * @throws TypeError if frames are not kept; RangeError for a `from` that is no whole number from 0 on
   */
  frames(options: { readonly from?: number } = {}): AsyncIterable<Frame> {
    const { from = 0 } = requireOptions('', options, ['from']);
    const first = requireNumber('from', from, { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
    const { frames } = this.#active;
    if (!(frames instanceof KeptFrames))
      throw new TypeError("frames({ from }) needs speak(audio, { frames: 'keep' })");
    return { [Symbol.asyncIterator]: () => frames.read(first) };
  }

  /**
   * A client that renders the frames has played this much of the utterance, milliseconds of its audio. From then on that is the position
   * of the utterance: in its result, in playback events, and in the result of an interrupt. It is limited to the frames that had been
   * delivered when it was reported (in a room: to the sent audio), and a smaller position than before is ignored.
   *
   * While a client reports, `finished`, the event `ended` and `close({ drain: true })` wait until all of the utterance is played, or for
   * 2 seconds without a further report; for one that is at 0 also while the client plays the one before it. They wait only if the first
   * report came before the last frame: call `played(0)` right after `speak`. The frames of the next utterance do not wait for that.
   * @throws TypeError or RangeError for a value that is no number from 0 on
   */
  played(ms: number): void {
    const positionMs = requireNumber('ms', ms, { min: 0, max: Number.MAX_SAFE_INTEGER });
    this.#speech.endings.reported(this.#active, positionMs);
  }

  #accept(chunk: AudioChunk, end: boolean): Promise<void> {
    try {
      return this.#speech.write(this.#active, toBytes(chunk), end) ?? ACCEPTED;
    } catch (error) {
      return handledRejection(error);
    }
  }
}

/** The listeners of one utterance; without any it has no list. */
class UtteranceListeners implements ListenerList<UtteranceEvents> {
  readonly #speech: Speech;
  readonly #active: ActiveUtterance;
  #tellsErrors = false;

  constructor(speech: Speech, active: ActiveUtterance) {
    this.#speech = speech;
    this.#active = active;
  }

  get names(): typeof UTTERANCE_EVENTS {
    return UTTERANCE_EVENTS;
  }

  on(name: keyof UtteranceEvents, listener: Handler<never>, once: boolean): void {
    this.#listFor(name).add(name, listener, once);
  }

  prepend(name: keyof UtteranceEvents, listener: Handler<never>, once: boolean): void {
    this.#listFor(name).prepend(name, listener, once);
  }

  off(name: keyof UtteranceEvents, listener: Handler<never>): void {
    this.#active.listeners?.remove(name, listener);
  }

  removeAll(name?: keyof UtteranceEvents): void {
    this.#active.listeners?.removeAll(name);
  }

  listeners<Name extends keyof UtteranceEvents>(name: Name): readonly Handler<UtteranceEvents[Name]>[] {
    return (this.#active.listeners?.all(name) ?? []) as readonly Handler<UtteranceEvents[Name]>[];
  }

  #listFor(name: keyof UtteranceEvents): OwnListeners {
    const active = this.#active;
    if (name === 'error' && !this.#tellsErrors) {
      this.#tellsErrors = true;
      active.finished.catch((error: unknown) =>
        this.#speech.endings.tellFailed(active, error as AvatarSDKError),
      );
    }
    return (active.listeners ??= new OwnListeners());
  }
}

/** How far each of them was heard, when all have settled. */
export async function interruptedOf(
  utterances: readonly ActiveUtterance[],
): Promise<readonly InterruptedUtterance[]> {
  const results = await Promise.allSettled(utterances.map(({ finished }) => finished));
  return results.flatMap((settled) => {
    if (settled.status === 'rejected') return [];
    const { reqId, label, positionMs } = settled.value;
    const named = label === undefined ? { reqId } : { reqId, label };
    return [{ ...named, positionMs, outcome: 'interrupted' }];
  });
}

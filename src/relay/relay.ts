/**
 * A session and its browser: speech goes to both, audio first, and messages of the browser become events. The relay outlives the
 * WebSocket by `lingerMs`; the session outlives the relay only if the option `closeSession` is false.
 */
import type { SpeakOptions } from '../client/session-interfaces.js';
import type { CloseInfo } from '../client/events/session-events.js';
import type { FormattedSource, SpeakSource } from '../client/speech/audio-chunk.js';
import type { UtteranceHandle } from '../client/speech/utterance-interfaces.js';
import { Deferred, markHandled } from '../client/waiting/deferred.js';
import { toClientErrorCode } from '../core/failure/client-error-code.js';
import type { Timer } from '../ports/clock.js';
import { dialectOf } from './dialects.js';
import type { Transcript, UpMessage } from './messages.js';
import { Outbox } from './outbox.js';
import { RelayEmitter, RelayNotifier } from './relay-events.js';
import type { RelayEvents } from './relay-events.js';
import { checkAttach, checkRelayOptions, checkSocket, checkTranscript } from './relay-options.js';
import type { AttachOptions, CheckedRelayOptions, RelayOptions } from './relay-options.js';
import { BrowserLine, CLOSE_CODES } from './relay-socket.js';
import type { RelaySocket } from './relay-socket.js';
import { RelaySpeech } from './relay-speech.js';

/** The page has closed the WebSocket itself, and will not reconnect. */
const NORMAL_CLOSURE = 1000;
const BROKEN_RULES: readonly number[] = [CLOSE_CODES.brokenRule, CLOSE_CODES.tooLarge, 1003];

type Stage =
  | { readonly kind: 'open' }
  /** The session is over: waiting messages are still sent. */
  | { readonly kind: 'flushing'; readonly reason: RelayEvents['close']['reason']; readonly closeCode: number }
  | { readonly kind: 'over' };

/**
 * Relays one session to one browser at a time. For each utterance the page gets the audio first, then the service's messages unchanged,
 * then an end. Messages of the page become events. No text of the service or of this package reaches the page.
 *
 * @example
 * ```ts
 * server.on('connection', (socket) => {
 *   const relay = new Relay({ session: newAvatarSession(options), socket, dialect: 'binary' });
 *   relay.on('text', ({ text }) => relay.speak(tts(answerTo(text))));
 * });
 * ```
 */
export class Relay extends RelayEmitter implements AsyncDisposable {
  /** The id with which a browser reconnects within `lingerMs`. Any client that has it can take the session over. */
  readonly id: string;
  readonly #options: CheckedRelayOptions;
  readonly #outbox: Outbox;
  readonly #events: RelayNotifier;
  readonly #speech: RelaySpeech;
  readonly #closed = new Deferred<void>();
  readonly #onSessionClose = (info: CloseInfo): void => this.#sessionClosed(info);
  #line: BrowserLine | undefined;
  #isStarted = false;
  #linger: Timer | undefined;
  #stage: Stage = { kind: 'open' };

  /** @throws TypeError or RangeError for a wrong option */
  constructor(options: RelayOptions) {
    const checked = checkRelayOptions(options);
    const socket = checkSocket(options.socket);
    const events = new RelayNotifier(checked.clock);
    super(events);
    this.#events = events;
    this.#options = checked;
    const { dialect, windowBytes, lingerMs, session, id } = checked;
    this.id = id ?? crypto.randomUUID();
    this.#outbox = new Outbox(dialectOf(dialect), windowBytes, lingerMs > 0, () => this.#added());
    this.#speech = new RelaySpeech(checked, this.#outbox, {
      settled: () => this.#endWhenFlushed(),
      tooMuch: () => void this.#interrupt(false),
    });
    session.on('close', this.#onSessionClose);
    this.#connect(socket, false);
    const started = (): void => {
      this.#isStarted = true;
      this.#sendReady(false);
    };
    // A failed start is reported by the event `close` of the session; a session that was over before has no such event.
    session.start().then(started, (error: unknown) => this.#failed(error));
  }

  /** Whether a browser is connected. */
  get isAttached(): boolean {
    return this.#line !== undefined;
  }

  /** Whether the relay is over: nothing is relayed any more, and no browser can reconnect. */
  get isOver(): boolean {
    return this.#stage.kind === 'over';
  }

  /** Bytes that are kept for the browser; if it may reconnect, including those that it has not confirmed. */
  get queuedBytes(): number {
    return this.#outbox.keptBytes;
  }

  /**
   * Begins an utterance as `session.speak(source, options)` does. The page gets the audio, each piece before the service does, then the
   * frames, then the end. Utterances reach the page one after the other. While the page is behind by more than `windowBytes`, no audio is
   * read from the source. Frames are kept for a loop only with the option `frames`.
   *
   * `finished` of the utterance rejects as without a relay; the page gets the client's error code. An utterance after the end of the
   * relay is interrupted at once, or fails with the session.
   * @throws TypeError or RangeError for wrong options, and for a value that is no audio source
   *
   * @example
   * ```ts
   * const { outcome } = await relay.speak(tts('Hello'), { format: { encoding: 'pcm_f32le', sampleRateHz: 24_000 } }).finished;
   * ```
   */
  speak(source: SpeakSource<FormattedSource>, options: SpeakOptions = {}): UtteranceHandle {
    return this.#speech.speak(source, options, this.#stage.kind === 'open');
  }

  /**
   * Interrupts all unfinished utterances, and those that the page is still playing: it gets a message to drop unplayed audio and frames,
   * even after the service has finished. Nothing of them is sent afterwards. Resolves with the newest interrupted request, as
   * `session.interrupt()` does; that method alone can't stop the playback in the page.
   */
  interrupt(): Promise<string | undefined> {
    return this.#interrupt(false);
  }

  /**
   * Sends a text of the conversation for display in the page, before the waiting messages. Not sent in the dialect `spatialreal`, and not
   * to a browser that will not reconnect. Of waiting texts, the latest 256 are kept.
   * @throws TypeError or RangeError for a value that is no such text
   */
  transcript(transcript: Transcript): void {
    const message = checkTranscript(transcript);
    if (this.#stage.kind === 'open') this.#outbox.say(message);
  }

  /**
   * Attaches a browser that has reconnected with the id; the previous connection is closed with 4001. Returns whether the browser
   * continues where it was; otherwise unfinished utterances are interrupted, and the page starts afresh. If the relay is over, the socket
   * is closed with 1000.
   * @throws TypeError or RangeError for wrong options
   */
  attach(socket: RelaySocket, options?: AttachOptions): boolean {
    const received = checkAttach(options);
    const browser = checkSocket(socket);
    if (this.#stage.kind === 'over') {
      browser.on('error', () => undefined);
      browser.close(CLOSE_CODES.over);
      return false;
    }
    this.#linger?.cancel();
    this.#line?.leave(CLOSE_CODES.replaced);
    this.#line = undefined;
    const resumed = received !== undefined && this.#outbox.resume(received);
    if (!resumed) {
      void this.#interrupt(true);
      this.#outbox.forget();
    }
    this.#connect(browser, resumed);
    return resumed;
  }

  /**
   * Ends the relay: the browser is closed with 1000, no further message is sent, and the session is closed, or only interrupted if
   * `closeSession` is false. To finish unfinished utterances first, close the session with `drain` instead: the relay ends after it.
   * Resolves when the session is closed. A second call joins the first.
   */
  close(): Promise<void> {
    this.#end('closed', CLOSE_CODES.over);
    return this.#closed.promise;
  }

  /** Like `close()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #connect(socket: RelaySocket, resumed: boolean): void {
    const line = new BrowserLine(socket, this.#outbox, this.#options, {
      received: (message) => this.#received(message),
      left: (closeCode) => {
        if (this.#line === line) this.#left(closeCode);
      },
      drained: () => this.#endWhenFlushed(),
    });
    this.#line = line;
    if (this.#isStarted) this.#sendReady(resumed);
    else if (this.#stage.kind === 'flushing') line.release();
    // Delayed, so that the application can add its listeners first.
    queueMicrotask(() => this.#events.emit('attached', { resumed }));
  }

  #sendReady(resumed: boolean): void {
    const { lingerMs, avatar } = this.#options;
    const next = this.#outbox.nextOnLine;
    const lingers = lingerMs > 0;
    this.#line?.ready({
      type: 'ready',
      id: this.id,
      next,
      resumed,
      lingers,
      audio: this.#speech.audio,
      avatar,
    });
  }

  /** Sends added messages, and ends if they were the last. */
  #added(): void {
    this.#line?.flush();
    this.#endWhenFlushed();
  }

  #interrupt(byBrowser: boolean): Promise<string | undefined> {
    const interrupted = markHandled(this.#options.session.interrupt());
    this.#outbox.interrupt(byBrowser);
    return interrupted;
  }

  #received(message: UpMessage): void {
    if (message.type === 'interrupt') {
      void this.#interrupt(true).then((reqId) => this.#events.emit('interrupt', { reqId }));
    } else if (message.type === 'played') {
      this.#speech.played(message.reqId, message.ms);
    } else {
      const { type, ...payload } = message;
      this.#events.emit(type, payload);
    }
  }

  #left(closeCode: number): void {
    this.#line = undefined;
    this.#events.emit('detached', { closeCode });
    if (BROKEN_RULES.includes(closeCode)) {
      this.#end('brokenRule', closeCode);
      return;
    }
    const { lingerMs, clock } = this.#options;
    if (closeCode === NORMAL_CLOSURE || lingerMs === 0) this.#end('left', CLOSE_CODES.over);
    else this.#linger = clock.schedule(lingerMs, () => this.#end('left', CLOSE_CODES.over));
  }

  #failed(error: unknown): void {
    if (this.#stage.kind !== 'open') return;
    this.#outbox.say({ type: 'error', code: toClientErrorCode(error, 'web'), reqId: undefined });
    this.#flushAndEnd('failed', CLOSE_CODES.failed);
  }

  #sessionClosed({ reason, error }: CloseInfo): void {
    if (reason === 'failed' || reason === 'aborted') this.#failed(error);
    else if (reason === 'closed') this.#flushAndEnd('closed', CLOSE_CODES.over);
    else this.#flushAndEnd('failed', CLOSE_CODES.over);
  }

  /** The utterances settle first; their waiting messages are sent, then the browser is closed. */
  #flushAndEnd(reason: RelayEvents['close']['reason'], closeCode: number): void {
    if (this.#stage.kind !== 'open') return;
    this.#stage = { kind: 'flushing', reason, closeCode };
    // A page that waits for `ready` gets the close code instead.
    this.#line?.release();
    this.#options.clock.afterPendingInput(() => this.#endWhenFlushed());
  }

  #endWhenFlushed(): void {
    const stage = this.#stage;
    if (stage.kind === 'flushing' && this.#speech.isIdle && this.#outbox.isEmpty)
      this.#end(stage.reason, stage.closeCode);
  }

  #end(reason: RelayEvents['close']['reason'], closeCode: number): void {
    if (this.#stage.kind === 'over') return;
    this.#stage = { kind: 'over' };
    this.#linger?.cancel();
    const { session, closeSession } = this.#options;
    session.off('close', this.#onSessionClose);
    // Sources are no longer read, and no message is added. A page that has received everything plays it to its end.
    void markHandled(session.interrupt());
    this.#outbox.abandon();
    this.#line?.leave(closeCode);
    this.#line = undefined;
    this.#outbox.forget();
    const closed = closeSession ? session.close() : Promise.resolve();
    void closed.then(() => this.#closed.resolve());
    this.#events.emit('close', { reason });
  }
}

/**
 * Same as `new Relay(options)`: relays a session to a browser.
 *
 * @throws TypeError or RangeError for a wrong option
 *
 * @example
 * ```ts
 * const relay = createRelay({ session, socket, dialect: 'spatius', lingerMs: 30_000 });
 * relay.on('micAudio', ({ audio }) => stt.write(audio));
 * ```
 */
export function createRelay(options: RelayOptions): Relay {
  return new Relay(options);
}

/**
 * A session and its browser: speech goes to both, audio first, and messages of the browser become events. The
 * relay outlives the WebSocket by `lingerMs`; the session outlives the relay only if the application asks for
 * that. How messages are written and queued is decided elsewhere.
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
  /** The session is over: what waits is still sent. */
  | { readonly kind: 'flushing'; readonly reason: RelayEvents['close']['reason']; readonly closeCode: number }
  | { readonly kind: 'over' };

/**
 * Relays one session to one browser at a time. What the application says through it reaches the page as audio first, then the service's
 * messages unchanged, then an end; what the page sends is an event. No text of the service or of this package reaches the page.
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
  /** The name by which a browser comes back within `lingerMs`: any client that knows it can take the session over. */
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
    // What start fails with is in the event `close` of the session; one that was over before has none.
    session.start().then(started, (error: unknown) => this.#failed(error));
  }

  /** Whether a browser is there. */
  get isAttached(): boolean {
    return this.#line !== undefined;
  }

  /** Whether the relay is over: nothing is relayed any more, and no browser can come back. */
  get isOver(): boolean {
    return this.#stage.kind === 'over';
  }

  /** Bytes that are kept for the browser, those that it has not confirmed included where it may come back. */
  get queuedBytes(): number {
    return this.#outbox.keptBytes;
  }

  /**
   * Says something: as `session.speak(source, options)`, and the page gets the audio, each piece before the service does, then the frames,
   * then the end. Utterances reach the page one after the other. While the page is behind by more than `windowBytes`, no audio is read
   * from the source. The frames are not kept for a loop, unless the options say so.
   *
   * `finished` of the utterance rejects as without a relay; the page gets the client's code for it. What is said after the end of the
   * relay is interrupted at once, or fails with the session.
   * @throws TypeError or RangeError for wrong options, and for what is no source of audio
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
   * Cuts short everything that is being said, and what the page still has of it: it gets the message to drop what it has not played, also when
   * the service is done with it. Nothing of it is sent afterwards. Resolves with the newest request that was interrupted, as
   * `session.interrupt()`; that alone can't reach what the page still plays.
   */
  interrupt(): Promise<string | undefined> {
    return this.#interrupt(false);
  }

  /**
   * Sends a text of the conversation for the page to show, before what waits. Not in the dialect
   * `spatialreal`, and not to a browser that will not reconnect. Of those that wait, the latest 256 are kept.
   * @throws TypeError or RangeError for what is no such text
   */
  transcript(transcript: Transcript): void {
    const message = checkTranscript(transcript);
    if (this.#stage.kind === 'open') this.#outbox.say(message);
  }

  /**
   * A browser has come back with the id: it takes the place of the one that is there, which is closed with 4001. Gives whether it goes on
   * where it was; otherwise what was being said is interrupted, and the page begins anew. A relay that is over closes it with 1000.
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
   * Ends the relay: the browser is closed with 1000, nothing more is sent, and the session is closed, or only interrupted where
   * `closeSession` is false. To let what is being said come to its end, close the session with `drain` instead: the relay follows.
   * Resolves when the session is closed. A second call joins the first.
   */
  close(): Promise<void> {
    this.#end('closed', CLOSE_CODES.over);
    return this.#closed.promise;
  }

  /** As `close()`. */
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
    // The application adds its listeners first.
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

  /** Sends what was added, and ends when it was the last. */
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

  /** The utterances settle first; what waits of them is sent, then the browser is closed. */
  #flushAndEnd(reason: RelayEvents['close']['reason'], closeCode: number): void {
    if (this.#stage.kind !== 'open') return;
    this.#stage = { kind: 'flushing', reason, closeCode };
    // A page that waits for `ready` gets the code instead.
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
    // Sources are left, and nothing more is added. A page that has everything plays it to its end.
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

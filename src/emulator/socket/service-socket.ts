/**
 * One accepted WebSocket as the service's logic uses it (a real one over TCP, or one of a simulated network), and the faults that are
 * applied to it: output is delayed, reading stops, a frame is cut, the connection is reset. Records which side ended it. Also the timers
 * of one owner, which are cancelled together. Uses bytes and close codes, not messages or sessions.
 */
import type { Clock, Timer } from '../../ports/clock.js';

export class TimerSet {
  readonly #clock: Clock;
  readonly #timers = new Set<Timer>();
  #ended = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#timers.size;
  }

  /** The time of the timers' clock, milliseconds since an arbitrary origin; monotonic. */
  get nowMs(): number {
    return this.#clock.nowMs();
  }

  /**
   * Runs `run` after the delay, but never after `cancelAll`; an infinite delay never ends. Returns a function that cancels this timer.
   */
  after(delayMs: number, run: () => void): () => void {
    if (this.#ended || delayMs === Infinity) return () => undefined;
    const timer = this.#clock.schedule(delayMs, () => {
      this.#timers.delete(timer);
      run();
    });
    this.#timers.add(timer);
    return () => {
      timer.cancel();
      this.#timers.delete(timer);
    };
  }

  /** Cancels all timers; later ones are ignored. */
  cancelAll(): void {
    this.#ended = true;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }
}

/** The events of a socket. `closed` is the last one. */
export interface AcceptedSocketSink {
  /** A whole message; `undefined` for a text message. */
  message(bytes: Uint8Array | undefined): void;
  /** The TCP connection has ended. Called once. */
  disconnected(): void;
  /** The TCP connection has ended, and all its messages were delivered. Called once; 1005 or 1006 if no close code came. */
  closed(code: number, reason: string): void;
}

export interface AcceptedSocket {
  /** Whether neither side has begun to close. */
  readonly isOpen: boolean;
  send(data: Uint8Array | string): void;
  /** Output up to `uncork` is written in one piece. */
  cork(): void;
  uncork(): void;
  /** Sends a frame whose header has the length of the payload, with only half of the payload; then the TCP connection ends. */
  sendCutFrame(payload: Uint8Array): void;
  sendPing(): void;
  /** Pings that arrive from now on are not answered. */
  answerNoPings(): void;
  /** Begins the close handshake. */
  close(code: number, reason: string): void;
  /** Ends the TCP connection without a close frame. */
  terminate(): void;
  /** TCP reset. */
  reset(): void;
  /**
   * From now on messages and pings are not handled; an end of the connection still is. Arriving messages are discarded, kept for
   * `handleAgain`, or left unread in the kernel, so that the peer gets backpressure.
   */
  stopHandling(arrivals: 'discarded' | 'kept' | 'unread'): void;
  /** Kept or unread messages come first. Does nothing if the connection has ended. */
  handleAgain(): void;
}

/** The side that ended a connection; `fault`: the service, because of a fault. */
export type ClosedBy = 'client' | 'service' | 'fault';

export interface ServiceSocketSink {
  /** A whole message; `undefined` for a text message. */
  message(bytes: Uint8Array | undefined): void;
  /** The TCP connection has ended. Called once. */
  disconnected(): void;
  /** The TCP connection has ended, and all its messages have been handled. Called once. */
  closed(by: ClosedBy, code: number, reason: string): void;
}

/** `delayed`: output waits, in order. `mute`: output is discarded. */
type Output =
  | { readonly state: 'open' | 'mute' }
  | { readonly state: 'delayed'; readonly waiting: (() => void)[] };

export class ServiceSocket {
  readonly #socket: AcceptedSocket;
  readonly #timers: TimerSet;
  #output: Output = { state: 'open' };
  #endedBy: ClosedBy | undefined;
  #isDeaf = false;
  #silence: 'none' | 'temporary' | 'permanent' = 'none';

  constructor(
    connect: (sink: AcceptedSocketSink) => AcceptedSocket,
    timers: TimerSet,
    sink: ServiceSocketSink,
  ) {
    this.#timers = timers;
    this.#socket = connect({
      message: (bytes) => {
        if (!this.#isDeaf) sink.message(bytes);
      },
      disconnected: () => sink.disconnected(),
      closed: (code, reason) => sink.closed(this.#endedBy ?? 'client', code, reason),
    });
  }

  get isOpen(): boolean {
    return this.#endedBy === undefined && this.#socket.isOpen;
  }

  /**
   * False if the message will never reach the client: the socket is closed or mute. `sent` is called when it is sent, which may be later.
   */
  send(data: Uint8Array | string, sent?: () => void): boolean {
    if (!this.isOpen || this.#output.state === 'mute') return false;
    this.#put(() => {
      if (this.#socket.isOpen) sent?.();
      this.#socket.send(data);
    });
    return true;
  }

  /** All messages that `write` sends go to the kernel in one piece. */
  inOneSegment(write: () => void): void {
    this.#put(() => this.#socket.cork());
    write();
    this.#put(() => this.#socket.uncork());
  }

  /** See `AcceptedSocket.sendCutFrame`. */
  sendCutFrame(payload: Uint8Array): void {
    if (!this.isOpen) return;
    this.#endedBy = 'fault';
    this.#socket.sendCutFrame(payload);
  }

  close(by: 'service' | 'fault', code: number, reason: string): void {
    if (!this.isOpen || this.#output.state === 'mute') return;
    this.#put(() => {
      if (!this.isOpen) return;
      this.#endedBy = by;
      this.#socket.close(code, reason);
    });
  }

  /** Ends the TCP connection without a close frame. */
  terminate(by: 'service' | 'fault'): void {
    this.#endedBy ??= by;
    this.#socket.terminate();
  }

  /** TCP reset. */
  reset(): void {
    this.#endedBy ??= 'fault';
    this.#socket.reset();
  }

  /** Delays the output of the next milliseconds, in order. Pings are still answered. */
  delayOutput(durationMs: number): void {
    if (this.#output.state !== 'open') return;
    const waiting: (() => void)[] = [];
    this.#output = { state: 'delayed', waiting };
    this.#timers.after(durationMs, () => {
      if (this.#output.state !== 'delayed' || this.#output.waiting !== waiting) return;
      this.#output = { state: 'open' };
      for (const write of waiting) write();
    });
  }

  /**
   * Neither handles nor sends messages from now on. Arriving messages are discarded, or, with a duration, handled at its end. A close by
   * the peer is noticed, unless nothing is read from the kernel. A permanent silence replaces one with a duration.
   */
  fallSilent(durationMs: number | undefined, stopReading: boolean): void {
    if (this.#silence === 'permanent' || (this.#silence === 'temporary' && durationMs !== undefined)) return;
    this.#socket.stopHandling(stopReading ? 'unread' : durationMs === undefined ? 'discarded' : 'kept');
    if (durationMs === undefined) {
      this.#silence = 'permanent';
      this.#output = { state: 'mute' };
      return;
    }
    this.#silence = 'temporary';
    this.delayOutput(durationMs);
    this.#timers.after(durationMs, () => {
      if (this.#silence !== 'temporary') return;
      this.#silence = 'none';
      this.#socket.handleAgain();
    });
  }

  /** Neither handles nor sends messages from now on; pings and a close by the peer are still answered. */
  goDeaf(): void {
    this.#isDeaf = true;
    this.#output = { state: 'mute' };
  }

  sendPing(): void {
    this.#put(() => this.#socket.sendPing());
  }

  answerNoPings(): void {
    this.#socket.answerNoPings();
  }

  #put(write: () => void): void {
    if (this.#output.state === 'delayed') this.#output.waiting.push(write);
    else if (this.#output.state === 'open') write();
  }
}

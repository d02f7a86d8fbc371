/**
 * One accepted WebSocket, with the ways in which a service can mistreat it: hold back, fall silent, cut a frame, reset.
 * Knows bytes and close codes, nothing of messages or sessions.
 */
import type { Duplex } from 'node:stream';
import { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { ClosedBy } from './log-entry.js';
import type { TimerSet } from './timer-set.js';

export interface ServiceSocketSink {
  /** A whole message; `undefined` for a text message. */
  message(bytes: Uint8Array | undefined): void;
  /** The TCP connection is gone. Once. */
  closed(by: ClosedBy, code: number, reason: string): void;
}

/** `held`: what is sent waits, in order. `mute`: what is sent is forgotten. */
type Output =
  { readonly state: 'open' | 'mute' } | { readonly state: 'held'; readonly waiting: (() => void)[] };

export class ServiceSocket {
  readonly #ws: WebSocket;
  readonly #tcp: Duplex;
  readonly #timers: TimerSet;
  #output: Output = { state: 'open' };
  #endedBy: ClosedBy | undefined;
  #silence: 'none' | 'passing' | 'forGood' = 'none';

  constructor(ws: WebSocket, tcp: Duplex, timers: TimerSet, sink: ServiceSocketSink) {
    this.#ws = ws;
    this.#tcp = tcp;
    this.#timers = timers;
    ws.on('error', () => undefined); // A `close` follows and says what there is to say.
    ws.on('message', (data, isBinary) => sink.message(isBinary ? bytesOf(data) : undefined));
    ws.on('close', (code, reason) => sink.closed(this.#endedBy ?? 'client', code, reason.toString()));
  }

  get isOpen(): boolean {
    return this.#endedBy === undefined && this.#ws.readyState === this.#ws.OPEN;
  }

  /** False when it will never reach the client: the socket is closed or mute. */
  send(data: Uint8Array | string): boolean {
    if (!this.isOpen || this.#output.state === 'mute') return false;
    this.#put(() => this.#ws.send(data, () => undefined));
    return true;
  }

  /** Everything sent by `write` goes to the kernel in one piece. */
  inOneSegment(write: () => void): void {
    this.#put(() => this.#tcp.cork());
    write();
    this.#put(() => this.#tcp.uncork());
  }

  /** A WebSocket frame that announces all of the payload and carries half of it; then the TCP connection ends. */
  sendCutFrame(payload: Uint8Array): void {
    if (!this.isOpen) return;
    const header = Buffer.from([0x82, 126, 0, 0]);
    header.writeUInt16BE(Math.min(0xffff, payload.length), 2);
    this.#endedBy = 'fault';
    const half = payload.subarray(0, payload.length >> 1);
    this.#tcp.write(Buffer.concat([header, half]), () => this.#tcp.destroy());
  }

  close(by: 'service' | 'fault', code: number, reason: string): void {
    if (!this.isOpen || this.#output.state === 'mute') return;
    this.#put(() => {
      if (!this.isOpen) return;
      this.#endedBy = by;
      this.#ws.close(code, reason);
    });
  }

  /** Ends the TCP connection without a close frame. */
  terminate(by: 'service' | 'fault'): void {
    this.#endedBy ??= by;
    this.#ws.terminate();
  }

  /** TCP reset. */
  reset(): void {
    this.#endedBy ??= 'fault';
    resetTcp(this.#tcp);
  }

  /** Holds back, in order, what is sent during the next milliseconds. Pings are still answered. */
  hold(durationMs: number): void {
    if (this.#output.state !== 'open') return;
    const waiting: (() => void)[] = [];
    this.#output = { state: 'held', waiting };
    this.#timers.after(durationMs, () => {
      if (this.#output.state !== 'held' || this.#output.waiting !== waiting) return;
      this.#output = { state: 'open' };
      for (const write of waiting) write();
    });
  }

  /**
   * Handles and sends nothing more. What arrives is forgotten, or with a duration handled at its end; a close
   * of the peer is noticed, unless nothing is read from the kernel at all. Silence for good outlasts a passing one.
   */
  fallSilent(durationMs: number | undefined, stopReading: boolean): void {
    if (this.#silence === 'forGood' || (this.#silence === 'passing' && durationMs !== undefined)) return;
    const readers = this.#tcp.listeners('data');
    this.#tcp.removeAllListeners('data');
    const unread: unknown[] = [];
    if (stopReading) this.#tcp.pause();
    else this.#tcp.on('data', (bytes) => (durationMs === undefined ? undefined : unread.push(bytes)));
    if (durationMs === undefined) {
      this.#silence = 'forGood';
      this.#output = { state: 'mute' };
      return;
    }
    this.#silence = 'passing';
    this.hold(durationMs);
    this.#timers.after(durationMs, () => {
      if (this.#tcp.destroyed || this.#silence !== 'passing') return;
      this.#silence = 'none';
      this.#tcp.removeAllListeners('data');
      for (const reader of readers) this.#tcp.on('data', reader as (bytes: unknown) => void);
      for (const bytes of unread) this.#tcp.emit('data', bytes);
      this.#tcp.resume();
    });
  }

  #put(write: () => void): void {
    if (this.#output.state === 'held') this.#output.waiting.push(write);
    else if (this.#output.state === 'open') write();
  }
}

/** Sends RST where the socket is a TCP socket; destroys any other. */
export function resetTcp(socket: Duplex): void {
  if (socket instanceof Socket) socket.resetAndDestroy();
  else socket.destroy();
}

function bytesOf(data: Buffer | ArrayBuffer | Buffer[]): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}

/**
 * The client's end of a simulated connection, as the `ws` transport presents it: the same states, time-outs
 * and close codes. Keeps the contract of the port: no callback during a call of its own methods, and none
 * after `closed`.
 */
import type { Timer } from '../../../src/ports/clock.js';
import type { TransportConnection, TransportSink } from '../../../src/ports/transport.js';
import type { WorldTime } from '../world/world-time.js';
import { frameBytes } from './frames.js';
import type { ClientLinkEnd, WireLink } from './wire-link.js';

/** The time that a peer has to end the connection after its close frame, as in `ws-connection.ts`. */
const PEER_CLOSE_GRACE_MS = 1_000;
const TOO_LARGE = 1009;

/**
 * When the last bytes arrived from the peer, and when either bytes arrived or the peer accepted bytes of the
 * client.
 */
export interface SignsOfLife {
  readonly lastHeardAtMs: number;
  readonly lastSignOfLifeAtMs: number;
}

export interface ClientSocketOptions {
  readonly time: WorldTime;
  readonly link: WireLink;
  readonly sink: TransportSink;
  readonly maxMessageBytes: number;
  /** `left`: the session's side begins to close the socket. `gone`: the socket is closed. */
  readonly left: (how: string, signs: SignsOfLife) => void;
  readonly gone: (code: number, signs: SignsOfLife) => void;
  readonly sent: ((bytes: Uint8Array) => void) | undefined;
  readonly received: (data: Uint8Array | string) => void;
}

export class ClientSocket implements TransportConnection, ClientLinkEnd {
  #readBytes = 0;
  #signs: SignsOfLife;
  readonly #options: ClientSocketOptions;
  #state: 'open' | 'closing' | 'violated' | 'terminated' | 'closed' = 'open';
  #peerClose: { readonly code: number; readonly reason: string } | undefined;
  #closeSent = false;
  #graceTimer: Timer | undefined;
  #mark: number | undefined;

  constructor(options: ClientSocketOptions) {
    this.#options = options;
    options.link.client = this;
    const { nowMs } = options.time;
    this.#signs = { lastHeardAtMs: nowMs, lastSignOfLifeAtMs: nowMs };
    options.link.up.onTaken = () => {
      this.#signs = { ...this.#signs, lastSignOfLifeAtMs: options.time.nowMs };
      this.#lookAtMark();
    };
  }

  get receivedBytes(): number {
    return this.#readBytes + this.#options.link.down.arrivingBytes;
  }

  get takenBytes(): number {
    return this.#options.link.up.takenBytes;
  }

  get bufferedBytes(): number {
    return this.#options.link.up.bufferedBytes;
  }

  send(bytes: Uint8Array): void {
    if (this.#state !== 'open') return;
    const { link, sent } = this.#options;
    sent?.(bytes);
    link.up.send([{ bytes: frameBytes(bytes.length, 'client'), arrive: () => link.service?.message(bytes) }]);
  }

  notifyBelow(bytes: number): void {
    if (this.#state !== 'open') return;
    this.#mark = bytes;
    this.#lookAtMark();
  }

  ping(): void {
    const { link } = this.#options;
    if (this.#state === 'open')
      link.up.send([{ bytes: frameBytes(0, 'client'), arrive: () => link.service?.ping() }]);
  }

  pauseReading(): void {
    this.#options.link.down.pause();
  }

  resumeReading(): void {
    this.#options.link.down.resume();
  }

  close(closeCode: number, closeReason: string): void {
    if (this.#state !== 'open') return;
    this.#options.left(`close ${closeCode}`, this.#signsAtEnd());
    this.#state = 'closing';
    this.#sayClose(closeCode, closeReason);
  }

  terminate(): void {
    if (this.#state === 'terminated' || this.#state === 'closed') return;
    const { link, time, left } = this.#options;
    left('terminate', this.#signsAtEnd());
    this.#state = 'terminated';
    link.down.break();
    link.up.abandon();
    link.up.send([{ bytes: 0, arrive: () => link.service?.ended('reset') }]);
    time.plan('input', 0, () => this.#finish());
  }

  message(data: Uint8Array | string): void {
    this.#came(frameBytes(data.length, 'service'));
    if (this.#state !== 'open' && this.#state !== 'closing') return;
    const { sink, maxMessageBytes, received } = this.#options;
    if (data.length > maxMessageBytes) {
      this.#state = 'violated';
      this.#sayClose(TOO_LARGE, '');
      this.#giveGrace();
      sink.violated('Max payload size exceeded');
      return;
    }
    received(data);
    sink.message(data);
  }

  closeFrame(code: number, reason: string): void {
    this.#came(frameBytes(2 + reason.length, 'service'));
    this.#peerClose = { code, reason };
    if (!this.#closeSent) this.#sayClose(code, '');
    if (this.#state === 'open') this.#state = 'closing';
    this.#giveGrace();
  }

  pong(): void {
    this.#came(frameBytes(0, 'service'));
    if (this.#state === 'open' || this.#state === 'closing') this.#options.sink.heard?.();
  }

  pinged(): void {
    this.#came(frameBytes(0, 'service'));
    if (this.#state !== 'open' && this.#state !== 'closing') return;
    this.#options.link.up.send([{ bytes: frameBytes(0, 'client'), arrive: () => undefined }]);
  }

  ended(): void {
    this.#finish();
  }

  /** For a message that is incomplete, the arrival time of its last byte is not recorded. It counts as now. */
  #signsAtEnd(): SignsOfLife {
    const { link, time } = this.#options;
    return link.down.arrivingBytes > 0 ? { ...this.#signs, lastSignOfLifeAtMs: time.nowMs } : this.#signs;
  }

  #came(bytes: number): void {
    this.#readBytes += bytes;
    const { nowMs } = this.#options.time;
    this.#signs = { lastHeardAtMs: nowMs, lastSignOfLifeAtMs: nowMs };
  }

  #sayClose(code: number, reason: string): void {
    const { link } = this.#options;
    this.#closeSent = true;
    const bytes = frameBytes(2 + reason.length, 'client');
    link.up.send([{ bytes, arrive: () => link.service?.closeFrame(code, reason) }]);
  }

  #giveGrace(): void {
    this.#graceTimer ??= this.#options.time.plan('timer', PEER_CLOSE_GRACE_MS, () => this.terminate());
  }

  #finish(): void {
    if (this.#state === 'closed') return;
    const violated = this.#state === 'violated';
    this.#state = 'closed';
    this.#graceTimer?.cancel();
    this.#mark = undefined;
    const { link, sink, gone } = this.#options;
    link.client = undefined;
    link.down.break();
    const { code, reason } = (violated ? undefined : this.#peerClose) ?? { code: 1006, reason: '' };
    gone(code, this.#signsAtEnd());
    sink.closed(code, reason);
  }

  #lookAtMark(): void {
    const mark = this.#mark;
    if (mark === undefined || this.bufferedBytes > mark) return;
    this.#options.time.plan('input', 0, () => {
      if (this.#mark === undefined || this.#state !== 'open' || this.bufferedBytes > this.#mark) return;
      this.#mark = undefined;
      this.#options.sink.drained();
    });
  }
}

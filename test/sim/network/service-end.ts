/**
 * The service's end of a simulated connection, as `ws` presents it to the emulator: close handshakes, pongs,
 * and a service that stops handling received messages.
 */
import type { AcceptedSocket, AcceptedSocketSink } from '../../../src/emulator/socket/service-socket.js';
import type { Timer } from '../../../src/ports/clock.js';
import type { WorldTime } from '../world/world-time.js';
import { frameBytes } from './frames.js';
import type { Parcel } from './pipe.js';
import type { ServiceLinkEnd, TcpEnd, WireLink } from './wire-link.js';

/** The time that `ws` waits for the answer to a close frame. */
const CLOSE_TIMEOUT_MS = 30_000;

export class ServiceEnd implements AcceptedSocket, ServiceLinkEnd {
  readonly #time: WorldTime;
  readonly #link: WireLink;
  readonly #sink: AcceptedSocketSink;
  #answersPings = true;
  #state: 'open' | 'closing' | 'closed' = 'open';
  #segment: Parcel[] | undefined;
  #arrivals: 'handled' | 'discarded' | 'kept' = 'handled';
  #kept: (() => void)[] = [];
  #closeTimer: Timer | undefined;

  constructor(time: WorldTime, link: WireLink, sink: AcceptedSocketSink) {
    this.#time = time;
    this.#link = link;
    this.#sink = sink;
    link.service = this;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  send(data: Uint8Array | string): void {
    if (!this.isOpen) return;
    const bytes = frameBytes(data.length, 'service');
    this.#put({ bytes, arrive: () => this.#link.client?.message(data) });
  }

  cork(): void {
    this.#segment ??= [];
  }

  uncork(): void {
    const segment = this.#segment;
    this.#segment = undefined;
    if (segment !== undefined && segment.length > 0) this.#link.down.send(segment);
  }

  sendCutFrame(payload: Uint8Array): void {
    this.uncork();
    const bytes = frameBytes(payload.length >> 1, 'service');
    this.#link.down.send([{ bytes, arrive: () => undefined }]);
    this.#end('finished', 1006, '');
  }

  close(code: number, reason: string): void {
    if (!this.isOpen) return;
    this.#state = 'closing';
    this.#sayClose(code, reason);
    this.#closeTimer = this.#time.plan('outside', CLOSE_TIMEOUT_MS, () => this.terminate());
  }

  terminate(): void {
    this.#end('finished', 1006, '');
  }

  reset(): void {
    this.#end('reset', 1006, '');
  }

  stopHandling(arrivals: 'discarded' | 'kept' | 'unread'): void {
    if (arrivals === 'unread') this.#link.up.pause();
    else this.#arrivals = arrivals;
  }

  handleAgain(): void {
    if (this.#state === 'closed') return;
    this.#arrivals = 'handled';
    const kept = this.#kept;
    this.#kept = [];
    for (const handle of kept) if (this.#stillHere()) handle();
    this.#link.up.resume();
  }

  message(data: Uint8Array | string): void {
    this.#handle(() => this.#sink.message(typeof data === 'string' ? undefined : data));
  }

  closeFrame(code: number, reason: string): void {
    this.#handle(() => {
      if (this.#state === 'open') this.#sayClose(code, '');
      this.#end('finished', code, reason);
    });
  }

  sendPing(): void {
    this.#put({ bytes: frameBytes(0, 'service'), arrive: () => this.#link.client?.pinged() });
  }

  answerNoPings(): void {
    this.#answersPings = false;
  }

  ping(): void {
    this.#handle(() => {
      if (this.#state !== 'closed' && this.#answersPings)
        this.#put({ bytes: frameBytes(0, 'service'), arrive: () => this.#link.client?.pong() });
    });
  }

  ended(how: TcpEnd): void {
    this.#end(how, 1006, '');
  }

  #put(parcel: Parcel): void {
    if (this.#segment === undefined) this.#link.down.send([parcel]);
    else this.#segment.push(parcel);
  }

  #handle(arrival: () => void): void {
    switch (this.#arrivals) {
      case 'handled':
        arrival();
        return;
      case 'kept':
        this.#kept.push(arrival);
        return;
      case 'discarded':
    }
  }

  #sayClose(code: number, reason: string): void {
    this.uncork();
    const bytes = frameBytes(2 + reason.length, 'service');
    this.#link.down.send([{ bytes, arrive: () => this.#link.client?.closeFrame(code, reason) }]);
  }

  /** Ends the TCP connection. The service detects this in a later turn. */
  #end(how: TcpEnd, code: number, reason: string): void {
    if (!this.#stillHere()) return;
    this.#state = 'closed';
    this.#closeTimer?.cancel();
    this.#link.service = undefined;
    this.#link.up.break();
    this.uncork();
    if (how === 'reset') this.#link.down.abandon();
    this.#link.down.send([{ bytes: 0, arrive: () => this.#link.client?.ended(how) }]);
    this.#time.plan('outside', 0, () => {
      this.#sink.disconnected();
      this.#sink.closed(code, reason);
    });
  }

  #stillHere(): boolean {
    return this.#state !== 'closed';
  }
}

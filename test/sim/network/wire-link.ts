/**
 * One TCP connection with a WebSocket on it: two pipes, and two ends that send frames through them. Applies
 * the faults of the connection. Each end handles the frames that arrive.
 */
import { Draws } from '../world/draws.js';
import type { WorldTime } from '../world/world-time.js';
import { Pipe } from './pipe.js';
import type { Climate, ConnectionFate } from './weather.js';

/** How TCP reports the end of the connection to one side. */
export type TcpEnd = 'finished' | 'reset';

/** One end of the link, as the other end calls it. No method is called after `ended`. */
export interface LinkEnd {
  message(data: Uint8Array | string): void;
  closeFrame(code: number, reason: string): void;
  ended(how: TcpEnd): void;
}

export interface ClientLinkEnd extends LinkEnd {
  pong(): void;
  /** The service has sent a ping. */
  pinged(): void;
}

export interface ServiceLinkEnd extends LinkEnd {
  ping(): void;
}

const PING_BYTES = 2;
/** The text in the chronicle for the cut of a connection without traffic. */
export const IDLE_CUT = 'cut because there was no traffic';

/** A server's system drops a peer that has sent nothing for this time, in milliseconds. */
const SYSTEM_GIVES_UP_AFTER_MS = 60_000;

export interface LinkOptions {
  readonly time: WorldTime;
  readonly seed: number;
  /** The number of the socket in its world. */
  readonly socket: number;
  readonly climate: Climate;
  readonly fates: readonly ConnectionFate[];
  readonly disturbed: (what: string, untilMs?: number) => void;
  /** `read` false: the service's nth ping has reached the client's system. True: the client has read it. */
  readonly pinged: (nth: number, read: boolean) => void;
}

export class WireLink {
  /** `up`: from the client to the service. `down`: from the service to the client. */
  readonly up: Pipe;
  readonly down: Pipe;
  client: ClientLinkEnd | undefined;
  service: ServiceLinkEnd | undefined;
  readonly #options: LinkOptions;
  #movedAtMs = 0;

  constructor(options: LinkOptions) {
    const { time, seed, socket, climate } = options;
    const { upBytesPerMs, downBytesPerMs, sendBufferBytes = 0 } = climate;
    this.#options = options;
    const moved = (): void => void (this.#movedAtMs = time.nowMs);
    const common = { time, climate, moved };
    this.up = new Pipe({
      ...common,
      receiver: 'outside',
      draws: new Draws(seed, `up ${socket}`),
      bytesPerMs: upBytesPerMs,
      systemBytes: sendBufferBytes,
    });
    this.down = new Pipe({
      ...common,
      receiver: 'input',
      draws: new Draws(seed, `down ${socket}`),
      bytesPerMs: downBytesPerMs,
      systemBytes: 0,
    });
  }

  /** The connection is established. The faults count from this moment. */
  begin(): void {
    const { fates, climate, time, pinged } = this.#options;
    for (const fate of fates) this.#befall(fate);
    const { idleCutMs, servicePingMs } = climate;
    this.#movedAtMs = time.nowMs;
    if (idleCutMs !== undefined) this.#cutWhenIdle(idleCutMs);
    if (servicePingMs !== undefined) this.#pingEvery(servicePingMs, pinged);
  }

  /** The network breaks the connection. */
  cut(noticedBy: 'both' | 'client' | 'service'): void {
    const { time, climate, disturbed } = this.#options;
    const lateMs = SYSTEM_GIVES_UP_AFTER_MS;
    const clientInMs = noticedBy === 'service' ? lateMs : climate.latencyMs;
    const serviceInMs = noticedBy === 'client' ? lateMs : climate.latencyMs;
    disturbed(`cut, noticed by ${noticedBy}`, time.nowMs + Math.max(clientInMs, serviceInMs));
    this.up.break();
    this.down.break();
    time.plan('input', clientInMs, () => this.client?.ended('reset'));
    time.plan('outside', serviceInMs, () => this.service?.ended('reset'));
  }

  /** Behaves as a proxy with an idle time-out. */
  #cutWhenIdle(idleCutMs: number): void {
    const { time, disturbed } = this.#options;
    time.plan('outside', this.#movedAtMs + idleCutMs - time.nowMs, () => {
      if (this.client === undefined || this.service === undefined) return;
      if (time.nowMs < this.#movedAtMs + idleCutMs) {
        this.#cutWhenIdle(idleCutMs);
        return;
      }
      disturbed(IDLE_CUT);
      this.cut('both');
    });
  }

  #pingEvery(everyMs: number, pinged: LinkOptions['pinged'], nth = 1): void {
    const { time } = this.#options;
    time.plan('outside', everyMs, () => {
      if (this.client === undefined || this.service === undefined) return;
      const arrive = (): void => {
        pinged(nth, true);
        this.client?.pinged();
      };
      this.down.send([{ bytes: PING_BYTES, reached: () => pinged(nth, false), arrive }]);
      this.#pingEvery(everyMs, pinged, nth + 1);
    });
  }

  /**
   * Nothing is delivered in either direction for this time. Afterwards everything that was sent is delivered.
   */
  fallSilent(durationMs: number): void {
    const { time, disturbed } = this.#options;
    const untilMs = time.nowMs + durationMs;
    if (this.client === undefined && this.service === undefined) return;
    disturbed(`silent for ${durationMs} ms`, untilMs);
    this.up.silence(untilMs);
    this.down.silence(untilMs);
  }

  #befall(fate: ConnectionFate): void {
    const { time, disturbed } = this.#options;
    switch (fate.kind) {
      case 'cut':
        this[fate.direction].cutAfter(fate.afterBytes, () => this.cut(fate.noticedBy));
        return;
      case 'silence':
        time.plan('outside', fate.afterMs, () => this.fallSilent(fate.durationMs));
        return;
      case 'slow':
        this[fate.direction].bytesPerMs = fate.bytesPerMs;
        disturbed(`${fate.direction} at ${fate.bytesPerMs} bytes per ms`);
        return;
      case 'unreachable':
      case 'answerLost':
      case 'answerSlow': // Concern the dial.
        return;
    }
  }
}

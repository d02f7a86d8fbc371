/**
 * One TCP connection with a WebSocket on it: two pipes, and the two ends that put frames into them. Carries out the
 * faults of the connection; each end decides what it does with the frames that arrive.
 */
import { Draws } from '../world/draws.js';
import type { WorldTime } from '../world/world-time.js';
import { Pipe } from './pipe.js';
import type { Climate, ConnectionFate } from './weather.js';

/** How TCP reports the end of the connection to one side. */
export type TcpEnd = 'finished' | 'reset';

/** One end, as the other one reaches it. Nothing is called after `ended`. */
export interface LinkEnd {
  message(data: Uint8Array | string): void;
  closeFrame(code: number, reason: string): void;
  ended(how: TcpEnd): void;
}

export interface ClientLinkEnd extends LinkEnd {
  pong(): void;
  /** The service has pinged. */
  pinged(): void;
}

export interface ServiceLinkEnd extends LinkEnd {
  ping(): void;
}

const PING_BYTES = 2;
/** How the chronicle calls the cut of a connection on which nothing has moved. */
export const IDLE_CUT = 'cut because nothing has moved';

/** A server's system drops a peer that it has not heard of for so long, milliseconds. */
const SYSTEM_GIVES_UP_AFTER_MS = 60_000;

export interface LinkOptions {
  readonly time: WorldTime;
  readonly seed: number;
  /** Counts the sockets of a world. */
  readonly socket: number;
  readonly climate: Climate;
  readonly fates: readonly ConnectionFate[];
  readonly disturbed: (what: string, untilMs?: number) => void;
  /** The service's nth ping has come to the client's system; the client has read it. */
  readonly pinged: (nth: number, read: boolean) => void;
}

export class WireLink {
  /** From the client to the service, and back. */
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

  /** The connection is up: what is to befall it begins to count. */
  begin(): void {
    const { fates, climate, time, pinged } = this.#options;
    for (const fate of fates) this.#befall(fate);
    const { idleCutMs, servicePingMs } = climate;
    this.#movedAtMs = time.nowMs;
    if (idleCutMs !== undefined) this.#cutWhenIdle(idleCutMs);
    if (servicePingMs !== undefined) this.#pingEvery(servicePingMs, pinged);
  }

  /** The network breaks it. */
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

  /** As a proxy with an idle time-out does. */
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

  /** Nothing comes through in either direction for a while; then everything that was sent does. */
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

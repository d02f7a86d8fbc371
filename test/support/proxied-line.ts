/** One proxied connection: two sockets, two pumps, and the faults that take both directions. Ends with either of its sockets. */
import type { Socket } from 'node:net';
import type { Direction, LineFault, Place } from './line-fault.js';
import { LinePump } from './line-pump.js';

const RESET_AFTER_MS = 5;

export class ProxiedLine {
  readonly #client: Socket;
  readonly #service: Socket;
  readonly #pumps: Readonly<Record<Direction, LinePump>>;
  #stage: 'whole' | 'broken' = 'whole';
  #resetTimer: NodeJS.Timeout | undefined;

  constructor(client: Socket, service: Socket) {
    this.#client = client;
    this.#service = service;
    this.#pumps = {
      toService: new LinePump(client, service, (fault) => this.#break(fault, 'toService')),
      toClient: new LinePump(service, client, (fault) => this.#break(fault, 'toClient')),
    };
    this.#pair(client, service);
    this.#pair(service, client);
  }

  /** The fault strikes at its place, counted from the beginning of the connection. */
  arm(place: Place, fault: LineFault): void {
    this.#pumps[place.direction].arm(place, fault);
  }

  /** The fault strikes so many bytes from now. */
  armFromNow({ direction, atByte }: Omit<Place, 'from'>, fault: LineFault): void {
    const pump = this.#pumps[direction];
    pump.arm({ direction, atByte: pump.countedBytes + atByte }, fault);
  }

  countedBytes(direction: Direction): number {
    return this.#pumps[direction].countedBytes;
  }

  destroy(): void {
    this.#stage = 'broken';
    this.#stopPumps();
    clearTimeout(this.#resetTimer);
    this.#client.destroy();
    this.#service.destroy();
  }

  /** What happens to one socket happens to the other, as long as the line is whole. */
  #pair(one: Socket, other: Socket): void {
    // Segments are what the pumps say, not what Nagle makes of them.
    one.setNoDelay(true);
    let broken = false;
    one.on('error', () => (broken = true));
    one.on('close', () => {
      if (this.#stage === 'broken') return;
      this.#stopPumps();
      if (broken) other.resetAndDestroy();
      else other.destroy();
    });
  }

  #break(fault: LineFault, direction: Direction): void {
    if (fault.kind === 'halfOpen' && fault.oneWay === true) {
      this.#pumps[direction].swallow();
      return;
    }
    this.#stage = 'broken';
    for (const pump of Object.values(this.#pumps)) pump.swallow();
    if (fault.kind === 'halfOpen') return;
    if (fault.kind === 'cut') {
      // Read on: a socket that is destroyed with bytes unread says RST instead of FIN.
      this.#each((socket) => socket.end().resume());
      return;
    }
    // A reset behind unread bytes looks like an end to the peer: it gets time to read them.
    this.#resetTimer = setTimeout(() => this.#each((socket) => socket.resetAndDestroy()), RESET_AFTER_MS);
  }

  #each(end: (socket: Socket) => void): void {
    end(this.#client);
    end(this.#service);
  }

  #stopPumps(): void {
    for (const pump of Object.values(this.#pumps)) pump.stop();
  }
}

/**
 * One proxied connection: two sockets, two pumps, and the faults that affect both directions. The line ends
 * when either socket ends.
 */
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

  /** Arms a fault at a position that is counted from the beginning of the connection. */
  arm(place: Place, fault: LineFault): void {
    this.#pumps[place.direction].arm(place, fault);
  }

  /** Arms a fault at a position that is counted from the current byte. */
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

  /** Passes errors and the close of one socket to the other one, until a fault has broken the line. */
  #pair(one: Socket, other: Socket): void {
    // The pumps decide the segments; Nagle's algorithm must not merge them.
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
      // The sockets have to read the remaining bytes: a socket that is destroyed with unread bytes sends RST
      // instead of FIN.
      this.#each((socket) => socket.end().resume());
      return;
    }
    // A peer that has unread bytes before a reset may see an end instead. This delay gives it time to read
    // them.
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

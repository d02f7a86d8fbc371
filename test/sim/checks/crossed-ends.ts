/**
 * An end of a segment that meets the client's own end on the way: the client can't tell it from the end of the request. Knows which
 * of the ends that came are such ones.
 */
import { decodeServerMessage } from '../../../src/wire/decode.js';
import { MessageType, WireError } from '../../../src/wire/message.js';
import type { Entry } from '../world/chronicle.js';

export class CrossedEnds {
  /** Connections whose next end is an early one. */
  readonly #endsEarly = new Set<number>();
  /** Requests, by their ids on the wire, that the service has ended early, and whose own end has gone out. */
  readonly #early = new Set<string>();
  readonly #sent = new Set<string>();
  /** The request that the latest end was for, by session. */
  readonly #latest = new Map<number, string>();

  read(entry: Entry): void {
    if (entry.kind === 'endSent') this.#sent.add(entry.reqId);
    if (entry.kind === 'received' && this.#early.size > 0) this.#received(entry.session, entry.data);
    if (entry.kind !== 'service' || entry.entry.connection === undefined) return;
    const { entry: logged } = entry;
    if (logged.event === 'faultFired' && logged.kind === 'earlyEnd')
      this.#endsEarly.add(entry.entry.connection);
    if (logged.event !== 'animation' || !logged.end) return;
    if (this.#endsEarly.delete(logged.connection)) this.#early.add(logged.reqId);
  }

  /** Whether the latest end that came to the session is such a one. */
  isLatest(session: number): boolean {
    const reqId = this.#latest.get(session) ?? '';
    return this.#early.has(reqId) && this.#sent.has(reqId);
  }

  #received(session: number, data: Uint8Array | string): void {
    try {
      const message = typeof data === 'string' ? undefined : decodeServerMessage(data);
      if (message?.type !== MessageType.serverResponseAnimation || !message.end) return;
      this.#latest.set(session, message.reqId);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
    }
  }
}

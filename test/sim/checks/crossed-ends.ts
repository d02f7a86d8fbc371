/**
 * The service may end a segment early, while the client's own end is on its way. The client can't distinguish
 * this end from the end of the request. Records which of the received ends are of this kind.
 */
import { MessageType } from '../../../src/ports/message.js';
import { serverMessage } from '../network/read-message.js';
import type { Entry } from '../world/chronicle.js';

export class CrossedEnds {
  /** Connections on which the next end is an early one. */
  readonly #endsEarly = new Set<number>();
  /**
   * How often the service has ended a request early, by the request's id on the wire, and how many ends of it
   * have arrived.
   */
  readonly #early = new Map<string, number>();
  readonly #came = new Map<string, number>();
  /** Requests whose own end was sent, and those of them that received an early end afterwards. */
  readonly #sent = new Set<string>();
  readonly #crossed = new Set<string>();
  /** The request of the latest end, by session. */
  readonly #latest = new Map<number, string>();

  read(entry: Entry): void {
    if (entry.kind === 'endSent') this.#sent.add(entry.reqId);
    if (entry.kind === 'received' && this.#early.size > 0) this.#received(entry.session, entry.data);
    if (entry.kind !== 'service' || entry.entry.connection === undefined) return;
    const { entry: logged } = entry;
    if (logged.event === 'faultFired' && logged.kind === 'earlyEnd')
      this.#endsEarly.add(entry.entry.connection);
    if (logged.event !== 'animation' || !logged.end) return;
    if (this.#endsEarly.delete(logged.connection)) addOne(this.#early, logged.reqId);
  }

  /**
   * Whether the service ended this request while the client's end was still on its way. A re-send has another id
   * on the wire, so the id of the latest end is looked at, too.
   */
  isLast(session: number, reqId: string): boolean {
    return this.#crossed.has(reqId) || this.#crossed.has(this.#latest.get(session) ?? '');
  }

  #received(session: number, data: Uint8Array | string): void {
    const message = serverMessage(data);
    if (message?.type !== MessageType.serverResponseAnimation || !message.end) return;
    const { reqId } = message;
    this.#latest.set(session, reqId);
    const isEarly = addOne(this.#came, reqId) <= (this.#early.get(reqId) ?? 0);
    if (isEarly && this.#sent.has(reqId)) this.#crossed.add(reqId);
  }
}

function addOne(counts: Map<string, number>, name: string): number {
  const count = (counts.get(name) ?? 0) + 1;
  counts.set(name, count);
  return count;
}

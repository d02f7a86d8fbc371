/**
 * Checks all messages that sessions have published on their channels: each operation ends once, a wait ends
 * before the next one begins, a confirmed connection ends once, each state follows the one before. Uses only
 * messages, no session.
 */
import type { Published } from '../support/channel-record.js';

type Facts = Readonly<Record<string, unknown>>;

/** The defects found, as sentences that name the session. */
export function faultsOf(published: readonly Published[]): string[] {
  const bySession = new Map<string, Published[]>();
  for (const one of published) {
    const { sessionId } = one.message;
    bySession.set(sessionId, [...(bySession.get(sessionId) ?? []), one]);
  }
  return [...bySession].flatMap(([session, all]) =>
    new SessionBook(all).faults.map((fault) => `session ${session}: ${fault}`),
  );
}

const WAITS = ['gate-wait', 'fleet-wait', 'idle'];

class SessionBook {
  readonly faults: string[] = [];
  /** Unfinished operations: their message and their name. */
  readonly #open = new Map<object, string>();
  readonly #ended = new Set<object>();
  readonly #live = new Set<unknown>();
  readonly #waiting = new Set<string>();
  readonly #begunFrames = new Set<object>();
  #state: unknown = 'idle';
  #closes = 0;

  constructor(published: readonly Published[]) {
    for (const one of published) this.#read(one);
    for (const name of this.#open.values()) this.#fault(`a ${name} has no end`);
    for (const name of this.#waiting) this.#fault(`a ${name} has no end`);
    for (const id of this.#live) this.#fault(`the connection ${String(id)} has no end`);
    const closed = published.filter(({ name, then }) => name === 'state' && then['to'] === 'closed').length;
    if (closed !== this.#closes)
      this.#fault(`closed ${closed} times, but ${this.#closes} messages of a close`);
  }

  #fault(what: string): void {
    this.faults.push(what);
  }

  #read({ name, message, then }: Published): void {
    const [channel = '', moment = ''] = name.split(':');
    if (moment !== '') this.#course(channel, moment, message, then);
    else if (WAITS.includes(channel)) this.#wait(channel, then);
    else if (channel === 'state') this.#moved(then);
    else if (channel === 'first-frame') this.#firstFrame(message);
    else if (channel === 'connection-closed') {
      if (!this.#live.delete(then['connectionId']))
        this.#fault('a connection ends that had not been confirmed');
    } else if (channel === 'close') this.#closes += 1;
  }

  #course(channel: string, moment: string, message: object, then: Facts): void {
    if (moment === 'start') {
      if (channel === 'dial' && [...this.#open.values()].includes('dial')) this.#fault('two dials at once');
      this.#open.set(message, channel);
    }
    if (moment !== 'asyncEnd') return;
    if (!this.#open.delete(message)) this.#fault(`a ${channel} ends that had not begun, or twice`);
    this.#ended.add(message);
    const { result, error, durationMs } = then;
    if (typeof durationMs !== 'number' || durationMs < 0)
      this.#fault(`a ${channel} lasted ${String(durationMs)}`);
    if (result !== undefined && error !== undefined) this.#fault(`a ${channel} has a result and an error`);
    if (channel === 'dial' && error === undefined) this.#live.add(result);
    if (channel === 'token' && result !== undefined) this.#fault('a token is published');
  }

  #wait(channel: string, then: Facts): void {
    const { gate } = then;
    const name = typeof gate === 'string' ? `${channel} ${gate}` : channel;
    const begins = then['stage'] === 'began';
    if (begins === this.#waiting.has(name))
      this.#fault(`a ${name} ${begins ? 'begins twice' : 'ends without a start'}`);
    if (begins) this.#waiting.add(name);
    else this.#waiting.delete(name);
  }

  #moved({ from, to }: Facts): void {
    if (from !== this.#state)
      this.#fault(`it changes from ${String(from)}, but was in ${String(this.#state)}`);
    this.#state = to;
  }

  #firstFrame(message: object): void {
    if (this.#ended.has(message)) this.#fault('a first frame comes after the end of its utterance');
    if (this.#begunFrames.has(message)) this.#fault('an utterance has two first frames');
    this.#begunFrames.add(message);
  }
}

/**
 * A relay hub between scripted sessions and hostile pages, in virtual time: runs a script of steps, and
 * checks the kept memory, the receivers of messages, and that nothing is left at the end. An honest page
 * counts the messages that it has read, and reconnects with that count. A hostile page sends and claims
 * anything.
 */
import { createRelay, createRelayHub } from '../../src/relay/index.js';
import type { Relay, RelayHub, RelaySocket, RelayVisitor } from '../../src/relay/index.js';
import { decodeBinaryMessage } from '../../src/relay/browser/binary-format.js';
import { VirtualClock } from '../virtual-clock.js';
import { virtualSession } from '../client/virtual-session.js';
import type { VirtualSession } from '../client/virtual-session.js';
import { FakeBrowser } from './fake-browser.js';
import { JudgedPage } from './judged-page.js';
import { animates, sound } from './relay-stage.js';

export const WINDOW_BYTES = 64 * 1024;
export const MAX_QUEUED_BYTES = 1024 * 1024;
const LINGER_MS = 5_000;
/** One step may exceed a limit by this much before it is checked: a chunk of audio, and its frames. */
const SLACK_BYTES = 256 * 1024;
export type FuzzStep =
  | { readonly does: 'text' | 'binary'; readonly page: number; readonly bytes: Uint8Array }
  /** Only a part of a message of the dialect arrives. */
  | { readonly does: 'half'; readonly page: number; readonly message: object; readonly part: number }
  | { readonly does: 'message'; readonly page: number; readonly message: object }
  | { readonly does: 'pong'; readonly page: number; readonly text: string }
  | { readonly does: 'stopReading' | 'read' | 'readOne'; readonly page: number }
  | { readonly does: 'leave'; readonly page: number; readonly code: number }
  | { readonly does: 'comeBack'; readonly page: number }
  /** A page claims the relay of another page, or one that does not exist, with any count. */
  | { readonly does: 'claim'; readonly query: string; readonly of: number | undefined }
  | { readonly does: 'speak'; readonly page: number; readonly seconds: number }
  | { readonly does: 'interrupt' | 'reset'; readonly page: number }
  /** The service sends bytes that are not a message, or only a part of one. */
  | { readonly does: 'raw'; readonly page: number; readonly bytes: Uint8Array }
  | { readonly does: 'wait'; readonly ms: number };

interface Opened {
  readonly relay: Relay;
  readonly virtual: VirtualSession;
  /** The requests that were spoken through this relay. */
  readonly reqIds: Set<string>;
}

/** A defect that is inserted between a relay and its page, to show that a check detects it. */
export interface RelaySabotage {
  /** Returns the messages that the page gets in place of this one; an empty list for none. */
  readonly sends?: (message: string | Uint8Array) => readonly (string | Uint8Array)[];
  readonly windowBytes?: number;
}

/** A socket that forwards everything, except for the changes of the sabotage. */
function sabotaged(socket: RelaySocket, { sends }: RelaySabotage): RelaySocket {
  if (sends === undefined) return socket;
  const send: RelaySocket['send'] = (message, sent) => {
    const changed = sends(message);
    for (const one of changed) socket.send(one, sent);
    if (changed.length === 0) queueMicrotask(sent);
  };
  return new Proxy(socket, {
    get: (target, name) => {
      if (name === 'send') return send;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
    },
  });
}

export class RelayFuzz {
  readonly #sabotage: RelaySabotage;
  readonly #clock = new VirtualClock();
  readonly #opened: Opened[] = [];
  readonly #pages: JudgedPage[] = [];
  readonly #strangers: { readonly browser: FakeBrowser; readonly relay: Relay }[] = [];
  readonly #hub: RelayHub = createRelayHub((socket) => {
    const virtual = virtualSession({
      service: animates,
      takesFrames: false,
      clock: this.#clock,
      seed: this.#opened.length + 1,
      options: { heartbeat: false },
    });
    const relay = createRelay({
      session: virtual.session,
      socket: sabotaged(socket, this.#sabotage),
      dialect: 'binary',
      clock: this.#clock,
      lingerMs: LINGER_MS,
      windowBytes: this.#sabotage.windowBytes ?? WINDOW_BYTES,
      maxQueuedBytes: MAX_QUEUED_BYTES,
    });
    this.#opened.push({ relay, virtual, reqIds: new Set() });
    return relay;
  });

  constructor(sabotage: RelaySabotage = {}) {
    this.#sabotage = sabotage;
  }

  /** Pages with even numbers are honest. */
  async open(pages: number): Promise<void> {
    for (let number = 0; number < pages; number += 1) {
      const browser = new FakeBrowser();
      this.#pages.push(new JudgedPage(number % 2 === 0, this.#hub.accept(browser, { url: '/' }), browser));
    }
    await this.#clock.settle();
  }

  /** @throws Error if a rule is broken */
  async step(step: FuzzStep): Promise<void> {
    this.#carryOut(step);
    await this.#clock.settle();
    if (step.does === 'wait') await this.#clock.advance(step.ms);
    this.#judge();
  }

  /**
   * Closes everything, and checks that nothing is left.
   * @throws Error if something is left
   */
  async close(): Promise<void> {
    const closed = this.#hub.close();
    await this.#clock.advance(10_000);
    await closed;
    this.#judge();
    const sockets = this.#opened.reduce((sum, { virtual }) => sum + virtual.transport.openSockets, 0);
    const states = this.#opened.map(({ virtual }) => virtual.session.state).filter((one) => one !== 'closed');
    if (this.#hub.size !== 0) throw new Error(`${this.#hub.size} relays are left`);
    if (sockets !== 0 || states.length > 0) throw new Error(`${sockets} sockets are left, ${states.join()}`);
    if (this.#clock.pendingTimers !== 0) throw new Error(`${this.#clock.pendingTimers} timers are left`);
  }

  #carryOut(step: FuzzStep): void {
    if (step.does === 'wait') return;
    if (step.does === 'claim') {
      this.#claim(step.query, step.of);
      return;
    }
    const page = this.#pages[step.page % this.#pages.length];
    const opened = this.#opened.find(({ relay }) => relay === page?.relay);
    if (page === undefined || opened === undefined) throw new Error('there is no such page');
    const { browser, relay } = page;
    switch (step.does) {
      case 'text':
        if (!page.honest) browser.say(Buffer.from(step.bytes).toString('latin1'));
        return;
      case 'binary':
        browser.say(step.bytes);
        return;
      case 'half': {
        const text = JSON.stringify(step.message);
        if (!page.honest) browser.say(text.slice(0, step.part % text.length));
        return;
      }
      case 'message':
        if (!page.honest) browser.say(step.message);
        return;
      case 'pong':
        browser.pong(step.text);
        return;
      case 'stopReading':
        browser.stopReading();
        return;
      case 'read':
        browser.read();
        return;
      case 'readOne':
        browser.read(1);
        return;
      case 'leave':
        browser.leave(step.code);
        return;
      case 'comeBack':
        this.#comeBack(page);
        return;
      case 'speak': {
        const { reqId, finished } = relay.speak(sound(step.seconds));
        opened.reqIds.add(reqId);
        finished.catch(() => undefined);
        return;
      }
      case 'interrupt':
        relay.interrupt().catch(() => undefined);
        return;
      case 'reset':
        if (opened.virtual.transport.openSockets > 0) opened.virtual.transport.latest.drop(1006);
        return;
      case 'raw':
        if (opened.virtual.transport.openSockets > 0) opened.virtual.transport.latest.deliver(step.bytes);
    }
  }

  #comeBack(page: JudgedPage): void {
    // The page has read these messages. The existing connection is lost.
    page.judge((reqId) => this.#knows(page.relay, reqId));
    page.browser.leave(1006);
    const browser = new FakeBrowser();
    const url = `/?relay=${page.relay.id}&received=${page.received ?? ''}`;
    page.connected(this.#hub.accept(browser, { url }), browser);
  }

  #claim(query: string, of: number | undefined): void {
    const claimed = of === undefined ? undefined : this.#pages[of % this.#pages.length];
    // No other page can claim the relay of an honest page, because its id is a secret.
    if (claimed?.honest === true) return;
    const browser = new FakeBrowser();
    const visitor: RelayVisitor = { url: `/?relay=${claimed?.relay.id ?? ''}${query}` };
    this.#strangers.push({ browser, relay: this.#hub.accept(browser, visitor) });
  }

  #knows(relay: Relay, reqId: string): boolean {
    return this.#opened.find((one) => one.relay === relay)?.reqIds.has(reqId) === true;
  }

  #judge(): void {
    for (const page of this.#pages) page.judge((reqId) => this.#knows(page.relay, reqId));
    for (const { browser, relay } of this.#strangers) {
      for (const message of browser.got) {
        const reqId = typeof message === 'string' ? undefined : decodeBinaryMessage(message)?.reqId;
        if (reqId !== undefined && !this.#knows(relay, reqId))
          throw new Error('a stranger gets speech of another page');
      }
    }
    for (const { relay, virtual } of this.#opened) {
      if (relay.queuedBytes > MAX_QUEUED_BYTES + SLACK_BYTES)
        throw new Error(`${relay.queuedBytes} bytes are kept`);
      if (virtual.transport.mostOpen > 1) throw new Error('a session has two sockets');
      if (relay.isOver && relay.queuedBytes > 0) throw new Error('a relay that is over keeps bytes');
    }
    for (const { browser } of [...this.#pages, ...this.#strangers]) {
      if (browser.bufferedAmount > WINDOW_BYTES + SLACK_BYTES)
        throw new Error(`${browser.bufferedAmount} bytes wait`);
    }
    if (this.#hub.size > this.#pages.length + this.#strangers.length)
      throw new Error('the hub has too many relays');
  }
}

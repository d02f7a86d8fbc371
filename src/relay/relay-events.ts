/** The events of a relay and their listeners. What a listener does can't harm the relay. */
import { Notifier } from '../client/events/notifier.js';
import type { Handler } from '../client/events/notifier.js';
import { OwnListeners } from '../client/events/session-events.js';
import { requireFunction, requireOneOf } from '../core/option/option-check.js';
import type { Clock } from '../ports/clock.js';

/** The events of a relay, for `relay.on(name, listener)`. */
export interface RelayEvents {
  /** The page sent a text for the conversation. */
  text: {
    /** At most `maxMessageBytes`. */
    readonly text: string;
  };
  /** The page sent audio of its microphone. */
  micAudio: {
    /** As the page encodes it; the memory is the listener's. */
    readonly audio: Uint8Array;
  };
  /** The page asks for another avatar. Nothing happens by itself. */
  setAvatar: {
    /** At most 256 characters. */
    readonly avatarId: string;
  };
  /** The page asks for speech. The relay itself sends none. */
  speak: {
    /** The whole message, an object without a prototype; nothing but its size is checked. */
    readonly fields: Readonly<Record<string, unknown>>;
  };
  /** The page has interrupted; that was done before. */
  interrupt: {
    /** The newest utterance that was cut short; undefined when nothing was being said. */
    readonly reqId: string | undefined;
  };
  /** The page sent a message of a type that this package does not know. */
  message: {
    /** The whole message, an object without a prototype; nothing but its size is checked. */
    readonly fields: Readonly<Record<string, unknown>>;
  };
  /** A browser is there, the first one too. */
  attached: {
    /** Whether it goes on where it was. */
    readonly resumed: boolean;
  };
  /** The browser has gone. With `lingerMs` it may come back. */
  detached: {
    /** The close code of the WebSocket. */
    readonly closeCode: number;
  };
  /** The relay is over; called once. */
  close: {
    /**
     * - `closed`: the application closed the relay or its session
     * - `left`: the browser has gone, and did not come back in time
     * - `brokenRule`: the browser did not keep to the dialect, or sent too much
     * - `failed`: the session has failed, or the service has ended it
     */
    readonly reason: 'closed' | 'left' | 'brokenRule' | 'failed';
  };
}

const RELAY_EVENTS = [
  'text',
  'micAudio',
  'setAvatar',
  'speak',
  'interrupt',
  'message',
  'attached',
  'detached',
  'close',
] as const satisfies readonly (keyof RelayEvents)[];

/** Calls the listeners: what they throw, or reject with, becomes a process warning. */
export class RelayNotifier {
  readonly listeners = new OwnListeners();
  readonly #notifier: Notifier;

  constructor(clock: Clock) {
    this.#notifier = new Notifier({}, clock);
  }

  emit<Name extends keyof RelayEvents>(name: Name, payload: RelayEvents[Name]): void {
    for (const listener of this.listeners.take(name))
      this.#notifier.call(name, listener as Handler<RelayEvents[Name]>, payload);
  }
}

/**
 * The listeners of a `Relay`.
 *
 * @example
 * ```ts
 * relay.once('close', ({ reason }) => console.log(reason));
 * ```
 */
export abstract class RelayEmitter {
  readonly #listeners: OwnListeners;

  /** @internal */
  constructor({ listeners }: RelayNotifier) {
    this.#listeners = listeners;
  }

  /**
   * Calls `listener` at every such event. What it throws, or rejects with, becomes a process warning.
   * @throws TypeError or RangeError for what is no event or no function; so do `once` and `off`
   */
  on<Name extends keyof RelayEvents>(name: Name, listener: Handler<RelayEvents[Name]>): this {
    this.#listeners.add(...checked(name, listener), false);
    return this;
  }

  /** As `on`, for the next such event only. */
  once<Name extends keyof RelayEvents>(name: Name, listener: Handler<RelayEvents[Name]>): this {
    this.#listeners.add(...checked(name, listener), true);
    return this;
  }

  /** Removes a listener. Does nothing for one that was never added. */
  off<Name extends keyof RelayEvents>(name: Name, listener: Handler<RelayEvents[Name]>): this {
    this.#listeners.remove(...checked(name, listener));
    return this;
  }
}

function checked<Name extends keyof RelayEvents>(
  name: Name,
  listener: Handler<RelayEvents[Name]>,
): readonly [Name, Handler<never>] {
  requireOneOf('event', name, RELAY_EVENTS);
  return [name, requireFunction('listener', listener)];
}

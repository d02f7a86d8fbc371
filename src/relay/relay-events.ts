/** The events of a relay and their listeners. Errors of a listener do not affect the relay. */
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
    /** In the page's own encoding; the listener may keep the memory. */
    readonly audio: Uint8Array;
  };
  /** The page asks for another avatar. The relay does nothing by itself. */
  setAvatar: {
    /** At most 256 characters. */
    readonly avatarId: string;
  };
  /** The page asks for speech. The relay sends none by itself. */
  speak: {
    /** The whole message, an object without a prototype; only its size is checked. */
    readonly fields: Readonly<Record<string, unknown>>;
  };
  /** The page has interrupted; the relay has done so already. */
  interrupt: {
    /** The newest interrupted utterance; undefined if there was none. */
    readonly reqId: string | undefined;
  };
  /** The page sent a message of a type that this package does not know. */
  message: {
    /** The whole message, an object without a prototype; only its size is checked. */
    readonly fields: Readonly<Record<string, unknown>>;
  };
  /** A browser is connected, also for the first one. */
  attached: {
    /** Whether it continues where it was. */
    readonly resumed: boolean;
  };
  /** The browser has disconnected. With `lingerMs` it may reconnect. */
  detached: {
    /** The close code of the WebSocket. */
    readonly closeCode: number;
  };
  /** The relay is over; called once. */
  close: {
    /**
     * - `closed`: the application closed the relay or its session
     * - `left`: the browser has disconnected, and did not reconnect in time
     * - `brokenRule`: the browser violated the dialect, or sent too much
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

/** Calls the listeners. An error that one throws or rejects with becomes a process warning. */
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
   * Calls `listener` at every such event. An error that it throws or rejects with becomes a process warning.
   *
   * @throws TypeError or RangeError for an unknown event or a listener that is no function; so do `once` and
   *   `off`
   */
  on<Name extends keyof RelayEvents>(name: Name, listener: Handler<RelayEvents[Name]>): this {
    this.#listeners.add(...checked(name, listener), false);
    return this;
  }

  /** Like `on`, but for the next such event only. */
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

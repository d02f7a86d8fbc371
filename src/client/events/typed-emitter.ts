/**
 * The listeners of a session or an utterance, in the form of Node's emitters: `events.once` and `events.on` accept one, also by its type.
 * Checks the arguments and passes them to the object that keeps the listeners.
 */
import { requireFunction, requireNumber, requireOneOf } from '../../core/option/option-check.js';
import type { Handler } from './notifier.js';

/**
 * The methods of an emitter, as the interfaces `Session` and `UtteranceHandle` have them. Node's `events.once` and `events.on` accept an
 * object with them. A fake has all of them by `extends EventEmitter`.
 *
 * @example
 * ```ts
 * import { EventEmitter } from 'node:events';
 *
 * class FakeUtterance extends EventEmitter implements ListenerMethods<UtteranceEventsLike> {}
 * ```
 */
export interface ListenerMethods<Events> {
  /** Calls `listener` at every such event. */
  on<Name extends keyof Events & string>(name: Name, listener: Handler<Events[Name]>): this;
  /** Calls `listener` at the next such event. */
  once<Name extends keyof Events & string>(name: Name, listener: Handler<Events[Name]>): this;
  /** Removes a listener. */
  off<Name extends keyof Events & string>(name: Name, listener: Handler<Events[Name]>): this;
  /** Like `on`. */
  addListener<Name extends keyof Events & string>(name: Name, listener: Handler<Events[Name]>): this;
  /** Like `off`. */
  removeListener<Name extends keyof Events & string>(name: Name, listener: Handler<Events[Name]>): this;
  /** Like `on`, but before all other listeners. */
  prependListener<Name extends keyof Events & string>(name: Name, listener: Handler<Events[Name]>): this;
  /** Like `once`, but before all other listeners. */
  prependOnceListener<Name extends keyof Events & string>(name: Name, listener: Handler<Events[Name]>): this;
  /** Removes all listeners, or those of one event. */
  removeAllListeners(name?: keyof Events & string): this;
  /** The listeners of an event, in the order in which they are called. */
  listeners(name: keyof Events & string): ReturnType<NodeJS.EventEmitter['listeners']>;
  /** Like `listeners`. */
  rawListeners(name: keyof Events & string): ReturnType<NodeJS.EventEmitter['listeners']>;
  /** How many listeners an event has. */
  listenerCount(name: keyof Events & string): number;
  /** The events that have listeners. */
  eventNames(): ReturnType<NodeJS.EventEmitter['eventNames']>;
  /** How many listeners an event may have before Node warns; 0: there is no limit. */
  getMaxListeners(): number;
  /** Sets that limit, if the emitter has one. */
  setMaxListeners(most: number): this;
  /** For fakes. The real object throws, because only the session emits its events. */
  emit(name: keyof Events & string, payload: unknown): boolean;
}

/** The object that keeps the listeners. */
export interface ListenerList<Events> {
  /** The names of the events. */
  readonly names: readonly (keyof Events & string)[];
  on<Name extends keyof Events & string>(name: Name, listener: Handler<Events[Name]>, once: boolean): void;
  /** Like `on`, but before all other listeners. */
  prepend<Name extends keyof Events & string>(
    name: Name,
    listener: Handler<Events[Name]>,
    once: boolean,
  ): void;
  off<Name extends keyof Events & string>(name: Name, listener: Handler<Events[Name]>): void;
  /** Removes the listeners of an event, or of all events. */
  removeAll(name?: keyof Events & string): void;
  /** Listeners in the order of their calls. */
  listeners<Name extends keyof Events & string>(name: Name): readonly Handler<Events[Name]>[];
}

/**
 * The listeners of an `AvatarSession` or an `Utterance`. Every method throws TypeError or RangeError for an unknown event or a listener
 * that is no function: a misspelt event would never be emitted.
 *
 * @example
 * ```ts
 * import { once } from 'node:events';
 *
 * const reconnected = new Promise((resolve) => session.once('reconnect', resolve));
 * const [{ positionMs }] = await once(utterance, 'playback');
 * ```
 */
export abstract class TypedEmitter<Events> implements ListenerMethods<Events> {
  readonly #list: ListenerList<Events>;

  /** @internal */
  constructor(list: ListenerList<Events>) {
    this.#list = list;
  }

  /**
   * Calls `listener` at every such event: listeners of a session after its callback options, listeners of an utterance after those of the
   * session.
   */
  on<Name extends keyof Events & string>(name: Name, listener: Handler<Events[Name]>): this {
    this.#list.on(this.#event(name), checked(listener), false);
    return this;
  }

  /** Like `on`, but for the next such event only. */
  once<Name extends keyof Events & string>(name: Name, listener: Handler<Events[Name]>): this {
    this.#list.on(this.#event(name), checked(listener), true);
    return this;
  }

  /** Removes a listener that `on` or `once` added. Does nothing for one that was never added. */
  off<Name extends keyof Events & string>(name: Name, listener: Handler<Events[Name]>): this {
    this.#list.off(this.#event(name), checked(listener));
    return this;
  }

  /** Like `on`. */
  addListener<Name extends keyof Events & string>(name: Name, listener: Handler<Events[Name]>): this {
    return this.on(name, listener);
  }

  /** Like `off`. */
  removeListener<Name extends keyof Events & string>(name: Name, listener: Handler<Events[Name]>): this {
    return this.off(name, listener);
  }

  /** Like `on`, but before all other listeners. */
  prependListener<Name extends keyof Events & string>(name: Name, listener: Handler<Events[Name]>): this {
    this.#list.prepend(this.#event(name), checked(listener), false);
    return this;
  }

  /** Like `once`, but before all other listeners. */
  prependOnceListener<Name extends keyof Events & string>(name: Name, listener: Handler<Events[Name]>): this {
    this.#list.prepend(this.#event(name), checked(listener), true);
    return this;
  }

  /** Removes all listeners, or those of one event. Callback options stay. */
  removeAllListeners(name?: keyof Events & string): this {
    this.#list.removeAll(name === undefined ? undefined : this.#event(name));
    return this;
  }

  /** The listeners of an event, in the order in which they are called. */
  listeners<Name extends keyof Events & string>(name: Name): Handler<Events[Name]>[] {
    return [...this.#list.listeners(this.#event(name))];
  }

  /** Like `listeners`. */
  rawListeners<Name extends keyof Events & string>(name: Name): Handler<Events[Name]>[] {
    return this.listeners(name);
  }

  /** How many listeners an event has, or how often it has this one. */
  listenerCount<Name extends keyof Events & string>(name: Name, listener?: Handler<Events[Name]>): number {
    return this.listeners(name).filter((one) => listener === undefined || one === listener).length;
  }

  /** The events that have listeners. */
  eventNames(): (keyof Events & string)[] {
    return this.#list.names.filter((name) => this.#list.listeners(name).length > 0);
  }

  /** 0: there is no limit. */
  getMaxListeners(): number {
    return 0;
  }

  /** Changes nothing: there is no limit. */
  setMaxListeners(most: number): this {
    requireNumber('most', most, { min: 0, infinite: true });
    return this;
  }

  /** Throws a TypeError: only the session emits its events. */
  emit(name: keyof Events & string): never {
    throw new TypeError(`only the session itself emits events, got ${this.#event(name)}`);
  }

  #event<Name extends keyof Events & string>(name: Name): Name {
    requireOneOf('event', name, this.#list.names);
    return name;
  }
}

function checked<Listener>(listener: Listener): Listener {
  requireFunction('listener', listener);
  return listener;
}

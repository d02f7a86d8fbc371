/**
 * The listeners of a session, as Node's own functions know emitters: `events.once` and `events.on` take one, also by its type. Checks what
 * it is given and hands it to the notifier.
 */
import { requireFunction, requireNumber, requireOneOf } from '../../core/option/option-check.js';
import type { Handler, Notifier } from './notifier.js';
import { SESSION_EVENT_NAMES } from './session-events.js';
import type { SessionEventName, SessionEvents } from './session-events.js';

type ListenerOf<Name extends SessionEventName> = Handler<SessionEvents[Name]>;

/**
 * The listeners of an `AvatarSession`. Every method throws TypeError or RangeError for what is no event or no function: a misspelt event
 * would never be emitted.
 *
 * @example
 * ```ts
 * const [{ connectionId }] = await once(session, 'reconnect');
 * for await (const [frame] of on(session, 'frame')) show(frame);
 * ```
 */
export abstract class SessionEmitter {
  readonly #notifier: Notifier;

  /** @internal */
  constructor(notifier: Notifier) {
    this.#notifier = notifier;
  }

  /** Calls `listener` at every such event, after the callback option of the same meaning. */
  on<Name extends SessionEventName>(name: Name, listener: Handler<SessionEvents[Name]>): this {
    this.#notifier.on(...checked(name, listener), false);
    return this;
  }

  /** As `on`, for the next such event only. */
  once<Name extends SessionEventName>(name: Name, listener: Handler<SessionEvents[Name]>): this {
    this.#notifier.on(...checked(name, listener), true);
    return this;
  }

  /** Removes a listener that `on` or `once` added. Does nothing for one that was never added. */
  off<Name extends SessionEventName>(name: Name, listener: Handler<SessionEvents[Name]>): this {
    this.#notifier.off(...checked(name, listener));
    return this;
  }

  /** As `on`. */
  addListener<Name extends SessionEventName>(name: Name, listener: Handler<SessionEvents[Name]>): this {
    return this.on(name, listener);
  }

  /** As `off`. */
  removeListener<Name extends SessionEventName>(name: Name, listener: Handler<SessionEvents[Name]>): this {
    return this.off(name, listener);
  }

  /** As `on`, before all other listeners. */
  prependListener<Name extends SessionEventName>(name: Name, listener: Handler<SessionEvents[Name]>): this {
    this.#notifier.prepend(...checked(name, listener), false);
    return this;
  }

  /** As `once`, before all other listeners. */
  prependOnceListener<Name extends SessionEventName>(
    name: Name,
    listener: Handler<SessionEvents[Name]>,
  ): this {
    this.#notifier.prepend(...checked(name, listener), true);
    return this;
  }

  /** Removes all listeners, or those of one event. Callback options stay. */
  removeAllListeners(name?: SessionEventName): this {
    this.#notifier.removeAll(name === undefined ? undefined : requireEvent(name));
    return this;
  }

  /** The listeners of an event, in the order in which they are called. */
  listeners<Name extends SessionEventName>(name: Name): Handler<SessionEvents[Name]>[] {
    return [...this.#notifier.listeners(requireEvent(name))];
  }

  /** As `listeners`. */
  rawListeners<Name extends SessionEventName>(name: Name): Handler<SessionEvents[Name]>[] {
    return this.listeners(name);
  }

  /** How many listeners an event has, or how often it has this one. */
  listenerCount<Name extends SessionEventName>(name: Name, listener?: Handler<SessionEvents[Name]>): number {
    return this.listeners(name).filter((one) => listener === undefined || one === listener).length;
  }

  /** The events that have listeners. */
  eventNames(): SessionEventName[] {
    return SESSION_EVENT_NAMES.filter((name) => this.#notifier.listeners(name).length > 0);
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
  emit(name: SessionEventName): never {
    throw new TypeError(`only the session itself emits its events, got ${requireEvent(name)}`);
  }
}

function checked<Name extends SessionEventName>(
  name: Name,
  listener: ListenerOf<Name>,
): readonly [Name, ListenerOf<Name>] {
  requireFunction('listener', listener);
  return [requireEvent(name), listener];
}

function requireEvent<Name extends SessionEventName>(name: Name): Name {
  requireOneOf('event', name, SESSION_EVENT_NAMES);
  return name;
}

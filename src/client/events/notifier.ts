/**
 * Dispatches events to the callback option and the listeners of the application. Throws and rejections of a
 * handler become process warnings and have no other effect. A handler that calls back into the session sees
 * what it caused announced after the event it is handling, never in the middle of it.
 */
import { AsyncResource } from 'node:async_hooks';
import { isThenable } from '../../core/option/plain-object.js';
import type { Clock } from '../../ports/clock.js';
import { thrownStack } from '../waiting/deferred.js';
import { Emitter } from './emitter.js';
import { warnOfHandler } from './process-warnings.js';
import { SESSION_EVENT_NAMES } from './session-events.js';
import type { OwnListeners, SessionEventName, SessionEvents } from './session-events.js';

/** A callback or a listener. What it returns is ignored; what it throws, or rejects with, becomes a process warning. */
export type Handler<Payload> = (payload: Payload) => unknown;
export type EventCallbacks = { readonly [Name in SessionEventName]?: Handler<SessionEvents[Name]> };
type AnyHandler = Handler<never>;
const NO_HANDLERS: readonly AnyHandler[] = [];

/** The owner of an event that may become void while its handlers are called. */
export interface Revocable {
  /** Whether no further handler may be called with it. */
  readonly revoked: boolean;
}

/** … and that may have to wait between two of its handlers. */
export interface Deliverable extends Revocable {
  /** Whether no handler may be called now. */
  readonly mustWait: boolean;
  /** Keeps the call until handlers may be called again. */
  wait(call: () => void): void;
}

/** The `this` of a once-listener's guard. */
type ListenAgain = () => void;

/** What a handler looks like inside the emitter, for each event, so that `off` finds it again. */
const guards = new WeakMap<AnyHandler, Map<SessionEventName, AnyHandler>>();
/** … and the other way. */
const handlers = new WeakMap<AnyHandler, AnyHandler>();

/** Nothing has to learn of its end; without that each would be registered for the collection of garbage. */
const CONTEXT_OPTIONS = Object.assign(Object.create(null) as object, { requireManualDestroy: true });

export class Notifier {
  /**
   * The AsyncLocalStorage context in which the session was made. What calls a handler is often a timer or a socket that another
   * session began. About a hundred bytes, and 40 ns for each call.
   */
  readonly #context = new AsyncResource('AvatarSession', CONTEXT_OPTIONS);
  readonly #callbacks: EventCallbacks;
  readonly #clock: Pick<Clock, 'nowMs'>;
  #emitter: Emitter | undefined;
  /** While events are held back or handed out, what is emitted meanwhile waits in the queue. */
  #busy = false;
  #queue: (() => void)[] | undefined;

  constructor(callbacks: EventCallbacks, clock: Pick<Clock, 'nowMs'>) {
    this.#callbacks = callbacks;
    this.#clock = clock;
  }

  get names(): typeof SESSION_EVENT_NAMES {
    return SESSION_EVENT_NAMES;
  }

  on<Name extends SessionEventName>(name: Name, handler: Handler<SessionEvents[Name]>, once: boolean): void {
    const emitter = (this.#emitter ??= new Emitter());
    if (!once) {
      emitter.on(name, guarded(name, handler));
      return;
    }
    // The emitter removes the listener before it calls the guard, which may find the event revoked.
    const listenAgain: ListenAgain = () => void emitter.once(name, guarded(name, handler), listenAgain);
    listenAgain();
  }

  /** As `on`, before all others. */
  prepend<Name extends SessionEventName>(
    name: Name,
    handler: Handler<SessionEvents[Name]>,
    once: boolean,
  ): void {
    this.on(name, handler, once);
    this.#emitter?.lastToFront(name);
  }

  off<Name extends SessionEventName>(name: Name, handler: Handler<SessionEvents[Name]>): void {
    this.#emitter?.removeListener(name, guarded(name, handler));
  }

  /** Of every event without a name; callbacks stay. */
  removeAll(name?: SessionEventName): void {
    this.#emitter?.removeAllListeners(name);
  }

  /** In the order in which they are called, without callbacks. */
  listeners<Name extends SessionEventName>(name: Name): readonly Handler<SessionEvents[Name]>[] {
    const kept = this.#emitter?.listeners(name) ?? NO_HANDLERS;
    return kept.map((guard) => (handlers.get(guard) ?? guard) as Handler<SessionEvents[Name]>);
  }

  /** Calls a function in the AsyncLocalStorage context in which the session was made. */
  inContext<Result>(run: () => Result): Result {
    return this.#context.runInAsyncScope(run);
  }

  /** Whether this event has a listener. */
  hasListeners(name: SessionEventName): boolean {
    return this.#callbacks[name] !== undefined || (this.#emitter?.listenerCount(name) ?? 0) > 0;
  }

  /**
   * Announces now, or right after the event that is being handed out. Once `subject` is revoked, no further handler is called, not
   * even one of the same event; while it has to wait, the calls wait. `before` is called right before the first handler; `own` are
   * listeners of one utterance, called last.
   */
  emit<Name extends SessionEventName>(
    name: Name,
    payload: SessionEvents[Name],
    subject?: Deliverable,
    before?: () => void,
    own?: OwnListeners,
  ): void {
    if (this.#busy) {
      this.#queue ??= [];
      this.#queue.push(() => {
        before?.();
        this.#handOut(name, payload, subject, own);
      });
      return;
    }
    this.#busy = true;
    before?.();
    this.#handOut(name, payload, subject, own);
    this.#flush();
  }

  /** Whether events are being handed out, or held back: what is announced now comes after them. */
  get isBusy(): boolean {
    return this.#busy;
  }

  /** Calls it now, or right after the events that are being handed out; what it announces comes after it. */
  inTurn(call: () => void): void {
    if (this.#busy) {
      this.#queue ??= [];
      this.#queue.push(call);
      return;
    }
    this.#busy = true;
    call();
    this.#flush();
  }

  /** Runs `change` to its end before anything that it announces is handed out: handlers see a settled state. */
  batch(change: () => void): void {
    if (this.#busy) {
      change();
      return;
    }
    this.#busy = true;
    try {
      change();
    } finally {
      this.#flush();
    }
  }

  #flush(): void {
    for (let next = this.#queue?.shift(); next !== undefined; next = this.#queue?.shift()) next();
    this.#queue = undefined;
    this.#busy = false;
  }

  #handOut<Name extends SessionEventName>(
    name: Name,
    payload: SessionEvents[Name],
    subject: Deliverable | undefined,
    own: OwnListeners | undefined,
  ): void {
    if (subject?.revoked === true) return;
    const callback = this.#callbacks[name];
    if (callback !== undefined) {
      if (subject?.mustWait === true) subject.wait(() => this.call(name, callback, payload));
      else this.call(name, callback, payload);
    }
    this.#emitter?.emit(name, payload, subject, this);
    for (const handler of own?.take(name) ?? NO_HANDLERS) {
      if (isRevoked(subject)) return;
      const call = (): void => this.call(name, handler as Handler<unknown>, payload);
      if (subject?.mustWait === true) subject.wait(call);
      else call();
    }
  }

  /** For the guard of a listener: calls it after the wait of `subject`, unless it was removed meanwhile. */
  callAfterWait<Payload>(
    name: SessionEventName,
    guard: Handler<Payload>,
    handler: Handler<Payload>,
    payload: Payload,
    subject: Deliverable,
  ): void {
    subject.wait(() => {
      if (this.#emitter?.listeners(name).includes(guard) === true) this.call(name, handler, payload);
    });
  }

  /** Calls an application's function; nothing that it does comes back. `what` is the event or the option that it is for. */
  call<Arguments extends readonly unknown[]>(
    what: string,
    handler: (...args: Arguments) => unknown,
    ...args: Arguments
  ): void {
    try {
      const result = this.#context.runInAsyncScope(handler, undefined, ...args);
      if (isThenable(result)) result.then(undefined, (error: unknown) => this.#failed(what, error));
    } catch (error) {
      this.#failed(what, error);
    }
  }

  #failed(what: string, error: unknown): void {
    const describe = (): string =>
      `the handler of "${what}" of an avatar session failed: ${thrownStack(error)}`;
    warnOfHandler({ owner: this, what, nowMs: this.#clock.nowMs(), describe });
  }
}

/** … by a handler before. */
function isRevoked(subject: Deliverable | undefined): boolean {
  return subject?.revoked === true;
}

function guarded<Payload>(name: SessionEventName, handler: Handler<Payload>): Handler<Payload> {
  const ofHandler = guards.get(handler) ?? new Map<SessionEventName, AnyHandler>();
  guards.set(handler, ofHandler);
  const known = ofHandler.get(name) as Handler<Payload> | undefined;
  if (known !== undefined) return known;
  const guard = function (
    this: unknown,
    payload: Payload,
    subject: Deliverable | undefined,
    notifier: Notifier,
  ): void {
    const goesNow = subject === undefined || (!subject.revoked && !subject.mustWait);
    if (goesNow) notifier.call(name, handler, payload);
    // A listener for one event gets the next one.
    else if (typeof this === 'function') (this as ListenAgain)();
    else if (!subject.revoked)
      notifier.callAfterWait(name, guard as Handler<Payload>, handler, payload, subject);
  };
  ofHandler.set(name, guard as unknown as AnyHandler);
  handlers.set(guard as unknown as AnyHandler, handler);
  return guard as unknown as Handler<Payload>;
}

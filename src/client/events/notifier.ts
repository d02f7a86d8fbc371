/**
 * Calls the callback options and listeners of the application for each event. Errors and rejections of a handler become process warnings
 * and have no other effect. If a handler calls the session, the events that this causes are emitted after the current event, never during
 * it.
 */
import { AsyncResource } from 'node:async_hooks';
import { isThenable } from '../../core/option/plain-object.js';
import type { Clock } from '../../ports/clock.js';
import { thrownStack } from '../waiting/deferred.js';
import { Emitter } from './emitter.js';
import { warnOfHandler } from './process-warnings.js';
import { SESSION_EVENT_NAMES } from './session-events.js';
import type { OwnListeners, SessionEventName, SessionEvents } from './session-events.js';

/** A callback or a listener. Its result is ignored; an error that it throws or rejects with becomes a process warning. */
export type Handler<Payload> = (payload: Payload) => unknown;
export type EventCallbacks = { readonly [Name in SessionEventName]?: Handler<SessionEvents[Name]> };
type AnyHandler = Handler<never>;
const NO_HANDLERS: readonly AnyHandler[] = [];

/** The subject of an event that may become invalid while its handlers are called. */
export interface Revocable {
  /** Whether no further handler may be called for it. */
  readonly revoked: boolean;
}

/** A subject whose handlers may also have to wait between two calls. */
export interface Deliverable extends Revocable {
  /** Whether no handler may be called now. */
  readonly mustWait: boolean;
  /** Keeps the call until handlers may be called again. */
  wait(call: () => void): void;
}

/** Adds a listener of `once` again; passed as `this` of its guard. */
type ListenAgain = () => void;

/** The guard of each handler inside the emitter, by event, so that `off` finds it. */
const guards = new WeakMap<AnyHandler, Map<SessionEventName, AnyHandler>>();
/** The handler of each guard. */
const handlers = new WeakMap<AnyHandler, AnyHandler>();

/** Without this option every AsyncResource would be registered for garbage collection, to report its end. */
const CONTEXT_OPTIONS = Object.assign(Object.create(null) as object, { requireManualDestroy: true });

export class Notifier {
  /**
   * The AsyncLocalStorage context in which the session was made. The caller of a handler is often a timer or a socket that another
   * session created. About a hundred bytes, and 40 ns for each call.
   */
  readonly #context = new AsyncResource('AvatarSession', CONTEXT_OPTIONS);
  readonly #callbacks: EventCallbacks;
  readonly #clock: Pick<Clock, 'nowMs'>;
  #emitter: Emitter | undefined;
  /** While events are delayed or delivered, further events are queued. */
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
    // The emitter removes the listener before it calls the guard, which may find that the event is revoked.
    const listenAgain: ListenAgain = () => void emitter.once(name, guarded(name, handler), listenAgain);
    listenAgain();
  }

  /** Like `on`, but before all other listeners. */
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

  /** Removes the listeners of an event, or of all events; callbacks stay. */
  removeAll(name?: SessionEventName): void {
    this.#emitter?.removeAllListeners(name);
  }

  /** Listeners in the order of their calls, without callbacks. */
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
   * Delivers the event now, or right after the event that is being delivered. Once `subject` is revoked, no further handler is called,
   * not even for the same event; while the subject must wait, the calls wait. `before` is called right before the first handler; `own`
   * are the listeners of one utterance, called last.
   */
  emit<Name extends SessionEventName>(
    name: Name,
    payload: SessionEvents[Name],
    subject?: Deliverable,
    before?: () => void,
    own?: OwnListeners,
  ): void {
    if (this.#busy) {
      this.#emitLater(name, payload, subject, before, own);
      return;
    }
    this.#busy = true;
    before?.();
    this.#handOut(name, payload, subject, own);
    this.#flush();
  }

  /** A method of its own, as the others below that make a function: its variables would cost each event memory where it is not made. */
  #emitLater<Name extends SessionEventName>(
    name: Name,
    payload: SessionEvents[Name],
    subject: Deliverable | undefined,
    before: (() => void) | undefined,
    own: OwnListeners | undefined,
  ): void {
    this.#queue ??= [];
    this.#queue.push(() => {
      before?.();
      this.#handOut(name, payload, subject, own);
    });
  }

  /** Whether events are being delivered or delayed: an event that is emitted now comes after them. */
  get isBusy(): boolean {
    return this.#busy;
  }

  /** Calls `call` now, or right after the events that are being delivered; the events that it emits come after it. */
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

  /** Runs `change` completely before the events that it emits are delivered, so that handlers see a consistent state. */
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
      if (subject?.mustWait === true) this.#callLater(name, callback, payload, subject);
      else this.callOne(name, callback, payload);
    }
    this.#emitter?.emit(name, payload, subject, this);
    if (own === undefined) return;
    for (const handler of own.take(name) as readonly Handler<SessionEvents[Name]>[]) {
      if (isRevoked(subject)) return;
      if (subject?.mustWait === true) this.#callLater(name, handler, payload, subject);
      else this.callOne(name, handler, payload);
    }
  }

  #callLater<Payload>(name: string, handler: Handler<Payload>, payload: Payload, subject: Deliverable): void {
    subject.wait(() => this.callOne(name, handler, payload));
  }

  /** For the guard of a listener: calls the handler after the wait of `subject`, unless the listener was removed meanwhile. */
  callAfterWait<Payload>(
    name: SessionEventName,
    guard: Handler<Payload>,
    handler: Handler<Payload>,
    payload: Payload,
    subject: Deliverable,
  ): void {
    subject.wait(() => {
      if (this.#emitter?.listeners(name).includes(guard) === true) this.callOne(name, handler, payload);
    });
  }

  /** Calls a function of the application; its errors do not reach the caller. `what` is the name of the event or option. */
  call<Arguments extends readonly unknown[]>(
    what: string,
    handler: (...args: Arguments) => unknown,
    ...args: Arguments
  ): void {
    try {
      this.#settled(what, this.#context.runInAsyncScope(handler, undefined, ...args));
    } catch (error) {
      this.#failed(what, error);
    }
  }

  /** Like `call`, for one argument: without a list of them. */
  callOne<Payload>(what: string, handler: Handler<Payload>, payload: Payload): void {
    try {
      this.#settled(what, this.#context.runInAsyncScope(handler, undefined, payload));
    } catch (error) {
      this.#failed(what, error);
    }
  }

  #settled(what: string, result: unknown): void {
    if (isThenable(result)) this.#watch(what, result);
  }

  #watch(what: string, result: PromiseLike<unknown>): void {
    result.then(undefined, (error: unknown) => this.#failed(what, error));
  }

  #failed(what: string, error: unknown): void {
    const describe = (): string =>
      `the handler of "${what}" of an avatar session failed: ${thrownStack(error)}`;
    warnOfHandler({ owner: this, what, nowMs: this.#clock.nowMs(), describe });
  }
}

/** Whether a handler called before has revoked the subject. */
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
    if (goesNow) notifier.callOne(name, handler, payload);
    // A listener of `once` waits for the next event.
    else if (typeof this === 'function') (this as ListenAgain)();
    else if (!subject.revoked)
      notifier.callAfterWait(name, guard as Handler<Payload>, handler, payload, subject);
  };
  ofHandler.set(name, guard as unknown as AnyHandler);
  handlers.set(guard as unknown as AnyHandler, handler);
  return guard as unknown as Handler<Payload>;
}

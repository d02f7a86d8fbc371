/**
 * The event emitter behind a session's listeners. Decides only how it keeps them; must not know events.
 */
import { EventEmitter } from 'eventemitter3';
import { defineHidden } from '../../core/option/plain-object.js';

type AnyListener = Parameters<EventEmitter['on']>[1];

/**
 * The emitter distinguishes its records from its lists by their member `fn`, and assigns the members of a
 * record. Neither may read or call a member of `Object.prototype`: every list gets an `fn` of its own, and
 * the class of the records all members.
 */
export class Emitter extends EventEmitter {
  override on(name: string | symbol, listener: AnyListener, context?: unknown): this {
    super.on(name, listener, context);
    return shielded(this, name);
  }

  override once(name: string | symbol, listener: AnyListener, context?: unknown): this {
    super.once(name, listener, context);
    return shielded(this, name);
  }

  /** The emitter itself calls this for a listener of one event. */
  override removeListener(
    name: string | symbol,
    listener?: AnyListener,
    context?: unknown,
    once?: boolean,
  ): this {
    super.removeListener(name, listener, context, once);
    return shielded(this, name);
  }

  /** The listener that was added last becomes the first. The list that is being called stays as it is. */
  lastToFront(name: string | symbol): void {
    const kept = keptOf(this, name);
    if (!Array.isArray(kept)) return;
    const records: readonly unknown[] = kept;
    listsOf(this)[name] = [records.at(-1), ...records.slice(0, -1)];
    shielded(this, name);
  }
}

/** One record for an event with one listener, a list of records for one with more. */
function keptOf(emitter: EventEmitter, name: string | symbol): object | undefined {
  return listsOf(emitter)[name];
}

function listsOf(emitter: EventEmitter): Record<string | symbol, object | undefined> {
  return (emitter as unknown as { readonly _events: Record<string | symbol, object | undefined> })._events;
}

function shielded<Shielded extends EventEmitter>(emitter: Shielded, name: string | symbol): Shielded {
  const kept = keptOf(emitter, name);
  if (Array.isArray(kept) && !Object.hasOwn(kept, 'fn')) defineHidden(kept, 'fn', undefined);
  return emitter;
}

const FIRST_RECORD = keptOf(
  new EventEmitter().on('first', () => undefined),
  'first',
);
for (const member of ['fn', 'context', 'once']) {
  defineHidden(Object.getPrototypeOf(FIRST_RECORD) as object, member, undefined);
}

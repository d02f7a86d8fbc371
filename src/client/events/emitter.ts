/** The event emitter behind a session's listeners. It only stores and calls them; must not know the events. */
import { EventEmitter } from 'eventemitter3';
import { defineHidden } from '../../core/option/plain-object.js';

type AnyListener = Parameters<EventEmitter['on']>[1];

/**
 * The emitter distinguishes a record from a list by the member `fn`, and assigns the members of a record.
 * Neither may read or call a member of `Object.prototype`: so every list gets an own `fn`, and the class of
 * the records defines all members.
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

  /** Moves the latest listener to the front. A list that is being called stays unchanged. */
  lastToFront(name: string | symbol): void {
    const kept = keptOf(this, name);
    if (!Array.isArray(kept)) return;
    const records: readonly unknown[] = kept;
    listsOf(this)[name] = [records.at(-1), ...records.slice(0, -1)];
    shielded(this, name);
  }
}

/** The emitter stores one record for an event with one listener, and a list of records for several. */
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

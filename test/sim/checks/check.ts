/**
 * A rule that must hold in every world. It reads every entry of the chronicle, and checks the world after
 * every step and at its end.
 */
import type { RetryInfo } from '../../../src/index.js';
import type { World } from '../world/world.js';
import type { Entry } from '../world/chronicle.js';

export interface Watcher {
  /** Called with every entry when it is written. */
  read?(entry: Entry): void;
  /** Called after every step, when everything that needs no time has finished. */
  step?(): void;
  /** Called after the last step: every session is closed, and no event is left. */
  end?(): void;
}

export interface Check {
  readonly name: string;
  /** The rule, in one sentence. */
  readonly rule: string;
  watch(world: World, violated: (what: string) => void): Watcher;
}

/** Whether the entry is the start of another life of a session that was over. */
export function beginsLife(
  entry: Entry,
): entry is Entry & { readonly kind: 'emitted'; readonly session: number } {
  return entry.kind === 'emitted' && entry.name === 'state' && entry.payload.from === 'closed';
}

/**
 * Whether an event `retry` reports a decision about a failure. It is also emitted for a wait at the gate, and
 * for a wait for memory.
 */
export function decides(source: RetryInfo['source']): boolean {
  return source !== 'gate' && source !== 'memory';
}

export interface Violation {
  readonly check: string;
  readonly what: string;
  readonly atMs: number;
}

/** A value for each session, made on first access. */
export class PerSession<T> {
  readonly #make: (session: number) => T;
  readonly #values = new Map<number, T>();

  constructor(make: (session: number) => T) {
    this.#make = make;
  }

  of(session: number): T {
    let value = this.#values.get(session);
    if (value === undefined) {
      value = this.#make(session);
      this.#values.set(session, value);
    }
    return value;
  }

  /** Called when the session starts another life. */
  forget(session: number): void {
    this.#values.delete(session);
  }

  all(): Iterable<readonly [session: number, value: T]> {
    return this.#values;
  }
}

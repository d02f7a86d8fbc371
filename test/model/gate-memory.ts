/**
 * The part of a gate's past that may affect its future. The model records it, because the visible status of
 * the gate does not show it. It is only used to distinguish states; no rule uses it.
 */
import type { GateStatus } from '../../src/core/gate/gate-ticket.js';

type Level = GateStatus['level'];

interface Dial {
  readonly beganAtMs: number;
  /**
   * Whether the gate has changed its state since the dial began. Then a failure of the dial changes nothing.
   */
  stale: boolean;
}

/** The events that change the state of the gate, by its level before them. */
const STATE_CHANGES: Readonly<Record<Level, readonly string[]>> = {
  healthy: ['unreachable', 'throttled', 'lose'],
  recovering: ['unreachable', 'throttled'],
  down: ['succeed', 'refused', 'throttled'],
};
/** With the small numbers, older failures are cleared. */
const LONG_AGO_MS = 3;

export class GateMemory {
  readonly #dials = new Map<object, Dial>();
  #troubleAtMs = -Infinity;
  #paceMs = -Infinity;
  #callPaceMs = -Infinity;
  #failuresInARow = 0;
  #fastestMs = Infinity;

  dialBegins(dial: object, level: Level, nowMs: number): void {
    this.#dials.set(dial, { beganAtMs: nowMs, stale: false });
    if (level !== 'healthy') this.#paceMs = Math.max(this.#paceMs, nowMs) + 1;
  }

  callBegins(nowMs: number): void {
    this.#callPaceMs = Math.max(this.#callPaceMs, nowMs) + 1;
  }

  /** Records a step: its name, the dial that it ended if any, and the level before and after it. */
  happened(what: string, dial: object | undefined, before: Level, after: Level, nowMs: number): void {
    const ended = dial === undefined ? undefined : this.#dials.get(dial);
    if (dial !== undefined) this.#dials.delete(dial);
    if (before !== after || ['unreachable', 'throttled', 'lose'].includes(what)) this.#troubleAtMs = nowMs;
    const isStale = before === 'recovering' && what === 'unreachable' && ended?.stale === true;
    if (!isStale && what === 'unreachable') this.#failuresInARow += 1;
    if (before !== after) {
      this.#fastestMs = Infinity;
      this.#failuresInARow = what === 'lose' || what === 'unreachable' ? 1 : 0;
    } else if (['succeed', 'refused', 'throttled'].includes(what)) this.#failuresInARow = 0;
    if (what === 'succeed' && ended !== undefined && after === 'recovering') {
      this.#fastestMs = Math.min(this.#fastestMs, nowMs - ended.beganAtMs);
    }
    if (isStale || !STATE_CHANGES[before].includes(what)) return;
    for (const other of this.#dials.values()) other.stale = true;
  }

  key(dialling: readonly object[], level: Level, nowMs: number): string {
    const paceMs = [this.#paceMs, this.#callPaceMs].map((atMs) => Math.max(atMs - nowMs, -1)).join('/');
    const dials = dialling.map((dial) => this.#dials.get(dial));
    const ages = dials.map((dial) => `${nowMs - (dial?.beganAtMs ?? 0)}${dial?.stale === true ? 's' : ''}`);
    if (level === 'healthy') return [paceMs, ...ages].join(';');
    const troubleMs = Math.min(nowMs - this.#troubleAtMs, LONG_AGO_MS);
    return [paceMs, troubleMs, this.#failuresInARow, this.#fastestMs, ...ages].join(';');
  }
}

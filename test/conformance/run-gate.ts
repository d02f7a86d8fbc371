/**
 * Runs a gate case: any number of sessions at one endpoint. The gate has no timer of its own. So this runner
 * calls `admit` at each time that the gate asks for, and after every event, as the product does.
 */
import { ConnectGate } from '../../src/core/gate/connect-gate.js';
import { DEFAULT_GATE_NUMBERS } from '../../src/core/gate/gate-health.js';
import type { GateTicket } from '../../src/core/gate/gate-ticket.js';
import type { Expectation, GateCase, GateEvent } from './case-file.js';
import { disagreements } from './disagreements.js';
import { randomOf } from './draws.js';
import type { Draw } from './draws.js';
import { failureOf } from './given-failure.js';

export function runGate({ numbers, enrolled = 2, events }: GateCase, draw: Draw): string[] {
  const gate = new ConnectGate<string>({ ...DEFAULT_GATE_NUMBERS, ...numbers });
  for (let session = 0; session < enrolled; session += 1) gate.register();
  const endpoint = new Endpoint(gate, draw);
  return events.flatMap((event, index) => {
    const where = `events[${index}].expect`;
    const observed = endpoint.next(event);
    const { admitted = [], called = [], minWakeAtMs, maxWakeAtMs, ...exact } = event.expect ?? {};
    const moved = {
      admitted: named(admitted as readonly string[]),
      called: named(called as readonly string[]),
    };
    return [
      ...disagreements(where, { ...moved, ...exact }, observed),
      ...offBounds(where, { minWakeAtMs, maxWakeAtMs }, observed, draw),
    ];
  });
}

class Endpoint {
  readonly #gate: ConnectGate<string>;
  readonly #random: () => number;
  readonly #tickets = new Map<string, GateTicket<string>>();
  #admitted: string[] = [];
  #called: string[] = [];
  /** Whether the latest loss was lone. */
  #lone = false;

  constructor(gate: ConnectGate<string>, draw: Draw) {
    this.#gate = gate;
    this.#random = randomOf(draw);
  }

  next(event: GateEvent): Expectation {
    this.#admitted = [];
    this.#called = [];
    this.#letPass(event.atMs);
    this.#happen(event);
    this.#admit(event.atMs);
    const { limit, ...standing } = this.#gate.status;
    return {
      ...standing,
      admitted: this.#admitted,
      called: this.#called,
      lone: this.#lone,
      limit: Number.isFinite(limit) ? limit : null,
      wakeAtMs: this.#gate.wakeAtMs ?? null,
    };
  }

  /** Lets timers fire up to this time, inclusive, and records the sessions that they admit. */
  #letPass(untilMs: number): void {
    for (;;) {
      const wakeAtMs = this.#gate.wakeAtMs;
      if (wakeAtMs === undefined || wakeAtMs > untilMs) return;
      this.#admit(wakeAtMs);
    }
  }

  #admit(nowMs: number): void {
    for (const ticket of this.#gate.admit(nowMs, this.#random)) this.#moved(ticket);
  }

  #moved({ at, waiter }: GateTicket<string>): void {
    if (at.stage === 'dialling') this.#admitted.push(waiter);
    else if (at.stage === 'called') this.#called.push(waiter);
  }

  #happen(event: GateEvent): void {
    const { atMs } = event;
    switch (event.event) {
      case 'join':
        for (const name of named(event.sessions)) {
          const { account, prepares = false, leaseMs = Infinity } = event;
          this.#tickets.set(name, this.#gate.join(name, atMs, account, { prepares, leaseMs }));
        }
        return;
      case 'ready':
        for (const ticket of this.#ticketsOf(event.sessions)) {
          this.#gate.ready(ticket, atMs, this.#random);
          this.#moved(ticket);
        }
        return;
      case 'succeeded':
        for (const ticket of this.#ticketsOf(event.sessions)) this.#gate.succeeded(ticket, atMs);
        return;
      case 'failed':
        for (const ticket of this.#ticketsOf(event.sessions)) {
          this.#gate.failed(ticket, failureOf(event.failure), atMs, this.#random);
        }
        return;
      case 'leave':
        for (const ticket of this.#ticketsOf(event.sessions)) this.#gate.leave(ticket, atMs);
        return;
      case 'lost':
        this.#lone = this.#gate.connectionLost(failureOf(event.failure), atMs, event.account);
        return;
      case 'wait':
        return;
    }
  }

  #ticketsOf(sessions: readonly string[]): GateTicket<string>[] {
    return named(sessions).map((name) => {
      const ticket = this.#tickets.get(name);
      if (ticket === undefined) throw new Error(`session ${name} has not joined`);
      return ticket;
    });
  }
}

/** `s3..s5` stands for s3, s4 and s5. */
function named(sessions: readonly string[]): string[] {
  return sessions.flatMap((session) => {
    const range = /^([a-z]+)(\d+)\.\.\1(\d+)$/.exec(session);
    if (range === null) return [session];
    const [, stem = '', first = '', last = ''] = range;
    return Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) => `${stem}${Number(first) + i}`);
  });
}

function offBounds(where: string, bounds: Expectation, observed: Expectation, { side }: Draw): string[] {
  const { minWakeAtMs, maxWakeAtMs } = bounds;
  if (typeof minWakeAtMs !== 'number' || typeof maxWakeAtMs !== 'number') return [];
  const { wakeAtMs } = observed;
  if (typeof wakeAtMs !== 'number') return [`${where}.minWakeAtMs: the gate asks for no time`];
  switch (side) {
    case 'lowest':
      return disagreements(where, { minWakeAtMs }, { minWakeAtMs: wakeAtMs });
    case 'highest':
      return disagreements(where, { maxWakeAtMs }, { maxWakeAtMs: wakeAtMs });
    case 'inner':
      return wakeAtMs >= minWakeAtMs && wakeAtMs <= maxWakeAtMs
        ? []
        : [`${where}: wakeAtMs ${wakeAtMs} is not within [${minWakeAtMs}, ${maxWakeAtMs}]`];
  }
}

/**
 * A connect gate with up to three attempts and small numbers for everything, so that a few steps reach the
 * limits: the possible events, the rules that must hold after each step, and the rule that every attempt is
 * admitted in the end.
 */
import { ConnectGate } from '../../src/core/gate/connect-gate.js';
import type { DecidableFailure } from '../../src/core/policy/decide.js';
import type { GateNumbers } from '../../src/core/gate/gate-health.js';
import type { GateTicket } from '../../src/core/gate/gate-ticket.js';
import { GateMemories } from './gate-memories.js';
import { must } from './must.js';
import type { World } from './replay-model.js';

type Ticket = GateTicket<number>;
type Level = Ticket['account']['belief']['level'];

/** The unit of time is one millisecond. The random values are fixed, so every time is a whole number. */
export const SMALL_NUMBERS: GateNumbers = {
  minInFlight: 1,
  paceBurst: 2,
  paceIntervalMs: 1,
  queueingMs: 0,
  failuresUntilDown: 2,
  probe: { baseMs: 1, factor: 2, capMs: 2, jitter: 'none', minIntervalMs: 1 },
  prepareMs: 2,
  prepareBesideLateMs: 1,
  settleMs: 3,
  maxHintMs: 2,
  loneAfterMs: 1,
};
const chance = (): number => 0;
const where = { phase: 'websocket_connect', permanent: false } as const;
const LOSS = { code: 'connectionClosed' } as const;
const FAILURES: Readonly<Record<string, DecidableFailure>> = {
  unreachable: { ...where, code: 'connectionFailed' },
  throttled: { ...where, code: 'concurrencyLimit', retryAfterMs: 2 },
  refused: { ...where, code: 'avatarNotFound' },
  inconclusive: { ...where, code: 'unknown' },
};

export interface GateWorldOptions {
  /** Whether there are other sessions besides those that dial or wait. A single session is never delayed. */
  readonly company: boolean;
  /** The number of attempts at the same time. */
  readonly atOnce: number;
  readonly accounts: readonly string[];
  /** Whether attempts prepare their dials first, and return their permits late. */
  readonly prepares: boolean;
}

export class GateWorld implements World {
  readonly #gate = new ConnectGate<number>(SMALL_NUMBERS);
  readonly #memories = new GateMemories();
  readonly #options: GateWorldOptions;
  /** The number of connected sessions at the endpoint. */
  readonly #others: number;
  #nowMs = 0;
  #lostAtMs = -Infinity;
  #joined = 0;
  #waiting: Ticket[] = [];
  #called: Ticket[] = [];
  #ready: Ticket[] = [];
  #dialling: Ticket[] = [];

  constructor(options: GateWorldOptions) {
    this.#options = options;
    this.#others = options.company ? 2 : 0;
    for (let other = 0; other < this.#others; other += 1) this.#gate.register();
  }

  actions(): string[] {
    const { atOnce, accounts } = this.#options;
    const outcomes = ['succeed', 'leave', ...Object.keys(FAILURES)];
    const places = this.#dialling.length > 1 ? ['first', 'last'] : this.#dialling.map(() => 'first');
    return [
      ...(this.#tickets.length < atOnce ? accounts.map((account) => `join ${account}`) : []),
      ...this.#waiting.map((_, place) => `leave line ${place}`),
      ...this.#called.flatMap((_, place) => [`ready ${place}`, `leave called ${place}`]),
      ...this.#ready.map((_, place) => `leave ready ${place}`),
      ...places.flatMap((place) => outcomes.map((outcome) => `${outcome} ${place}`)),
      'lose',
      'tick',
    ];
  }

  play(action: string): void {
    const [what = '', place = '', index = ''] = action.split(' ');
    const { level } = this.#gate.status;
    const levels = this.#memories.levels();
    let ended: Ticket | undefined;
    if (what === 'join') this.#join(place);
    else if (what === 'ready') this.#prepared(this.#called.splice(Number(place), 1));
    else if (what === 'lose') this.#lose();
    else if (what === 'tick') this.#nowMs += 1;
    else if (place === 'line') this.#leave(this.#waiting.splice(Number(index), 1));
    else if (place === 'called') this.#leave(this.#called.splice(Number(index), 1));
    else if (place === 'ready') this.#leave(this.#ready.splice(Number(index), 1));
    else {
      const [ticket] = this.#dialling.splice(place === 'first' ? 0 : -1, 1);
      if (ticket === undefined) throw new Error(`no attempt dials: ${action}`);
      ended = ticket;
      this.#end(ticket, what);
    }
    this.#memories.happened(what, ended, [level, this.#gate.status.level], levels, this.#nowMs);
    this.#admit();
  }

  key(): string {
    const { level, limit, waiting, notBeforeMs = -Infinity } = this.#gate.status;
    const floorMs = Math.max(notBeforeMs - this.#nowMs, -SMALL_NUMBERS.settleMs);
    const known = this.#memories.key(this.#dialling, level, this.#nowMs);
    const tickets = this.#tickets.map((ticket) => this.#ticketKey(ticket));
    // One more attempt joins, to find the time at which the next attempt would be admitted. A new failure
    // comes first, so that the join clears no state.
    if (level !== 'healthy') this.#gate.connectionLost(LOSS, this.#nowMs);
    // There is one more attempt at the endpoint, because a gate with a single attempt delays nothing, and
    // does not show its state.
    if (waiting === 0) this.#join('newcomer');
    this.#gate.register();
    const wakeMs = Math.max((this.#gate.wakeAtMs ?? Infinity) - this.#nowMs, 0);
    this.#gate.unregister();
    const lostMs = Math.min(this.#nowMs - this.#lostAtMs, SMALL_NUMBERS.loneAfterMs + 1);
    return [level, limit, waiting, floorMs, wakeMs, lostMs, known, ...tickets].join();
  }

  /** From here on all dials fail, or all succeed. In both cases every waiting attempt must get a permit. */
  finish(): void {
    this.#admit();
    for (let turn = 0; this.#waiting.length + this.#called.length + this.#ready.length > 0; turn += 1) {
      must(turn < 100, 'every attempt gets to dial in the end');
      const { wakeAtMs } = this.#gate;
      const others = this.#dialling.length + this.#called.length;
      must(wakeAtMs !== undefined || others > 0, 'no attempt waits without a reason');
      if (this.#called.length > 0) this.play('ready 0');
      else if (this.#dialling.length > 0) this.play(turn % 2 === 0 ? 'unreachable first' : 'succeed first');
      else this.#nowMs = Math.max(this.#nowMs, wakeAtMs ?? 0);
      this.#admit();
    }
  }

  get #tickets(): Ticket[] {
    return [...this.#waiting, ...this.#called, ...this.#ready, ...this.#dialling];
  }

  #lose(): void {
    const isLone = this.#gate.connectionLost(LOSS, this.#nowMs);
    must(
      isLone === this.#nowMs - this.#lostAtMs > SMALL_NUMBERS.loneAfterMs,
      'only a loss without another one shortly before counts as a single loss',
    );
    this.#lostAtMs = this.#nowMs;
  }

  #join(account: string): void {
    const { prepares } = this.#options;
    this.#gate.register();
    const ticket = this.#gate.join((this.#joined += 1), this.#nowMs, account, {
      prepares,
      leaseMs: prepares ? 2 : Infinity,
    });
    this.#memories.joined(ticket);
    this.#waiting.push(ticket);
  }

  #prepared(tickets: readonly Ticket[]): void {
    for (const ticket of tickets) {
      const { level } = this.#gate.status;
      this.#gate.ready(ticket, this.#nowMs, chance);
      if (ticket.at.stage === 'dialling') this.#dials(ticket, level);
      else this.#ready.push(ticket);
    }
  }

  #leave(tickets: readonly Ticket[]): void {
    for (const ticket of tickets) {
      this.#gate.unregister();
      this.#gate.leave(ticket, this.#nowMs);
      this.#changesNothing(ticket);
    }
  }

  #end(ticket: Ticket, how: string): void {
    if (how === 'leave') {
      this.#leave([ticket]);
      return;
    }
    this.#gate.unregister();
    if (how === 'succeed') this.#gate.succeeded(ticket, this.#nowMs);
    else this.#fail(ticket, FAILURES[how]);
    this.#changesNothing(ticket);
  }

  #fail(ticket: Ticket, failure: DecidableFailure | undefined): void {
    if (failure === undefined) throw new Error('no such failure');
    this.#gate.failed(ticket, failure, this.#nowMs, chance);
  }

  #changesNothing(ticket: Ticket): void {
    const before = this.#shown();
    this.#gate.leave(ticket, this.#nowMs);
    this.#gate.ready(ticket, this.#nowMs, chance);
    this.#gate.succeeded(ticket, this.#nowMs);
    this.#fail(ticket, FAILURES['throttled']);
    must(this.#shown() === before, 'a finished ticket changes nothing');
  }

  #shown(): string {
    const { level, waiting, inFlight, limit, notBeforeMs } = this.#gate.status;
    return [level, waiting, inFlight, limit, notBeforeMs, this.#gate.wakeAtMs].join();
  }

  #admit(): void {
    const { level, notBeforeMs = -Infinity } = this.#gate.status;
    const moved = this.#gate.admit(this.#nowMs, chance);
    for (const ticket of moved) {
      const line = this.#ready.includes(ticket) ? this.#ready : this.#waiting;
      const first = line.find(({ account }) => account === ticket.account);
      must(first === ticket, 'first come, first served');
      line.splice(line.indexOf(ticket), 1);
      if (ticket.at.stage === 'called') {
        this.#called.push(ticket);
        this.#memories.callBegins(ticket, this.#nowMs);
      } else this.#dials(ticket, level);
    }
    const { status: standing } = this.#gate;
    const { waiting, inFlight, limit } = standing;
    const inLine = this.#waiting.length + this.#ready.length;
    const counting = this.#dialling.filter(({ at }) => at.stage === 'dialling' && at.counts).length;
    must(waiting === inLine && inFlight === counting, 'no ticket is lost');
    const alone = this.#others + this.#tickets.length === 1;
    if (alone) must(waiting === 0, 'a single session is not delayed');
    else if (moved.length > 0) {
      must(inFlight <= limit, 'never more in flight than the limit');
      must(notBeforeMs <= this.#nowMs, 'no dial before the earliest time');
      must(
        moved.every(({ account: { belief } }) => belief.notBeforeMs <= this.#nowMs),
        'no dial before the earliest time of its account',
      );
      must(level === 'healthy' || moved.length <= SMALL_NUMBERS.paceBurst * 2, 'the pace is kept');
    }
    this.#sleepsForAReason();
  }

  #sleepsForAReason(): void {
    const { status: standing, wakeAtMs } = this.#gate;
    const { waiting, inFlight, limit } = standing;
    if (wakeAtMs !== undefined) {
      must(wakeAtMs > this.#nowMs, 'every attempt that may dial has dialled');
      return;
    }
    const full = [...this.#waiting, ...this.#ready].every(({ account }) => !account.belief.hasRoom);
    must(waiting === 0 || inFlight >= limit || full, 'every waiting attempt has a reason');
  }

  #dials(ticket: Ticket, level: Level): void {
    this.#dialling.push(ticket);
    this.#memories.dialBegins(ticket, level, this.#nowMs);
  }

  #ticketKey({ account, at, dueAtMs, queuePlace }: Ticket): string {
    const dueMs = queuePlace < 0 ? '' : dueAtMs - this.#nowMs;
    const counts = at.stage === 'dialling' && at.counts;
    return [account.name, at.stage, at.stage === 'called' ? at.as : counts, dueMs].join(':');
  }
}

/**
 * A storm: all sessions lose their connection, dial according to their strategy, and are served or not, in virtual time and with a seeded
 * random source. Also all simulations for one seed and one policy, together with the formulas of other clients: this file decides what is
 * compared. The figures are formatted in storm-scenario.ts and storm-svg.ts.
 */
import { createSeededRandom } from '../adapters/node/runtime-sources.js';
import { EventQueue, StormService } from './storm-service.js';
import type { StormModel } from './storm-service.js';
import { fleetStrategy, OWN_NAME, ownStrategy } from './redial.js';
import type { DialEnd, DiallingProcess, Redial, StormStrategy } from './redial.js';
import { StormRecord, sessionsOf, onePerProcess, STORM, STORM_BOUNDS } from './storm-scenario.js';
import type {
  StormFigures,
  StormTimeline,
  StormScenario,
  StormReport,
  StormRow,
  StormRun,
} from './storm-scenario.js';
import { DEFAULT_RETRY_POLICY } from '../core/policy/retry-presets.js';
import type { RetryPolicy } from '../core/policy/rule.js';
import {
  decorrelatedJitter,
  equalJitter,
  formulaStrategy,
  fullJitter,
  grpcJitter,
  PEER_DELAYS,
  pRetryRandomize,
} from './delay-formulas.js';
import { runContention, runFlap, runOpenLoop } from './small-models.js';

/** How long the connections had lasted when they were lost, milliseconds: longer than any strategy keeps its count. */
const UP_BEFORE_MS = 3_600_000;

/** The drawn time span, seconds. */
const TIMELINE_S = 180;

export interface StormOutcome {
  readonly figures: StormFigures;
  readonly timeline: StormTimeline;
  readonly recovered: number;
}

export function simulateStorm(
  strategy: StormStrategy,
  model: StormModel,
  scenario: StormScenario,
  seed: number,
): StormOutcome {
  const source = createSeededRandom(seed);
  const random = (): number => source.next();
  const events = new EventQueue();
  const service = new StormService(events, model, scenario.service);
  const record = new StormRecord();
  for (let index = 0; index < scenario.processes; index += 1) {
    new StormProcess(strategy.process(random), { scenario, events, service, record, random }).begin();
  }
  events.run(scenario.untilMs);
  return {
    figures: record.figures(sessionsOf(scenario), scenario.service.returnsAtMs, service.wastedHandshakes),
    timeline: record.timeline(TIMELINE_S),
    recovered: record.recoveries,
  };
}

interface StormWorld {
  readonly scenario: StormScenario;
  readonly events: EventQueue;
  readonly service: StormService;
  readonly record: StormRecord;
  readonly random: () => number;
}

/** One process: its gate, and its sessions, which the gate identifies by numbers. */
class StormProcess {
  readonly #process: DiallingProcess;
  readonly #world: StormWorld;
  readonly #sessions: StormSession[] = [];
  /** When `admit` of the gate is to be called next; Infinity without a time. */
  #wakeAtMs = Infinity;

  constructor(process: DiallingProcess, world: StormWorld) {
    this.#process = process;
    this.#world = world;
  }

  begin(): void {
    const { events, random, scenario } = this.#world;
    for (let number = 0; number < scenario.sessionsPerProcess; number += 1) {
      const session: StormSession = {
        number,
        redial: this.#process.session(),
        accepted: 0,
        pending: 0,
        deadlines: 0,
        onDelayOver: () => {
          this.#process.gate.join(number, events.nowMs);
          this.#admit();
        },
        onDeadline: () => this.#deadlinePassed(session),
      };
      this.#sessions.push(session);
      events.after(random() * scenario.lostWithinMs, () => this.#lost(session));
    }
  }

  #lost(session: StormSession): void {
    const { nowMs } = this.#world.events;
    const isLone = this.#process.gate.connectionLost(nowMs);
    this.#comeBack(session, session.redial.lost(nowMs, UP_BEFORE_MS, isLone));
  }

  #comeBack(session: StormSession, delayMs: number | undefined): void {
    if (delayMs !== undefined) this.#world.events.after(delayMs, session.onDelayOver);
  }

  #admit(): void {
    const { events } = this.#world;
    const { gate } = this.#process;
    // Repeated, because a refused dial admits the next one at the same time.
    for (;;) {
      const admitted = gate.admit(events.nowMs);
      if (admitted.length === 0) break;
      for (const number of admitted) {
        const session = this.#sessions[number];
        if (session !== undefined) this.#dial(session);
      }
    }
    const { wakeAtMs } = gate;
    if (wakeAtMs === undefined || wakeAtMs >= this.#wakeAtMs) return;
    this.#wakeAtMs = wakeAtMs;
    events.after(Math.max(wakeAtMs - events.nowMs, 0), () => {
      if (this.#wakeAtMs !== wakeAtMs) return;
      this.#wakeAtMs = Infinity;
      this.#admit();
    });
  }

  #dial(session: StormSession): void {
    const { events, service, record, scenario } = this.#world;
    record.attempted(events.nowMs);
    session.redial.dialled(events.nowMs);
    if (!service.accepts()) {
      this.#failed(session, scenario.hints ? { ...REFUSED, retryAfterMs: service.placeInMs() } : REFUSED);
      return;
    }
    session.accepted += 1;
    const dial = session.accepted;
    session.pending = dial;
    service.serve({
      confirm: () => {
        if (session.pending !== dial) return false;
        this.#confirmed(session);
        return true;
      },
    });
    const { connectTimeoutMs } = scenario;
    const limitMs = session.redial.dialLimitMs?.(connectTimeoutMs, events.nowMs) ?? connectTimeoutMs;
    events.after(limitMs, session.onDeadline);
  }

  #confirmed(session: StormSession): void {
    const { events, record } = this.#world;
    session.pending = 0;
    record.recovered(events.nowMs);
    this.#process.gate.succeeded(session.number, events.nowMs);
    this.#admit();
  }

  /** A dial begins only after the previous one has failed, so a session's n-th deadline belongs to its n-th accepted dial. */
  #deadlinePassed(session: StormSession): void {
    session.deadlines += 1;
    if (session.pending !== session.deadlines) return;
    session.pending = 0;
    this.#failed(session, TIMED_OUT);
    this.#admit();
  }

  #failed(session: StormSession, end: DialEnd): void {
    const { nowMs } = this.#world.events;
    this.#process.gate.failed(session.number, end, nowMs);
    this.#comeBack(session, session.redial.failed(nowMs, end));
  }
}

const REFUSED: DialEnd = { kind: 'refused' };
const TIMED_OUT: DialEnd = { kind: 'timedOut' };

/** The two event functions are made once per session, because a storm has millions of events. */
interface StormSession {
  readonly number: number;
  readonly redial: Redial;
  readonly onDelayOver: () => void;
  readonly onDeadline: () => void;
  /** Dials that the service accepted. */
  accepted: number;
  /** The number of the accepted dial that is still open; 0 for none. */
  pending: number;
  /** Deadlines that have passed, including those of finished dials. */
  deadlines: number;
}

export interface StormOptions {
  /** Any safe integer; the same seed gives the same report. */
  readonly seed: number;
  /** Default: the product's default policy. */
  readonly policy?: RetryPolicy;
  /** Default: STORM. A smaller one gives a quick result. */
  readonly scenario?: StormScenario;
}

/** Takes seconds of computing, without I/O or waiting. A RangeError or TypeError names an invalid seed. */
export function runStorm(options: StormOptions): StormRun {
  const { seed, policy = DEFAULT_RETRY_POLICY, scenario = STORM } = options;
  const strategies = stormStrategies(policy);
  const outcomes = strategies.map((strategy) => ({
    strategy,
    sheds: simulateStorm(strategy, 'sheds', scenario, seed),
    queues: simulateStorm(strategy, 'queues', scenario, seed),
  }));
  const report: StormReport = {
    seed,
    strategies: outcomes.map(({ strategy: { name }, sheds, queues }) => ({
      name,
      sheds: sheds.figures,
      queues: queues.figures,
    })),
    onePerProcess: runOnePerProcess(policy, onePerProcess(scenario), seed),
    contention: runContention(seed, policy),
    openLoop: runOpenLoop(),
    flap: runFlap(strategies, seed),
  };
  const courses = outcomes.map(({ strategy: { name, source }, sheds, queues }) => ({
    name,
    source,
    sheds: sheds.timeline,
    queues: queues.timeline,
  }));
  return { scenario, report, courses };
}

/** The product first, then the general formulas, then the others' defaults. */
export function stormStrategies(policy: RetryPolicy): StormStrategy[] {
  const full = fullJitter(STORM_BOUNDS);
  const formulas = [pRetryRandomize, grpcJitter, equalJitter, decorrelatedJitter].map((of) =>
    of(STORM_BOUNDS),
  );
  return [
    ownStrategy(policy),
    formulaStrategy({ ...full, name: 'full jitter, 2 dials per process' }, 2),
    formulaStrategy(full),
    ...formulas.map((formula) => formulaStrategy(formula)),
    ...PEER_DELAYS.map((formula) => formulaStrategy(formula)),
  ];
}

/** A cap that spreads ten thousand single sessions over the time in which they are served. */
const WIDE_CAP_MS = 120_000;

/**
 * Runs the storm with one session per process, so that the gate has no effect, in four variants: the policy unchanged; with a coordinator
 * of all processes; with a larger cap and no limit of the outage; and with hints from the service.
 */
function runOnePerProcess(policy: RetryPolicy, alone: StormScenario, seed: number): StormRow[] {
  const wide: RetryPolicy = {
    ...policy,
    maxElapsedMs: Infinity,
    backoff: { ...policy.backoff, capMs: WIDE_CAP_MS },
  };
  const row = (name: string, rowPolicy: RetryPolicy, scenario: StormScenario): StormRow =>
    rowOf(ownStrategy(rowPolicy, name), scenario);
  const rowOf = (strategy: StormStrategy, scenario: StormScenario): StormRow => {
    return {
      name: strategy.name,
      sheds: simulateStorm(strategy, 'sheds', scenario, seed).figures,
      queues: simulateStorm(strategy, 'queues', scenario, seed).figures,
    };
  };
  return [
    row(OWN_NAME, policy, alone),
    rowOf(fleetStrategy(policy, alone.service.handshakesPerSecond, `${OWN_NAME}, coordinator`), alone),
    row(`${OWN_NAME}, cap 120 s`, wide, alone),
    row(`${OWN_NAME}, hints from the service`, policy, { ...alone, hints: true }),
  ];
}

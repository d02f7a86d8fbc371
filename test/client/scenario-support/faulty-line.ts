/**
 * One session at one embedded service over lines that can fail: a proxy in front of the console and one in front of the
 * ingress, so that connections are counted per phase. Only the faults are simulated.
 */
import { expect } from 'vitest';
import { newAvatarSession } from '../../../src/index.js';
import type { AvatarSession, AvatarSessionOptions } from '../../../src/index.js';
import { AvatarEmulator } from '../../../src/emulator/index.js';
import { FaultProxy } from '../../support/fault-proxy.js';
import type { PlannedFault } from '../../support/line-fault.js';
import { CountedClock, Leftovers } from './leftovers.js';
import { LooseEnds } from './loose-ends.js';
import { record } from './record.js';
import type { Record } from './record.js';
import { QUICK } from './trial.js';

export interface LinePlan {
  readonly console?: readonly PlannedFault[];
  readonly ingress?: readonly PlannedFault[];
  readonly session?: Partial<AvatarSessionOptions>;
}

export class FaultyLine {
  readonly #leftovers = new Leftovers();
  readonly #looseEnds = new LooseEnds();
  readonly #clock = new CountedClock();
  readonly service: AvatarEmulator;
  readonly console: FaultProxy;
  readonly ingress: FaultProxy;
  readonly session: AvatarSession;
  readonly seen: Record;

  private constructor(
    service: AvatarEmulator,
    console: FaultProxy,
    ingress: FaultProxy,
    options: Partial<AvatarSessionOptions>,
  ) {
    this.service = service;
    this.console = console;
    this.ingress = ingress;
    this.session = newAvatarSession({
      ...service.credentials,
      consoleEndpointUrl: throughProxy(service.consoleEndpointUrl, console),
      ingressEndpointUrl: throughProxy(service.ingressEndpointUrl, ingress),
      retry: QUICK,
      clock: this.#clock,
      ...options,
    });
    this.seen = record(this.session);
  }

  /** Runs one scenario, closes everything after it, and checks that nothing keeps the process alive. */
  static async during(plan: LinePlan, scenario: (line: FaultyLine) => Promise<void>): Promise<void> {
    const service = await AvatarEmulator.start();
    const targetPort = portOf(service);
    const console = await FaultProxy.start({ targetPort, faults: plan.console ?? [] });
    const ingress = await FaultProxy.start({ targetPort, faults: plan.ingress ?? [] });
    const line = new FaultyLine(service, console, ingress, plan.session ?? {});
    try {
      await scenario(line);
      await line.#expectNothingLeft();
    } finally {
      line.#looseEnds[Symbol.dispose]();
      await line.session.close();
      await Promise.all([service.stop(), console.stop(), ingress.stop()]);
    }
  }

  async #expectNothingLeft(): Promise<void> {
    const { session, service, console, ingress, seen } = this;
    await session.close();
    expect(seen.closes).toHaveLength(1);
    expect(this.#clock.pendingTimers).toBe(0);
    await Promise.all([service.stop(), console.stop(), ingress.stop()]);
    expect(ingress.peakOpenClients).toBeLessThanOrEqual(1);
    await this.#looseEnds.settle();
    expect([this.#looseEnds.found, this.#looseEnds.warnings]).toEqual([[], []]);
    expect(await this.#leftovers.found()).toEqual([]);
  }
}

function portOf(service: AvatarEmulator): number {
  return Number(new URL(service.consoleEndpointUrl).port);
}

function throughProxy(endpointUrl: string, { port }: FaultProxy): string {
  const url = new URL(endpointUrl);
  url.port = String(port);
  return url.href;
}

/**
 * The service itself, without a network: token requests and upgrade requests arrive as calls, and the time
 * comes from a clock. The same logic serves real sockets (avatar-emulator.ts) and simulated ones.
 */
import { createSeededRandom } from '../adapters/node/runtime-sources.js';
import type { Clock } from '../ports/clock.js';
import { CreditMeter, TokenStore } from './context/emulator-context.js';
import type { EmulatorContext } from './context/emulator-context.js';
import { EmulatorLog } from './context/emulator-log.js';
import { AnswerScript, HeardRequests, type HeardRequest, type ScriptedAnswer } from './context/heard.js';
import type { ResolvedEmulatorOptions } from './context/resolve-emulator-options.js';
import { FaultPlan, type InjectedFault } from './fault/fault-plan.js';
import type { Fault } from './fault/fault.js';
import { checkFault } from './fault/parse-faults.js';
import { serveToken, type TokenCall } from './http/token-endpoint.js';
import { UpgradeEndpoint, type UpgradeCall } from './http/upgrade-endpoint.js';
import { TimerSet } from './socket/service-socket.js';

export class AvatarService {
  readonly #context: EmulatorContext;
  readonly #upgrades: UpgradeEndpoint;

  /** @param newId makes a UUID */
  constructor(options: ResolvedEmulatorOptions, clock: Clock, newId: () => string) {
    const timers = new TimerSet(clock);
    const random = createSeededRandom(options.seed);
    this.#context = {
      options,
      log: new EmulatorLog(options.maxLogEntries, clock),
      heard: new HeardRequests(options.maxLogEntries, options.maxHeardBytes),
      script: new AnswerScript(),
      plan: new FaultPlan(options.faults, random),
      clock,
      random,
      newId,
      tokens: new TokenStore(options.singleUseTokens, newId),
      credits: new Map([
        ['', new CreditMeter(options.creditMs, timers)],
        ...options.apps.map(({ appId, creditMs }) => [appId, new CreditMeter(creditMs, timers)] as const),
      ]),
      timers,
    };
    this.#upgrades = new UpgradeEndpoint(this.#context);
  }

  get log(): EmulatorLog {
    return this.#context.log;
  }

  /** See `AvatarEmulator.heard`. */
  get heard(): readonly HeardRequest[] {
    return this.#context.heard.shown;
  }

  /** See `AvatarEmulator.sayNext`. */
  sayNext(answers: readonly ScriptedAnswer[]): void {
    this.#context.script.add(answers);
  }

  /** WebSockets whose TCP connection exists at this moment. */
  get openSockets(): number {
    return this.#upgrades.openCount;
  }

  get peakOpenSockets(): number {
    return this.#upgrades.peakCount;
  }

  token(call: TokenCall): void {
    serveToken(this.#context, call);
  }

  upgrade(call: UpgradeCall): void {
    this.#upgrades.upgrade(call);
  }

  /** See `AvatarEmulator.inject`. */
  inject(fault: Fault): InjectedFault {
    const slot = this.#context.plan.add(checkFault('fault', fault));
    this.#upgrades.inject(slot);
    return {
      get firedCount() {
        return slot.firedCount;
      },
      remove: () => {
        slot.removed = true;
      },
    };
  }

  /** Stops all timers and ends every connection. Resolves when the end of each is in the log. */
  stop(): Promise<void> {
    this.#context.timers.cancelAll();
    return this.#upgrades.stop();
  }
}

/**
 * What ends a confirmed session from the service's side: no audio input, its longest duration, the account's credit, its
 * token. Says which close it is; closes nothing itself.
 */
import type { ClientConfigureSession } from '../wire/message.js';
import type { CreditMeter } from './credit-meter.js';
import type { ResolvedEmulatorOptions } from './emulator-options.js';
import type { TimerSet } from './timer-set.js';

export interface SessionLimitsOptions {
  readonly options: ResolvedEmulatorOptions;
  readonly configure: ClientConfigureSession;
  readonly credits: readonly CreditMeter[];
  readonly timers: TimerSet;
  readonly tokenLastsMs: number;
  readonly close: (code: number, reason: string) => void;
}

export class SessionLimits {
  readonly #timers: TimerSet;
  readonly #endBilling: () => void;
  readonly #armIdle: () => () => void;
  #cancelIdle: () => void;

  constructor({ options, configure, credits, timers, tokenLastsMs, close }: SessionLimitsOptions) {
    this.#timers = timers;
    const { idleCloseCode, idleTimeoutMs, maxSessionMs, tokenEndsSession } = options;
    const roomIdleS = configure.livekitEgress?.idleTimeout ?? 0;
    const [idleMs, idleReason] =
      roomIdleS > 0
        ? [roomIdleS * 1000, 'livekit silence timeout']
        : [idleTimeoutMs, `no audio input for ${idleTimeoutMs / 1000}s`];
    this.#armIdle = () => this.#timers.after(idleMs, () => close(idleCloseCode, idleReason));
    this.#cancelIdle = this.#armIdle();
    timers.after(maxSessionMs, () => close(4002, 'session time limit reached'));
    if (tokenEndsSession) timers.after(tokenLastsMs, () => close(4010, 'session token expired'));
    const ends = credits.map((meter) => meter.bill(() => close(4001, 'Credits exhausted')));
    this.#endBilling = () => {
      for (const end of ends) end();
    };
  }

  audioArrived(): void {
    this.#cancelIdle();
    this.#cancelIdle = this.#armIdle();
  }

  dispose(): void {
    this.#cancelIdle();
    this.#endBilling();
  }
}

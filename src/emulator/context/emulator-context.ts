/** What the parts of one running service share. Made once by avatar-emulator.ts. */
import type { Clock } from '../../ports/clock.js';
import type { Random } from '../../ports/random.js';
import type { FaultPlan } from '../fault/fault-plan.js';
import type { TimerSet } from '../socket/timer-set.js';
import type { CreditMeter, TokenStore } from './accounts.js';
import type { EmulatorLog } from './emulator-log.js';
import type { ResolvedEmulatorOptions } from './resolve-emulator-options.js';

export interface EmulatorContext {
  readonly options: ResolvedEmulatorOptions;
  readonly log: EmulatorLog;
  readonly plan: FaultPlan;
  readonly clock: Clock;
  readonly random: Random;
  /** Makes a UUID. */
  readonly newId: () => string;
  readonly tokens: TokenStore;
  /** By app id; the empty one is that of the whole service. */
  readonly credits: ReadonlyMap<string, CreditMeter>;
  /** Ends when the service stops. */
  readonly timers: TimerSet;
}

/** Defects of the gate of an endpoint: accounts that delay each other, and permits that are not returned. */
import { SharedGate } from '../../../src/client/gate/shared-gate.js';
import type { GateEndpoint } from '../../../src/ports/connect-gate.js';
import type { DialGate, GateEntry, DialPermit } from '../../../src/ports/connect-gate.js';
import type { AvatarSessionOptions, Clock } from '../../../src/index.js';
import type { World } from '../world/world.js';
import type { Sabotage } from './sabotage.js';
import { gateWith, passWith } from './wrappers.js';

/** Less than the time limits of sessions in a simulated world, which are 3 or 10 seconds. In milliseconds. */
const HUNG_AFTER_MS = 2_900;

/** Gives permits before the functions of the application run. A function that hangs keeps its permit. */
class LeakingGate extends SharedGate {
  override endpoint(clock: Clock, endpoint: GateEndpoint): DialGate {
    const inner = super.endpoint(clock, endpoint);
    return gateWith(inner, {
      enter: (entry) => leaking(clock, inner.enter({ ...entry, prepares: false, leaseMs: Infinity })),
    });
  }
}

function leaking(clock: Clock, inner: DialPermit): DialPermit {
  let permitSinceMs = Infinity;
  const permitted = (): void => void (permitSinceMs = clock.nowMs());
  if (inner.admission === undefined) permitted();
  else void inner.admission.then(permitted);
  const isHung = (): boolean => clock.nowMs() - permitSinceMs >= HUNG_AFTER_MS;
  let leaks = false;
  return passWith(inner, {
    prepared: () => undefined,
    confirmed: () => {
      permitSinceMs = Infinity;
      inner.confirmed();
    },
    failed: (failure) => {
      leaks ||= isHung();
      if (!leaks) inner.failed(failure);
    },
    left: () => {
      leaks ||= isHung();
      if (!leaks) inner.left();
    },
  });
}

/** Puts all sessions into one queue, as if they had the credentials of one account. */
class OneAccountGate extends SharedGate {
  override endpoint(clock: Clock, endpoint: GateEndpoint): DialGate {
    const inner = super.endpoint(clock, endpoint);
    const enter = (entry: GateEntry): DialPermit => inner.enter({ ...entry, account: 'everyone' });
    return gateWith(inner, { enter });
  }
}

const gates = new WeakMap<World, SharedGate>();

/** One gate for all sessions of a world. */
function gatedBy(options: AvatarSessionOptions, world: World, make: () => SharedGate): AvatarSessionOptions {
  const connectGate = gates.get(world) ?? make();
  gates.set(world, connectGate);
  return { ...options, connectGate };
}

export const GATE_DEFECTS: readonly Sabotage[] = [
  {
    name: 'one-limit-for-all-accounts',
    defect: 'the limit of one account also stops the sessions of other accounts',
    adversary: 'accounts',
    noticedBy: ['healthy-accounts-connect'],
    tamper: (options, world) => gatedBy(options, world, () => new OneAccountGate()),
  },
  {
    name: 'permit-never-returned',
    defect:
      'a permit is kept while functions of the application run, and a function that hangs never returns it',
    adversary: 'accounts',
    noticedBy: ['healthy-accounts-connect'],
    tamper: (options, world) => gatedBy(options, world, () => new LeakingGate()),
  },
];

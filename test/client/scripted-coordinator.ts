/** A session in virtual time with a coordinator whose answers a test defines. */
import { expect } from 'vitest';
import type {
  AvatarSessionOptions,
  FleetCoordinator,
  FleetMember,
  FleetNews,
  FleetRequest,
  FleetWait,
  Lease,
} from '../../src/index.js';
import type { FakeDial } from './fake-transport.js';
import { virtualSession } from './virtual-session.js';
import type { VirtualSession } from './virtual-session.js';

/** A coordinator with answers from the test, which records its calls. */
export class ScriptedCoordinator implements FleetCoordinator {
  readonly asked: FleetRequest[] = [];
  readonly news: FleetNews['kind'][] = [];
  readonly members: FleetMember[] = [];
  released = 0;
  lose: () => void = () => undefined;
  /** The next answers; after them each answer is a lease. */
  answers: (() => Promise<Lease | FleetWait>)[] = [];
  waits: FleetWait[] = [];

  acquire(request: FleetRequest): Promise<Lease | FleetWait> {
    this.asked.push(request);
    return (this.answers.shift() ?? (() => Promise.resolve(this.lease())))();
  }

  dial(): Promise<FleetWait | undefined> {
    return Promise.resolve(this.waits.shift());
  }

  publish(member: FleetMember, { kind }: FleetNews): void {
    this.members.push(member);
    this.news.push(kind);
  }

  lease(): Lease {
    const lost = new AbortController();
    this.lose = () => lost.abort();
    return { lost: lost.signal, release: () => void (this.released += 1) };
  }
}

export function started(
  coordinator: FleetCoordinator,
  options: Partial<AvatarSessionOptions> = {},
  service: (dial: FakeDial) => void = (dial) => dial.confirm(),
): VirtualSession {
  const made = virtualSession({ service, options: { coordinator, heartbeat: false, ...options } });
  made.session.start().catch(() => undefined);
  return made;
}

/** Closes the session, and checks that no timer is left. */
export async function closed({ session, clock }: VirtualSession): Promise<void> {
  const closing = session.close();
  await clock.advance(2_000);
  await closing;
  expect(clock.pendingTimers).toBe(0);
}

/** The reasons of the session's waits. */
export const why = ({ session }: VirtualSession): string[] =>
  session.explain().flatMap((entry) => (entry.kind === 'retry' ? [entry.why] : []));

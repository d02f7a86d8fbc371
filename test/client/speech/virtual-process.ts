/** Sessions of one process, in virtual time, whose service answers only when a test calls `finish`. */
import type { AvatarSessionOptions, Utterance } from '../../../src/index.js';
import { MessageType } from '../../../src/ports/message.js';
import { VirtualClock } from '../../virtual-clock.js';
import { stateOf } from '../../support/confirmed-session.js';
import { virtualSession } from '../virtual-session.js';
import type { VirtualSession } from '../virtual-session.js';

export class VirtualProcess {
  readonly clock = new VirtualClock();

  async started(options: Partial<AvatarSessionOptions>): Promise<VirtualSession> {
    const virtual = virtualSession({
      service: (dial) => void dial.confirm(),
      options: { heartbeat: false, silenceTimeoutMs: 10_000, ...options },
      clock: this.clock,
    });
    const start = virtual.session.start();
    await this.clock.settle();
    await start;
    return virtual;
  }

  /** The state of a promise, without any virtual time passing. */
  stateOf(promise: Promise<unknown>): Promise<unknown> {
    return stateOf(this, promise, { value: () => 'done', error: (error) => error });
  }
}

/** Lets the service complete the utterance. */
export function finish({ transport }: VirtualSession, { reqId }: Utterance): void {
  transport.latest.say({
    type: MessageType.serverResponseAnimation,
    connectionId: 'connection-1',
    reqId,
    end: true,
    avatarId: '',
    keyframes: [],
  });
}

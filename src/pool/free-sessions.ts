/** The sessions of a pool that are not lent: which one is lent next, and which has been free for too long. */
import type { AvatarSession } from '../client/avatar-session.js';
import type { Clock, Timer } from '../ports/clock.js';

interface FreeSession {
  readonly session: AvatarSession;
  readonly sinceMs: number;
}

export class FreeSessions {
  readonly #clock: Clock;
  readonly #warm: number;
  readonly #maxIdleMs: number;
  /** In the order of their release, the latest last. */
  readonly #sessions: FreeSession[] = [];
  #timer: Timer | undefined;

  /**
   * @param warm the number of free sessions that are kept without a time limit
   * @param maxIdleMs how long further ones are kept, milliseconds
   */
  constructor(clock: Clock, warm: number, maxIdleMs: number) {
    this.#clock = clock;
    this.#warm = warm;
    this.#maxIdleMs = maxIdleMs;
  }

  get size(): number {
    return this.#sessions.length;
  }

  add(session: AvatarSession): void {
    this.#sessions.push({ session, sinceMs: this.#clock.nowMs() });
    this.#closeIdle();
  }

  /** The session that was released last, preferably one with a connection. */
  take(): AvatarSession | undefined {
    const connected = this.#sessions.findLastIndex(({ session }) => session.state === 'websocket_runtime');
    const at = connected === -1 ? this.#sessions.length - 1 : connected;
    return this.#sessions.splice(at, 1)[0]?.session;
  }

  /** Removes a session that has ended, if it is here. */
  remove(session: AvatarSession): void {
    const at = this.#sessions.findIndex((free) => free.session === session);
    if (at !== -1) this.#sessions.splice(at, 1);
  }

  /** Cancels the timer; no session is closed any more. */
  stop(): void {
    this.#timer?.cancel();
  }

  #closeIdle(): void {
    this.#timer?.cancel();
    while (this.#sessions.length > this.#warm && this.#maxIdleMs < Infinity) {
      const [oldest] = this.#sessions;
      if (oldest === undefined) return;
      const leftMs = oldest.sinceMs + this.#maxIdleMs - this.#clock.nowMs();
      if (leftMs > 0) {
        this.#timer = this.#clock.schedule(leftMs, () => this.#closeIdle());
        return;
      }
      this.#sessions.shift();
      void oldest.session.close();
    }
  }
}

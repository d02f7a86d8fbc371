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
  /** The one that was released last is the last. */
  readonly #sessions: FreeSession[] = [];
  #timer: Timer | undefined;

  /** `warm`: how many of them are kept for any time; `maxIdleMs`: for how long further ones are */
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

  /** The one that was released last, among those with a connection if there is one. */
  take(): AvatarSession | undefined {
    const connected = this.#sessions.findLastIndex(({ session }) => session.state === 'websocket_runtime');
    const at = connected === -1 ? this.#sessions.length - 1 : connected;
    return this.#sessions.splice(at, 1)[0]?.session;
  }

  /** For one that has ended; does nothing for one that is not here. */
  remove(session: AvatarSession): void {
    const at = this.#sessions.findIndex((free) => free.session === session);
    if (at !== -1) this.#sessions.splice(at, 1);
  }

  /** Cancels the timer; nothing is closed any more. */
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

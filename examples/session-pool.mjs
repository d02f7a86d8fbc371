// @ts-check
// A pool of sessions under the limit of a plan. A session that has failed is restarted; callers wait for a free one.
import { newAvatarSession } from 'avatarkit-session';
import { AvatarEmulator } from 'avatarkit-session/emulator';

const PLAN = 3; // sessions that the plan allows at the same time
const close = { kind: /** @type {const} */ ('close'), phase: /** @type {const} */ ('runtime') };
const service = await AvatarEmulator.start({
  maxSessions: PLAN,
  faults: [{ ...close, nth: 2, afterKeyframes: 5, code: 4002, reason: 'session time limit' }],
});

class SessionPool {
  /** @type {import('avatarkit-session').AvatarSession[]} */
  #free = [];
  /** @type {(() => void)[]} */
  #waiting = [];
  #open = 0;
  restarts = 0;

  /** @param {Uint8Array} audio */
  async speak(audio) {
    while (this.#free.length === 0 && this.#open === PLAN)
      await /** @type {Promise<void>} */ (new Promise((resolve) => this.#waiting.push(resolve)));
    const session = this.#free.pop() ?? (await this.#start());
    try {
      return await session.speak(audio).finished;
    } finally {
      const isOver = session.state === 'closing' || session.state === 'closed';
      if (isOver) this.restarts += 1;
      if (!isOver || (await session.restart().then(Boolean, () => false))) this.#free.push(session);
      else this.#open -= 1; // the next caller makes another session
      this.#waiting.shift()?.();
    }
  }

  async #start() {
    this.#open += 1;
    const session = newAvatarSession({
      ...service.sessionOptions,
      idle: 'reconnectOnDemand', // a free session is closed by the service after a while, and costs nothing then
    });
    await session.start();
    return session;
  }

  close = () => Promise.all(this.#free.map((session) => session.close()));
}

const pool = new SessionPool();
const calls = Array.from({ length: 8 }, () => pool.speak(new Uint8Array(32_000)));
const finished = (await Promise.allSettled(calls)).filter(({ status }) => status === 'fulfilled').length;
console.log(
  `${finished} of 8 finished, ${pool.restarts} session restarted, at most ${service.peakOpenSockets} open`,
);
await pool.close();
await service.stop();

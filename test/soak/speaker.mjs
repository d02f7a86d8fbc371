// @ts-check
/**
 * One place in the crowd: opens a session, speaks at the pace of a voice, is silent, interrupts now and then, closes and opens the next.
 * Counts every keyframe that comes and judges none; the tally is shared by the whole crowd.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { newAvatarSession } from 'avatarkit-session';

const BYTES_PER_MS = 32;
const KEYFRAME_MS = 40;
const CHUNK_MS = 100;

export class Tally {
  sessions = 0;
  /** Sessions that are connected now, and timers of the crowd itself: what a steady process holds, whatever the weather. */
  connected = 0;
  sleeping = 0;
  reconnects = 0;
  utterances = 0;
  replayed = 0;
  interrupted = 0;
  keyframes = 0;
  lost = 0;
  duplicated = 0;
  /** Sessions that ended by themselves, and utterances that failed, by reason or code. @type {Record<string, number>} */
  givenUp = {};
  withoutReason = 0;
  /** Callbacks and promises that failed in a way that nobody expects. @type {string[]} */
  surprises = [];
}

export class Speaker {
  #target;
  #random;
  #tally;
  /** The next keyframe's number of each utterance that is being said. @type {Map<string, number>} */
  #heard = new Map();

  /**
   * @param {import('avatarkit-session').AvatarSessionOptions} target
   * @param {import('avatarkit-session').Random} random
   * @param {Tally} tally
   */
  constructor(target, random, tally) {
    this.#target = target;
    this.#random = random;
    this.#tally = tally;
  }

  /** Until then; resolves when its last session is closed. @param {number} untilMs */
  async run(untilMs) {
    await this.#sleep(this.#between(0, 5_000));
    while (performance.now() < untilMs)
      await this.#life(Math.min(untilMs, performance.now() + this.#between(20_000, 90_000)));
  }

  /** One session, from its start to its end. @param {number} untilMs */
  async #life(untilMs) {
    this.#heard.clear();
    const session = this.#open();
    try {
      await session.start();
      while (performance.now() < untilMs && session.state !== 'closed') {
        await this.#say(session);
        await this.#sleep(this.#between(1_000, 6_000));
      }
    } catch (error) {
      // Given up while it was connecting; the close event has told why.
      if (/** @type {{ code?: unknown }} */ (error).code === undefined)
        this.#tally.surprises.push(String(error));
    }
    await session.close({ drain: this.#random.next() < 0.5, timeoutMs: 2_000 });
  }

  #open() {
    const tally = this.#tally;
    tally.sessions += 1;
    return newAvatarSession({
      ...this.#target,
      timeoutMs: 3_000,
      heartbeat: { intervalMs: 2_000, timeoutMs: 2_000 },
      onStateChange: ({ from, to }) => {
        if (to === 'websocket_runtime') tally.connected += 1;
        if (from === 'websocket_runtime') tally.connected -= 1;
      },
      onReconnect: () => void (tally.reconnects += 1),
      onFrame: (frame) => this.#count(frame),
      onClose: ({ reason, error }) => {
        if (reason === 'closed') return;
        if (error?.reason === undefined) tally.withoutReason += 1;
        this.#note(`session ${error?.reason ?? reason}: ${error?.code ?? 'no error'}`);
      },
    });
  }

  /** @param {import('avatarkit-session').AvatarSession} session */
  async #say(session) {
    const tally = this.#tally;
    const chunks = Math.round(this.#between(10, 50));
    const cutShortAt = this.#random.next() < 0.1 ? Math.floor(chunks / 2) : Infinity;
    const utterance = session.speak();
    this.#heard.set(utterance.reqId, 0);
    tally.utterances += 1;
    try {
      for (let nth = 0; nth < chunks; nth += 1) {
        if (nth === cutShortAt) await utterance.interrupt();
        if (nth >= cutShortAt) break;
        await utterance.write(new Uint8Array(CHUNK_MS * BYTES_PER_MS).fill(nth));
        await this.#sleep(CHUNK_MS);
      }
      if (cutShortAt === Infinity) await utterance.end();
      const { outcome } = await utterance.finished;
      if (outcome === 'interrupted') tally.interrupted += 1;
      else {
        if (outcome === 'replayed') tally.replayed += 1;
        const missing =
          Math.ceil((chunks * CHUNK_MS) / KEYFRAME_MS) - (this.#heard.get(utterance.reqId) ?? 0);
        if (missing > 0) tally.lost += missing;
        else tally.duplicated -= missing;
      }
    } catch (error) {
      const { code, reason, outcome } = /** @type {import('avatarkit-session').AvatarSDKError} */ (error);
      this.#note(`utterance ${outcome ?? 'refused'}: ${reason ?? code}`);
    }
  }

  /** @param {import('avatarkit-session').Frame} frame */
  #count({ reqId, index, keyframes }) {
    const expected = this.#heard.get(reqId);
    // A request that the service made up.
    if (expected === undefined) return;
    if (index > expected) this.#tally.lost += index - expected;
    else this.#tally.duplicated += expected - index;
    this.#tally.keyframes += keyframes.length;
    this.#heard.set(reqId, index + keyframes.length);
  }

  /** @param {number} ms */
  async #sleep(ms) {
    this.#tally.sleeping += 1;
    await wait(ms);
    this.#tally.sleeping -= 1;
  }

  /** @param {string} what */
  #note(what) {
    this.#tally.givenUp[what] = (this.#tally.givenUp[what] ?? 0) + 1;
  }

  /** @param {number} least @param {number} most */
  #between(least, most) {
    return least + this.#random.next() * (most - least);
  }
}

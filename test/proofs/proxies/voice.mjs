// @ts-check
/**
 * A session that speaks without an end, in real time, and counts its frames: each keyframe has to arrive once
 * and in order, in spite of any failure of the connection. Has no other checks.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { newAvatarSession } from 'avatarkit-session';

/** The audio of one keyframe. */
const CHUNK_MS = 40;
const CHUNK = new Uint8Array(CHUNK_MS * 32);

/**
 * @typedef {object} Manner
 * @property {number} chunks of one utterance
 * @property {number} [pauseMs] silence in the middle of each utterance
 */

export class Voice {
  #session;
  #manner;
  #stopped = false;
  /** @type {Promise<void>} */
  #speaking = Promise.resolve();
  utterances = 0;
  keyframes = 0;
  reconnects = 0;
  longestOutageMs = 0;
  /**
   * The failures: lost or repeated frames, failed utterances, a failed session.
   * @type {string[]}
   */
  complaints = [];
  /**
   * When the session reported the loss of a connection, by `performance.now()`.
   * @type {number[]}
   */
  lossesAtMs = [];
  /**
   * The events that the session has emitted.
   * @type {string[]}
   */
  story = [];

  /** @param {import('avatarkit-session').AvatarSessionOptions} options @param {Manner} manner */
  constructor(options, manner) {
    this.#manner = manner;
    this.#session = newAvatarSession({
      ...options,
      onError: ({ code, phase, reqId, message, willRetry, reason }) => {
        if (phase === 'websocket_runtime' && reqId === undefined) this.lossesAtMs.push(performance.now());
        this.story.push(`${code}${willRetry ? '' : ` given up (${reason ?? 'no reason'})`}: ${message}`);
      },
      onReconnect: ({ outageMs }) => {
        this.reconnects += 1;
        this.longestOutageMs = Math.max(this.longestOutageMs, outageMs);
      },
      onClose: ({ reason, error }) => {
        if (reason !== 'closed')
          this.complaints.push(`the session ended: ${reason}, ${error?.code ?? 'no error'}`);
      },
    });
  }

  /** Resolves when the session has started to speak. */
  async start() {
    await this.#session.start();
    this.#speaking = this.#speak();
  }

  get state() {
    return this.#session.state;
  }

  /** Finishes the current utterance, then closes. @param {number} withinMs */
  async stop(withinMs) {
    this.#stopped = true;
    const late = sleep(withinMs, 'late', { ref: false });
    if ((await Promise.race([this.#speaking, late])) === 'late')
      this.complaints.push(`an utterance was not finished ${withinMs} ms after the end of the trouble`);
    await this.#session.close();
    await this.#speaking;
  }

  async #speak() {
    while (!this.#stopped && this.#session.state !== 'closed') {
      try {
        await this.#utter();
      } catch (error) {
        this.complaints.push(`an utterance failed: ${String(error)}`);
        return;
      }
    }
  }

  async #utter() {
    const { chunks, pauseMs = 0 } = this.#manner;
    const utterance = this.#session.speak();
    const counted = this.#count(utterance);
    // The utterance also rejects, and its first failure is recorded. So the rejection of the loop is ignored.
    counted.catch(() => undefined);
    const startedAtMs = performance.now();
    for (let chunk = 0; chunk < chunks; chunk++) {
      const pausedMs = chunk > chunks / 2 ? pauseMs : 0;
      await sleep(Math.max(0, startedAtMs + chunk * CHUNK_MS + pausedMs - performance.now()));
      await utterance.write(CHUNK);
    }
    await utterance.end();
    const { outcome } = await utterance.finished;
    if (outcome === 'interrupted') throw new Error('it was interrupted');
    const heard = await counted;
    if (heard !== chunks) this.complaints.push(`${heard} of ${chunks} keyframes came`);
    this.utterances += 1;
    this.keyframes += heard;
  }

  /**
   * Checks that keyframes arrive in order, each once.
   * @param {import('avatarkit-session').Utterance} utterance
   */
  async #count(utterance) {
    let next = 0;
    let ends = 0;
    for await (const { index, keyframes, end } of utterance) {
      if (index !== next) this.complaints.push(`keyframe ${index} arrived instead of ${next}`);
      next = index + keyframes.length;
      if (end) ends += 1;
    }
    if (ends !== 1) this.complaints.push(`an utterance had ${ends} ends`);
    return next;
  }
}

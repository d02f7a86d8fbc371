// @ts-check
/**
 * A session that speaks without end, in real time, and the account of its frames: each keyframe has to come
 * once, in its order, whatever happens to the connection. Checks nothing else.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { newAvatarSession } from 'avatarkit-session';

/** One keyframe stands for so much audio. */
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
   * The failures: frames that were lost or came twice, utterances that failed, a session that failed.
   * @type {string[]}
   */
  complaints = [];
  /** When the session told of the loss of a connection, by `performance.now()`. @type {number[]} */
  lossesAtMs = [];
  /** What the session told on the way. @type {string[]} */
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

  /** Resolves when it speaks. */
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
    // The first failure is recorded; the loop fails with the utterance.
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

  /** Keyframes in their order, each once. @param {import('avatarkit-session').Utterance} utterance */
  async #count(utterance) {
    let next = 0;
    let ends = 0;
    for await (const { index, keyframes, end } of utterance) {
      if (index !== next) this.complaints.push(`keyframe ${index} came where ${next} was due`);
      next = index + keyframes.length;
      if (end) ends += 1;
    }
    if (ends !== 1) this.complaints.push(`an utterance had ${ends} ends`);
    return next;
  }
}

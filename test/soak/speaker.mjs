// @ts-check
/**
 * One of many concurrent speakers: opens a session, sends speech in real time, pauses, sometimes interrupts,
 * closes, and opens the next session. Counts every keyframe and checks none. All speakers share the counters.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { newAvatarSession } from 'avatarkit-session';

const BYTES_PER_MS = 32;
const KEYFRAME_MS = 40;
const CHUNK_MS = 100;
/** The endless utterance: a second of audio at this rate is 96 KB, so ten minutes of it are 58 MB. */
const ENDLESS_SAMPLE_RATE = 48_000;
const ENDLESS_BYTES_PER_MS = 96;
/** The maximum number of bytes of the endless utterance that are kept. More would be refused. */
const ENDLESS_MAX_BYTES = 8 * 1024 * 1024;

export class Tally {
  sessions = 0;
  /**
   * Sessions that are connected now, and timers of the speakers themselves: the resources that a steady
   * process needs.
   */
  connected = 0;
  sleeping = 0;
  reconnects = 0;
  utterances = 0;
  replayed = 0;
  interrupted = 0;
  keyframes = 0;
  lost = 0;
  duplicated = 0;
  /**
   * The longest utterance that was animated in real time, in seconds, and how often an utterance reached the
   * limit of kept audio.
   */
  longestSeconds = 0;
  refusedAtLimit = 0;
  /**
   * Sessions that ended by themselves, and utterances that failed, by reason or code.
   * @type {Record<string, number>}
   */
  givenUp = {};
  withoutReason = 0;
  /** Callbacks and promises that failed in an unexpected way. @type {string[]} */
  surprises = [];
}

export class Speaker {
  #target;
  #random;
  #tally;
  /**
   * The number of the next keyframe of each unfinished utterance.
   * @type {Map<string, number>}
   */
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

  /**
   * Speaks until this time. Resolves when its last session is closed.
   * @param {number} untilMs
   */
  async run(untilMs) {
    await this.#sleep(this.#between(0, 5_000));
    while (performance.now() < untilMs)
      await this.#life(Math.min(untilMs, performance.now() + this.#between(20_000, 90_000)));
  }

  /**
   * Speaks one utterance after the other. Each ends only with its session or when the time is over.
   * @param {number} untilMs
   */
  async runEndless(untilMs) {
    while (performance.now() < untilMs) {
      this.#heard.clear();
      /** @type {import('avatarkit-session').AvatarSessionOptions['replay']} */
      const replay = { maxBytes: ENDLESS_MAX_BYTES, maxProcessBytes: 2 * ENDLESS_MAX_BYTES, onLimit: 'fail' };
      const session = this.#open({ sampleRate: ENDLESS_SAMPLE_RATE, replay });
      try {
        await session.start();
        await this.#sayEndless(session, untilMs);
      } catch (error) {
        this.#noteFailure(error);
      }
      await session.close({ drain: false, timeoutMs: 2_000 });
    }
  }

  /** @param {import('avatarkit-session').AvatarSession} session @param {number} untilMs */
  async #sayEndless(session, untilMs) {
    const tally = this.#tally;
    const utterance = session.speak();
    this.#heard.set(utterance.reqId, 0);
    tally.utterances += 1;
    const startedAtMs = performance.now();
    let saidMs = 0;
    for (; startedAtMs + saidMs < untilMs; saidMs += CHUNK_MS) {
      await utterance.write(new Uint8Array(CHUNK_MS * ENDLESS_BYTES_PER_MS));
      tally.longestSeconds = Math.max(tally.longestSeconds, saidMs / 1_000);
      await this.#sleep(Math.max(0, startedAtMs + saidMs + CHUNK_MS - performance.now()));
    }
    await utterance.end();
    const { outcome } = await utterance.finished;
    if (outcome === 'replayed') tally.replayed += 1;
    this.#compare(utterance.reqId, saidMs);
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
      // The session failed while it was connecting. The close event has the reason.
      if (/** @type {{ code?: unknown }} */ (error).code === undefined)
        this.#tally.surprises.push(String(error));
    }
    await session.close({ drain: this.#random.next() < 0.5, timeoutMs: 2_000 });
  }

  /** @param {Partial<import('avatarkit-session').AvatarSessionOptions>} [more] */
  #open(more = {}) {
    const tally = this.#tally;
    tally.sessions += 1;
    return newAvatarSession({
      ...this.#target,
      ...more,
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
        this.#compare(utterance.reqId, chunks * CHUNK_MS);
      }
    } catch (error) {
      this.#noteFailure(error);
    }
  }

  /**
   * Compares the received keyframes with the number for this duration of audio.
   * @param {string} reqId
   * @param {number} saidMs
   */
  #compare(reqId, saidMs) {
    const missing = Math.ceil(saidMs / KEYFRAME_MS) - (this.#heard.get(reqId) ?? 0);
    if (missing > 0) this.#tally.lost += missing;
    else this.#tally.duplicated -= missing;
  }

  /** @param {unknown} error */
  #noteFailure(error) {
    const { code, reason, outcome, message } = /** @type {import('avatarkit-session').AvatarSDKError} */ (
      error
    );
    if (message.includes('replay.max')) this.#tally.refusedAtLimit += 1;
    this.#note(`utterance ${outcome ?? 'refused'}: ${reason ?? code}`);
  }

  /** @param {import('avatarkit-session').Frame} frame */
  #count({ reqId, index, keyframes }) {
    const expected = this.#heard.get(reqId);
    // A request that the service invented.
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

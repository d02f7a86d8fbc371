/**
 * How many bytes may be in flight to the peer, so that a ping waits behind at most a second's worth of audio. Buffers of the system and
 * of the network can take megabytes at once, so the amount that the socket took says little about a slow line. The answers to pings show
 * how much the peer has read. Where no ping is answered, only the buffer in front of the socket is known. Pure arithmetic; independent of
 * socket and clock.
 */

/**
 * The window is as large as what the peer reads in this time, milliseconds; the rest of the second is a margin for jitter. With a
 * heartbeat time-out shorter than the default it is `TARGET_PART` of that time-out.
 */
const TARGET_MS = 500;
const MIN_TARGET_MS = 100;
const TARGET_PART = 1 / 4;
/** The window before the first measurement: three quarters of a second at 64 kB/s. */
const FIRST_WINDOW_BYTES = 48 * 1024;
const MIN_WINDOW_BYTES = 16 * 1024;
const MAX_WINDOW_BYTES = 4 * 1024 * 1024;
/** Pings in one window: their answers tell when to send more. */
const PROBES_PER_WINDOW = 4;
/** Waiting audio is sent in parts of at least this size, as long as the window holds two of them. */
const PIECE_BYTES = 16 * 1024;
/** How long answers are collected before they are evaluated, milliseconds: before the first measurement, and afterwards. */
const FIRST_COLLECT_MS = 100;
const COLLECT_MS = 50;
/** The window may grow while bytes in flight cause less than this part of the target time. */
const SHORT_QUEUE_PART = 0.3;
/** A change of the window by this part shows how the size affects the wait; a tried growth is larger than that. */
const TELLING_PART = 1 / 4;
const TRIED_GROWTH = 1.4;
const ROUNDS_OF_SIZE = 2;

interface Probe {
  /** Bytes sent before this ping, counted from the beginning. */
  readonly atBytes: number;
  /** How many of these bytes no answer had covered yet. */
  readonly aheadBytes: number;
  readonly atMs: number;
}

/** How much the peer read, and how long that took. */
interface Reading {
  readonly bytes: number;
  readonly tookMs: number;
}

export class SendWindow {
  /** The size of the window: bytes that may be in flight. */
  bytes = FIRST_WINDOW_BYTES;
  /** Bytes that the peer has read, according to its answers. */
  answeredBytes = 0;
  #targetMs = TARGET_MS;
  readonly #probes: Probe[] = [];
  #probedBytes = 0;
  /** The first ping of a connection is sent before the audio, and measures the round trip. */
  #isUntried = true;
  /** The latest answer, whether the window was full then, and whether no further ping was unanswered; reset by `fit`. */
  #latest: Reading | undefined;
  #full = false;
  #emptied = false;
  /** The shortest time to an answer: the round trip without any queue. */
  #leastMs = Infinity;
  /**
   * The latest full window that the peer has read to its end, and the time per additional byte according to such windows, milliseconds.
   */
  #round: Reading | undefined;
  #msPerByte: number | undefined;
  /** How many windows of the current size the peer has read to their ends. */
  #roundsOfSize = 0;

  /**
   * Begins a new connection, with nothing in flight; `sentBytes` is not reset.
   * @param heartbeatMs the peer counts as gone after this time without a message or pong
   */
  restart(sentBytes: number, heartbeatMs = Infinity): void {
    this.#targetMs = Math.max(MIN_TARGET_MS, Math.min(TARGET_MS, heartbeatMs * TARGET_PART));
    // The new connection may use another line.
    this.#resize(Math.min(this.bytes, FIRST_WINDOW_BYTES));
    this.#round = undefined;
    this.#msPerByte = undefined;
    this.#leastMs = Infinity;
    this.#isUntried = true;
    this.presumeRead(sentBytes);
  }

  /** The number of sent bytes at which the next ping is due. */
  get nextProbeBytes(): number {
    return this.#isUntried
      ? this.#probedBytes
      : this.#probedBytes + Math.ceil(this.bytes / PROBES_PER_WINDOW);
  }

  /** The largest part that is sent at once; even, because a sample has two bytes. */
  get pieceBytes(): number {
    return (
      2 * Math.floor(Math.min(Math.max(PIECE_BYTES, this.bytes / PROBES_PER_WINDOW), this.bytes / 2) / 2)
    );
  }

  /** Whether the window has its largest size. Then each answer lets more audio go out at once, instead of after a time of collecting. */
  get isWide(): boolean {
    return this.bytes === MAX_WINDOW_BYTES;
  }

  /**
   * How long answers are collected before they are evaluated and more is sent, milliseconds. A peer that reads in bursts answers in
   * bursts, and its rate within a burst is higher than its lasting rate.
   */
  get collectMs(): number {
    return this.bytes > FIRST_WINDOW_BYTES ? COLLECT_MS : FIRST_COLLECT_MS;
  }

  /** The number of sent bytes at which the window is full. */
  get limitBytes(): number {
    return this.answeredBytes + this.bytes;
  }

  isFull(sentBytes: number): boolean {
    return sentBytes >= this.limitBytes;
  }

  /** A ping has been sent behind `sentBytes`. */
  probed(sentBytes: number, nowMs: number): void {
    this.#probes.push({ atBytes: sentBytes, aheadBytes: sentBytes - this.answeredBytes, atMs: nowMs });
    this.#probedBytes = sentBytes;
    this.#isUntried = false;
  }

  /** The oldest ping was answered. `full`: more audio waits to be sent. Returns false if no such ping was sent. */
  answered(nowMs: number, full: boolean): boolean {
    const probe = this.#probes.shift();
    if (probe === undefined) return false;
    this.answeredBytes = probe.atBytes;
    const tookMs = Math.max(1, nowMs - probe.atMs);
    this.#leastMs = Math.min(this.#leastMs, tookMs);
    this.#latest = { bytes: probe.aheadBytes, tookMs };
    this.#full ||= full;
    this.#emptied ||= full && this.#probes.length === 0;
    return true;
  }

  /** Adapts the window to the answers since the last call. */
  fit(): void {
    const latest = this.#latest;
    const full = this.#full;
    const emptied = this.#emptied;
    this.#forget();
    if (latest === undefined) return;
    if (emptied) this.#learn({ bytes: this.bytes, tookMs: latest.tookMs });
    else this.#follow(latest, full);
  }

  /** The socket took `bytes` within `tookMs`; without pings nothing else is known. `emptied`: the buffer is empty. */
  taken(bytes: number, tookMs: number, emptied: boolean): void {
    const reading = { bytes, tookMs: Math.max(1, tookMs) };
    if (emptied) this.#learn(reading);
    else this.#follow(reading, true);
  }

  /** Counts all sent bytes as read. */
  presumeRead(sentBytes: number): void {
    this.#probes.length = 0;
    this.#probedBytes = sentBytes;
    this.answeredBytes = sentBytes;
    this.#forget();
  }

  #forget(): void {
    this.#latest = undefined;
    this.#full = false;
    this.#emptied = false;
  }

  /** Adapts the window to the rate at which the peer reads while more is in flight. */
  #follow({ bytes, tookMs }: Reading, full: boolean): void {
    const queuedMs = this.#queuedMs(tookMs);
    const fittingBytes = (bytes / tookMs) * this.#targetMs;
    if (fittingBytes > this.bytes) this.#grow(fittingBytes);
    else if (queuedMs > this.#targetMs) this.#shrink((bytes / queuedMs) * this.#targetMs);
    else if (full && bytes >= this.bytes / 2 && queuedMs < SHORT_QUEUE_PART * this.#targetMs) {
      this.#grow(this.bytes * TRIED_GROWTH);
    }
  }

  /** The time to an answer without the round trip. */
  #queuedMs(tookMs: number): number {
    return this.#leastMs < Infinity ? tookMs - this.#leastMs : tookMs;
  }

  /**
   * The peer has read the whole window, and may be able to read more in the same time. Where that took too long, the window is too large
   * only if another size takes another time.
   */
  #learn(round: Reading): void {
    this.#roundsOfSize += 1;
    // A peer may read much at once and then pause: the first window of a size is still affected by the size before it.
    if (this.#roundsOfSize < ROUNDS_OF_SIZE) return;
    this.#roundsOfSize = 0;
    this.#compare(this.#round, round);
    this.#round = round;
    if (this.#msPerByte === undefined) {
      // Assumes that the whole time depends on the size. The change is at least large enough to be measured.
      if (this.#queuedMs(round.tookMs) <= this.#targetMs)
        this.#grow(this.bytes * Math.max(TRIED_GROWTH, this.#targetMs / round.tookMs));
      else this.#shrink(this.bytes / 2);
      return;
    }
    const fittingBytes = this.#targetMs / this.#msPerByte;
    if (fittingBytes >= this.bytes) this.#grow(fittingBytes);
    else this.#shrink(fittingBytes);
  }

  #compare(before: Reading | undefined, { bytes, tookMs }: Reading): void {
    if (before === undefined) return;
    const moreBytes = bytes - before.bytes;
    if (Math.abs(moreBytes) >= TELLING_PART * bytes) {
      this.#msPerByte = Math.max(0, (tookMs - before.tookMs) / moreBytes);
      return;
    }
    const expectedMs = (this.#msPerByte ?? 0) * bytes;
    // The line or the peer has changed, so the measurement is dropped.
    if (tookMs > 2 * before.tookMs || tookMs < expectedMs / 4) this.#msPerByte = undefined;
  }

  /** Grows at most twofold, so that each size is tried before the next. */
  #grow(toBytes: number): void {
    this.#resize(Math.min(MAX_WINDOW_BYTES, 2 * this.bytes, Math.max(this.bytes, toBytes)));
  }

  #shrink(toBytes: number): void {
    this.#resize(Math.max(MIN_WINDOW_BYTES, this.bytes / 2, toBytes));
  }

  #resize(bytes: number): void {
    const size = Math.floor(bytes);
    if (size !== this.bytes) this.#roundsOfSize = 0;
    this.bytes = size;
  }
}

/** How long to wait for the first answer to a ping, milliseconds. That ping is sent before the audio, so one round trip is enough. */
const FIRST_PATIENCE_MS = 500;
/** How long to wait after an answer, milliseconds; doubled each time that no answer comes. */
const PATIENCE_MS = 4_000;
const MAX_PATIENCE_MS = 32_000;

export class AnswerPatience {
  ms = FIRST_PATIENCE_MS;
  #answersCome: boolean | undefined;

  /** Whether pings are useless: the peer does not answer them, or the transport does not report the answers. */
  get isGivenUp(): boolean {
    return this.#answersCome === false;
  }

  answered(): void {
    this.#answersCome = true;
    this.ms = PATIENCE_MS;
  }

  /** No answer came within `ms`. `isAlive`: other bytes came. */
  ranOut(isAlive: boolean): void {
    if (this.#answersCome === undefined && isAlive) this.#answersCome = false;
    else this.ms = Math.min(2 * this.ms, MAX_PATIENCE_MS);
  }
}

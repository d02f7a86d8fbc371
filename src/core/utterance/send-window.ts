/**
 * How many bytes may be on their way to the peer, so that a ping does not wait behind more than a second's worth of audio. Buffers
 * of the system and of the network take megabytes in no time, so what the socket took says little about a slow line: the answers to
 * pings say what the peer has read. Where no ping is answered, the buffer in front of the socket is all that is known.
 * Pure arithmetic; knows no socket and no clock.
 */

/**
 * The window is as large as what the peer reads in this time, milliseconds; the rest of the second is a
 * margin for jitter. Less where the heartbeat has a shorter time-out than by default: this part of its time.
 */
const TARGET_MS = 500;
const MIN_TARGET_MS = 100;
const TARGET_PART = 1 / 4;
/** Before anything is known: three quarters of a second at 64 kB/s. */
const FIRST_WINDOW_BYTES = 48 * 1024;
const MIN_WINDOW_BYTES = 16 * 1024;
const MAX_WINDOW_BYTES = 4 * 1024 * 1024;
/** Pings in one window: the answers are the clock of the sender. */
const PROBES_PER_WINDOW = 4;
/** What waits is sent in parts of this size at least, as long as the window has two of them. */
const PIECE_BYTES = 16 * 1024;
/** How long answers are collected before they are judged, milliseconds: before the first measurement, and afterwards. */
const FIRST_COLLECT_MS = 100;
const COLLECT_MS = 50;
/** So little of the time is due to what is on its way that more may be: a part of the target. */
const SHORT_QUEUE_PART = 0.3;
/** A change of the window by this part of it shows what the window does to the waits; a growth that is tried is larger. */
const TELLING_PART = 1 / 4;
const TRIED_GROWTH = 1.4;
const ROUNDS_OF_SIZE = 2;

interface Probe {
  /** Bytes that had been sent before it, since the beginning. */
  readonly atBytes: number;
  /** Bytes of them that no answer had covered. */
  readonly aheadBytes: number;
  readonly atMs: number;
}

/** What the peer read, and how long that took. */
interface Reading {
  readonly bytes: number;
  readonly tookMs: number;
}

export class SendWindow {
  /** Bytes that may be on their way. */
  bytes = FIRST_WINDOW_BYTES;
  /** Bytes that the peer has read, as far as answers say. */
  answeredBytes = 0;
  #targetMs = TARGET_MS;
  readonly #probes: Probe[] = [];
  #probedBytes = 0;
  /** The first ping of a connection goes in front of the audio, and shows how long the line is. */
  #isUntried = true;
  /** What the latest answer showed, and whether the window was full then, and whether it was the last one; until `fit`. */
  #latest: Reading | undefined;
  #full = false;
  #emptied = false;
  /** The shortest time that an answer took: what it takes without any queue. */
  #leastMs = Infinity;
  /** The latest window that the peer has read to its end, and what a byte more costs of time as such windows show, milliseconds. */
  #round: Reading | undefined;
  #msPerByte: number | undefined;
  /** Windows of the present size that the peer has read to their ends. */
  #roundsOfSize = 0;

  /**
   * Nothing is on its way over a new connection; `sentBytes` counts on.
   * @param heartbeatMs after so long without a sign of life the peer counts as gone
   */
  restart(sentBytes: number, heartbeatMs = Infinity): void {
    this.#targetMs = Math.max(MIN_TARGET_MS, Math.min(TARGET_MS, heartbeatMs * TARGET_PART));
    // It may be over another line.
    this.#resize(Math.min(this.bytes, FIRST_WINDOW_BYTES));
    this.#round = undefined;
    this.#msPerByte = undefined;
    this.#leastMs = Infinity;
    this.#isUntried = true;
    this.presumeRead(sentBytes);
  }

  /** A ping should go before what follows when so many bytes have been sent. */
  get nextProbeBytes(): number {
    return this.#isUntried ? this.#probedBytes : this.#probedBytes + this.bytes / PROBES_PER_WINDOW;
  }

  /** The largest part of what waits that is sent at once: even, because a sample has two bytes. */
  get pieceBytes(): number {
    return (
      2 * Math.floor(Math.min(Math.max(PIECE_BYTES, this.bytes / PROBES_PER_WINDOW), this.bytes / 2) / 2)
    );
  }

  /** Whether the window has its largest size. Then more is sent at each answer, and no answers are collected before. */
  get isWide(): boolean {
    return this.bytes === MAX_WINDOW_BYTES;
  }

  /**
   * How long answers are collected before they are judged and more is sent, milliseconds: a peer that reads in bursts answers in
   * bursts, and shows a rate then that it does not keep.
   */
  get collectMs(): number {
    return this.bytes > FIRST_WINDOW_BYTES ? COLLECT_MS : FIRST_COLLECT_MS;
  }

  /** How many bytes may have been sent before the window is full. */
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

  /** A ping was answered: the oldest. `full`: more would have been sent. Whether it was one of these. */
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

  /** Fits the window to the answers since the last time. */
  fit(): void {
    const latest = this.#latest;
    const full = this.#full;
    const emptied = this.#emptied;
    this.#forget();
    if (latest === undefined) return;
    if (emptied) this.#learn({ bytes: this.bytes, tookMs: latest.tookMs });
    else this.#follow(latest, full);
  }

  /** The socket took `bytes` within `tookMs`; without pings this is all that is known. `emptied`: nothing is left in it. */
  taken(bytes: number, tookMs: number, emptied: boolean): void {
    const reading = { bytes, tookMs: Math.max(1, tookMs) };
    if (emptied) this.#learn(reading);
    else this.#follow(reading, true);
  }

  /** Whatever is unanswered counts as read. */
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

  /** The peer reads while more is on its way: at the rate that shows. */
  #follow({ bytes, tookMs }: Reading, full: boolean): void {
    const queuedMs = this.#queuedMs(tookMs);
    const fittingBytes = (bytes / tookMs) * this.#targetMs;
    if (fittingBytes > this.bytes) this.#grow(fittingBytes);
    else if (queuedMs > this.#targetMs) this.#shrink((bytes / queuedMs) * this.#targetMs);
    else if (full && bytes >= this.bytes / 2 && queuedMs < SHORT_QUEUE_PART * this.#targetMs) {
      this.#grow(this.bytes * TRIED_GROWTH);
    }
  }

  /** Without the time that an answer takes on a long line. */
  #queuedMs(tookMs: number): number {
    return this.#leastMs < Infinity ? tookMs - this.#leastMs : tookMs;
  }

  /**
   * The peer has read all that it was allowed to, and may be able to read more in the same time. Where that took too long, the size
   * of the window is to blame only if another size takes another time.
   */
  #learn(round: Reading): void {
    this.#roundsOfSize += 1;
    // What a peer reads at once it may pay for with the pause that follows: the first window of a size shows the size before it.
    if (this.#roundsOfSize < ROUNDS_OF_SIZE) return;
    this.#roundsOfSize = 0;
    this.#compare(this.#round, round);
    this.#round = round;
    if (this.#msPerByte === undefined) {
      // As if all of the time were due to the size, but by enough to be measured.
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
    // The line or the peer has changed.
    if (tookMs > 2 * before.tookMs || tookMs < expectedMs / 4) this.#msPerByte = undefined;
  }

  /** At most twofold: each size is tried before the next. */
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

/** As long as that is not known, milliseconds: the first ping goes in front of the audio, and is answered within one round trip. */
const FIRST_PATIENCE_MS = 500;
/** Twice as long each time. */
const PATIENCE_MS = 4_000;
const MAX_PATIENCE_MS = 32_000;

export class AnswerPatience {
  ms = FIRST_PATIENCE_MS;
  #answersCome: boolean | undefined;

  /** Whether pings are of no use: the peer gives no answers, or the transport does not report them. */
  get isGivenUp(): boolean {
    return this.#answersCome === false;
  }

  answered(): void {
    this.#answersCome = true;
    this.ms = PATIENCE_MS;
  }

  /** No answer came in that time. `isAlive`: other bytes did. */
  ranOut(isAlive: boolean): void {
    if (this.#answersCome === undefined && isAlive) this.#answersCome = false;
    else this.ms = Math.min(2 * this.ms, MAX_PATIENCE_MS);
  }
}

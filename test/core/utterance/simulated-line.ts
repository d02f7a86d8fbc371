/**
 * Simulates a sender with a send window, and a line to its peer with unlimited buffers, in steps of one
 * millisecond. A ping is answered when all bytes before it have been read.
 */
import { SendWindow } from '../../../src/core/utterance/send-window.js';

export interface LinePlan {
  readonly bytesPerSecond: number;
  /** The time of a byte to the peer and of its answer back. */
  readonly roundTripMs: number;
  /**
   * The peer reads once in this many milliseconds. It then reads as much as its rate has allowed since the
   * beginning, or, with `readsAll`, everything that has arrived.
   */
  readonly readsEveryMs?: number;
  readonly readsAll?: boolean;
}

export class SimulatedLine {
  readonly window = new SendWindow();
  readonly #plan: LinePlan;
  readonly #pieceBytes = 640;
  nowMs = 0;
  sentBytes = 0;
  readBytes = 0;
  /** The longest time that a byte waited before it was read, without its travel time, milliseconds. */
  longestWaitMs = 0;
  /** The bytes that are in flight, and when they were sent. */
  readonly #sent: { readonly atMs: number; readonly toBytes: number }[] = [];
  readonly #pings: { readonly atBytes: number; answeredAtMs: number | undefined }[] = [];
  #isFull = false;
  #fitAtMs: number | undefined;
  #allowedBytes = 0;

  constructor(plan: LinePlan) {
    this.#plan = plan;
    this.window.restart(0);
  }

  /** Sends as much as the window allows, for this time. */
  run(forMs: number): void {
    for (const untilMs = this.nowMs + forMs; this.nowMs < untilMs; this.nowMs += 1) {
      if (!this.#isFull) this.#send();
      this.#read();
      this.#answer();
      if (this.#fitAtMs !== undefined && this.nowMs >= this.#fitAtMs) {
        this.#fitAtMs = undefined;
        this.window.fit();
        if (!this.window.isFull(this.sentBytes)) this.#isFull = false;
      }
    }
  }

  #send(): void {
    while (!this.window.isFull(this.sentBytes)) {
      if (this.sentBytes >= this.window.nextProbeBytes) this.#ping();
      this.sentBytes += this.#pieceBytes;
      this.#sent.push({ atMs: this.nowMs, toBytes: this.sentBytes });
    }
    this.#ping();
    this.#isFull = true;
  }

  #ping(): void {
    this.window.probed(this.sentBytes, this.nowMs);
    this.#pings.push({ atBytes: this.sentBytes, answeredAtMs: undefined });
  }

  #read(): void {
    const { bytesPerSecond, roundTripMs, readsEveryMs = 1, readsAll = false } = this.#plan;
    if (this.nowMs % readsEveryMs !== 0) return;
    let arrivedBytes = this.readBytes;
    for (const { atMs, toBytes } of this.#sent) {
      if (atMs + roundTripMs / 2 > this.nowMs) break;
      arrivedBytes = toBytes;
    }
    // Unused rate of a peer that read nothing is not added up.
    this.#allowedBytes =
      Math.max(this.#allowedBytes, this.readBytes) + (bytesPerSecond * readsEveryMs) / 1000;
    if (arrivedBytes === this.readBytes) this.#allowedBytes = Math.min(this.#allowedBytes, this.readBytes);
    this.readBytes = readsAll ? arrivedBytes : Math.min(arrivedBytes, Math.floor(this.#allowedBytes));
    for (let first = this.#sent[0]; first !== undefined; first = this.#sent[0]) {
      if (first.toBytes > this.readBytes) break;
      this.longestWaitMs = Math.max(this.longestWaitMs, this.nowMs - first.atMs - roundTripMs / 2);
      this.#sent.shift();
    }
    for (const ping of this.#pings) {
      if (ping.atBytes > this.readBytes) break;
      ping.answeredAtMs ??= this.nowMs + roundTripMs / 2;
    }
  }

  #answer(): void {
    for (let first = this.#pings[0]; first?.answeredAtMs !== undefined; first = this.#pings[0]) {
      if (first.answeredAtMs > this.nowMs) break;
      this.#pings.shift();
      this.window.answered(this.nowMs, this.#isFull);
      this.#fitAtMs ??= this.nowMs + this.window.collectMs;
    }
  }
}

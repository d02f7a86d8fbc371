/** Cuts bytes that come in chunks of any length into pieces of whole units (samples), and carries what is split between two chunks. */

const EMPTY = new Uint8Array(0);

export class BytePieces {
  readonly #unitBytes: number;
  readonly #pieceBytes: number;
  #chunk: Uint8Array = EMPTY;
  /** The first bytes of a unit whose rest has not come. A copy: the chunk's memory may be reused. */
  #carried: Uint8Array = EMPTY;

  /** @param pieceBytes the most that `take` gives, a multiple of the unit */
  constructor(unitBytes: number, pieceBytes: number) {
    this.#unitBytes = unitBytes;
    this.#pieceBytes = pieceBytes;
  }

  /** Call it only when `take` has nothing more. */
  feed(chunk: Uint8Array): void {
    this.#chunk = chunk;
  }

  /** Whole units, a view of the chunk where none was split. Undefined when there is none; bytes of a started unit are kept. */
  take(): Uint8Array | undefined {
    if (this.#carried.length > 0) return this.#takeSplit();
    const available = Math.min(this.#chunk.length, this.#pieceBytes);
    const bytes = available - (available % this.#unitBytes);
    if (bytes === 0) {
      if (this.#chunk.length > 0) this.#carried = this.#chunk.slice();
      this.#chunk = EMPTY;
      return undefined;
    }
    const piece = this.#chunk.subarray(0, bytes);
    this.#chunk = this.#chunk.subarray(bytes);
    return piece;
  }

  /** The one unit that began in an earlier chunk. */
  #takeSplit(): Uint8Array | undefined {
    const missing = this.#unitBytes - this.#carried.length;
    const joined = new Uint8Array(this.#carried.length + Math.min(missing, this.#chunk.length));
    joined.set(this.#carried);
    joined.set(this.#chunk.subarray(0, missing), this.#carried.length);
    this.#chunk = this.#chunk.subarray(missing);
    const whole = joined.length === this.#unitBytes;
    this.#carried = whole ? EMPTY : joined;
    return whole ? joined : undefined;
  }
}

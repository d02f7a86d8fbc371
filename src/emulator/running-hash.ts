/**
 * A running hash of all bytes so far, in two lanes of which each shows 24 bits: whole numbers that a 32-bit float holds
 * exactly. It tells audio apart in tests; it is no cryptographic hash.
 */
export class RunningHash {
  #a = 0x811c9dc5;
  #b = 0x2545f491;

  /** Every byte counts, zeros included: silence changes the hash too. */
  update(bytes: Uint8Array, from = 0, to = bytes.length): void {
    let a = this.#a;
    let b = this.#b;
    for (let index = from; index < to; index++) {
      const byte = (bytes[index] ?? 0) + 1;
      a = Math.imul(a ^ byte, 0x01000193);
      b = (Math.imul(b, 0x2c9277b5) + byte) | 0;
    }
    this.#a = a;
    this.#b = b;
  }

  /** Upper 24 bits of each lane; the lower ones of such a multiplication mix badly. */
  get digest(): readonly [number, number] {
    return [this.#a >>> 8, this.#b >>> 8];
  }
}

/** Finds the end of an HTTP head in a stream whose pieces have any size. Does not interpret the head. */

const END = Buffer.from('\r\n\r\n');

export class HeadEnd {
  #matched = 0;
  #passedBytes = 0;

  /**
   * The number of bytes from the beginning of the stream up to and including the empty line. Undefined until
   * that line has arrived.
   */
  foundAt: number | undefined;

  push(bytes: Buffer): void {
    for (let at = 0; at < bytes.length && this.foundAt === undefined; at += 1) {
      if (bytes[at] === END[this.#matched]) this.#matched += 1;
      else this.#matched = bytes[at] === END[0] ? 1 : 0;
      if (this.#matched === END.length) this.foundAt = this.#passedBytes + at + 1;
    }
    this.#passedBytes += bytes.length;
  }
}

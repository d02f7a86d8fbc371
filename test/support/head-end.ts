/** Finds where an HTTP head ends in a stream that comes in pieces of any size. Independent of its content. */

const END = Buffer.from('\r\n\r\n');

export class HeadEnd {
  #matched = 0;
  #passedBytes = 0;

  /** The number of bytes from the beginning of the stream to behind the empty line; undefined until it has come. */
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

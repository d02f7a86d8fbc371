/**
 * Makes request ids in the form that the protocol asks for: UTC `YYYYMMDDHHMMSS_` and 12 URL-safe characters.
 * The first six of them are drawn once per session, the rest once per request, so that an id of this session
 * can be distinguished from an id of the service, without a list of earlier requests.
 */
import { memoizeLast } from '../memory/collections.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const OWN_LENGTH = 6;
const OWN_OFFSET = 'YYYYMMDDHHMMSS_'.length;

/** Numbers uniform in [0, 1). */
interface Draws {
  next(): number;
}

export class RequestIds {
  readonly #random: Draws;
  readonly #own: string;
  #second: string | undefined;
  /** The parts drawn in the current second; undefined for a session that has made no request. */
  #drawn: Set<string> | undefined;

  constructor(random: Draws) {
    this.#random = random;
    this.#own = draw(random, OWN_LENGTH);
  }

  /**
   * A new id, different from all earlier ones: where the random source repeats a value, the next free one is
   * used.
   */
  next(epochMs: number): string {
    const second = timestampOf(Math.floor(epochMs / 1_000));
    const others = second === this.#second ? this.#drawn : undefined;
    let drawn = draw(this.#random, OWN_LENGTH);
    while (others?.has(drawn) === true) drawn = successor(drawn);
    this.#drawn = (others ?? new Set()).add(drawn);
    this.#second = second;
    return `${second}_${this.#own}${drawn}`;
  }

  /** Whether `reqId` was made by this object. */
  made(reqId: string): boolean {
    return reqId.startsWith(this.#own, OWN_OFFSET);
  }
}

function draw(random: Draws, length: number): string {
  let text = '';
  for (let i = 0; i < length; i += 1) text += ALPHABET.charAt(Math.floor(random.next() * ALPHABET.length));
  return text;
}

/** The next text of the same length, by counting up; after the last one comes the first. */
function successor(text: string): string {
  const last = ALPHABET.indexOf(text.slice(-1));
  const head = text.slice(0, -1);
  if (last + 1 < ALPHABET.length) return head + ALPHABET.charAt(last + 1);
  return (head === '' ? '' : successor(head)) + ALPHABET.charAt(0);
}

/** UTC, as digits. All requests within one second share the text, whatever their session. */
const timestampOf = memoizeLast((epochSecond: number): string =>
  new Date(epochSecond * 1_000).toISOString().slice(0, 19).replace(/[-T:]/g, ''),
);

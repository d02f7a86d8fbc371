/**
 * Lines that stay, and below them one live line, where the terminal can do that; elsewhere the lines alone, without a single
 * control character. Whatever text comes from outside can't control the terminal either. Knows nothing of what it shows.
 */
import { escapeToLine } from './escape-unseen.js';
import type { Terminal } from './terminal.js';

export type Tone = 'plain' | 'good' | 'waiting' | 'bad' | 'quiet';

const PAINT: Readonly<Record<Tone, string>> = {
  plain: '',
  good: '\u001B[32m',
  waiting: '\u001B[33m',
  bad: '\u001B[31m',
  quiet: '\u001B[2m',
};
const UNPAINT = '\u001B[0m';
const ERASE_LINE = '\r\u001B[2K';
/** Redrawing more often is not seen, milliseconds. */
const REDRAW_AFTER_MS = 50;

export class LiveScreen {
  readonly #terminal: Terminal;
  #live: (() => string) | undefined;
  #drawnAtMs = -Infinity;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Prints a line that stays. */
  line(text: string, tone: Tone = 'plain'): void {
    const shown = escapeToLine(text);
    if (this.#terminal.liveColumns === undefined) {
      this.#terminal.write(`${shown}\n`);
      return;
    }
    if (this.#live !== undefined) this.#terminal.control(ERASE_LINE);
    if (tone !== 'plain') this.#terminal.control(PAINT[tone]);
    this.#terminal.write(shown);
    if (tone !== 'plain') this.#terminal.control(UNPAINT);
    this.#terminal.write('\n');
    if (this.#live !== undefined) this.#draw(this.#live);
  }

  /** Redraws the live line; often nothing happens, as an eye can't follow. Its text is asked for again after each line. */
  live(text: () => string): void {
    if (this.#terminal.liveColumns === undefined) return;
    if (performance.now() - this.#drawnAtMs < REDRAW_AFTER_MS) return;
    this.#live = text;
    this.#draw(text);
  }

  /** Takes the live line away; ordinary output can follow. */
  clear(): void {
    if (this.#live === undefined) return;
    this.#live = undefined;
    this.#terminal.control(ERASE_LINE);
  }

  #draw(text: () => string): void {
    this.#drawnAtMs = performance.now();
    // One character less than the width: a full line would wrap, and could not be erased.
    const width = Math.max(0, (this.#terminal.liveColumns ?? 1) - 1);
    this.#terminal.control(ERASE_LINE);
    this.#terminal.write(escapeToLine(text()).slice(0, width));
  }
}

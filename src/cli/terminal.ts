/**
 * The environment of the process as the commands use it: two streams of lines, the variables, the request to stop. Also the texts that
 * the command shows: lines for a failure, columns, durations. All output is escaped by the escaping terminal: text of a service, a file
 * or the command line can neither control the terminal nor look like other text. The screen has permanent lines, and one live line below
 * them if the terminal supports it. Tests pass a terminal of their own.
 */
import { AvatarSDKError } from '../index.js';
import type { GiveUpReason } from '../index.js';

const GIVEN_UP: Readonly<Record<GiveUpReason, string>> = {
  rule: 'the policy does not retry this failure',
  attempts: 'the limit of attempts',
  elapsed: 'the limit of time',
  hintTooLong: 'the service asked for a longer wait than is accepted',
  aborted: 'the signal was aborted',
  closed: 'the session was closed',
};

/** Lines for standard error, not escaped. */
export function failureReport(error: unknown): readonly string[] {
  if (!AvatarSDKError.is(error)) {
    return [
      `avatarkit-session: unexpected failure: ${error instanceof Error ? error.message : String(error)}`,
    ];
  }
  const { code, phase, message, reason, remediation } = error;
  return [
    `avatarkit-session: ${code} in ${phase}: ${message}`,
    ...(reason === undefined ? [] : [`  given up because: ${reason} (${GIVEN_UP[reason]})`]),
    `  what to do: ${remediation}`,
  ];
}

const MAX_SHOWN_SEGMENT_CHARACTERS = 15;

/** A path in messages: without the parts that look like a key, which may have been given in place of a path. */
export function shownPath(path: string): string {
  return path
    .split('/')
    .map((part) => (looksLikeKey(part) ? `[${part.length} characters]` : part))
    .join('/');
}

function looksLikeKey(part: string): boolean {
  return part.length > MAX_SHOWN_SEGMENT_CHARACTERS && /^[\w+=~-]+$/.test(part) && /(?:.*\d){3}/.test(part);
}

/**
 * Escapes control, bidirectional and zero-width characters in text of a service or a file, as `\u202e`, so that the line is shown in the
 * order of its characters. The caller replaces line breaks before the call.
 */
export function escapeUnseen(text: string): string {
  return text.replaceAll(/(?!\n)[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2028\u2029]/gu, (character) =>
    Array.from({ length: character.length }, (_, at) => escaped(character.charCodeAt(at))).join(''),
  );
}

/** Like `escapeUnseen`, on one line: line breaks and other control characters become one blank. */
function escapeToLine(text: string): string {
  return escapeUnseen(text.replaceAll(/\p{Cc}+/gu, ' '));
}

function escaped(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}

/** Rows of cells as lines with aligned columns, one line for each row. Pure; the last column is not padded. */
const GAP = '  ';

export function alignColumns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  return rows.map((row) =>
    row
      .map((cell) => cell.replaceAll(/\p{Cc}/gu, ' '))
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
}

/**
 * Names and texts as two columns. On a terminal of this width a longer text continues below itself. Otherwise each text is on one line,
 * for programs that search in them. A word that is longer is not cut.
 */
export function alignTexts(
  rows: readonly (readonly string[])[],
  columns: number | undefined,
): readonly string[] {
  const names = Math.max(0, ...rows.map(([name = '']) => name.length));
  const width = Math.max((columns ?? Infinity) - names - GAP.length, LEAST_TEXT);
  return alignColumns(
    rows.flatMap(([name = '', text = '']) =>
      wrapped(text, width).map((line, at) => [at === 0 ? name : '', line]),
    ),
  );
}

/** The least width of texts, characters. */
const LEAST_TEXT = 20;

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.replaceAll(/\p{Cc}/gu, ' ').split(' ')) {
    const latest = lines.at(-1);
    if (latest !== undefined && latest.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${latest} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** A duration as the command shows it: `9.1 s`. For people only. */
export function secondsText(durationMs: number, decimals = 1): string {
  return `${(durationMs / 1_000).toFixed(decimals)} s`;
}

export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Characters per line if the terminal can rewrite and colour a line; undefined: only plain text. */
  readonly liveColumns: number | undefined;
  /** Standard input, which can be read once; undefined if a person would have to type it. */
  readonly input: AsyncIterable<Uint8Array> | undefined;
  /** Writes text to standard output. */
  write(text: string): void;
  /** Writes a control sequence of the terminal to standard output: only constants of this program. */
  control(sequence: string): void;
  /** Writes one line to standard error. */
  complain(line: string): void;
  /**
   * Calls `callback` at the first SIGINT or SIGTERM; a second one ends the process. Returns a function that
   * removes it.
   */
  onStop(callback: () => void): () => void;
}

const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;
const DEFAULT_COLUMNS = 80;

export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  // https://no-color.org: set to any non-empty value. A terminal `dumb` has no control sequences.
  const plain = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return {
    env,
    get liveColumns() {
      return stdout.isTTY && !plain ? stdout.columns || DEFAULT_COLUMNS : undefined;
    },
    get input() {
      return process.stdin.isTTY ? undefined : process.stdin;
    },
    write: (text) => void stdout.write(text),
    control: (sequence) => void stdout.write(sequence),
    complain: (line) => void stderr.write(`${line}\n`),
    onStop(callback) {
      const stop = (): void => {
        forget();
        callback();
      };
      const forget = (): void => {
        for (const signal of STOP_SIGNALS) process.off(signal, stop);
      };
      for (const signal of STOP_SIGNALS) process.on(signal, stop);
      return forget;
    },
  };
}

export function escapingTerminal(terminal: Terminal): Terminal {
  return {
    env: terminal.env,
    get liveColumns() {
      return terminal.liveColumns;
    },
    get input() {
      return terminal.input;
    },
    write: (text) => terminal.write(escapeUnseen(text)),
    control: (sequence) => terminal.control(sequence),
    complain: (line) => terminal.complain(escapeToLine(line)),
    onStop: (callback) => terminal.onStop(callback),
  };
}

/** Writes a record for programs. */
export function writeJsonLine(terminal: Pick<Terminal, 'write'>, value: object): void {
  terminal.write(`${JSON.stringify(value)}\n`);
}

export type Tone = 'plain' | 'good' | 'waiting' | 'bad' | 'quiet';

const PAINT: Readonly<Record<Tone, string>> = {
  plain: '',
  good: '\u001B[32m',
  waiting: '\u001B[33m',
  bad: '\u001B[31m',
  quiet: '\u001B[2m',
};
const UNPAINT = '\u001B[0m';
const ROW_UP = '\u001B[A';
/** Moves from the cursor to the first column, and erases everything after it. */
const ERASE_BELOW = '\r\u001B[J';
/** The least time between two redraws, milliseconds. */
const REDRAW_AFTER_MS = 50;

/** The text of the live line, for this number of columns. */
type LiveText = (columns: number) => string;

export class LiveScreen {
  readonly #terminal: Terminal;
  #live: LiveText | undefined;
  #drawnAtMs = -Infinity;
  #drawnCharacters = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Prints a permanent line. */
  line(text: string, tone: Tone = 'plain'): void {
    const shown = escapeToLine(text);
    if (this.#terminal.liveColumns === undefined) {
      this.#terminal.write(`${shown}\n`);
      return;
    }
    this.#erase();
    if (tone !== 'plain') this.#terminal.control(PAINT[tone]);
    this.#terminal.write(shown);
    if (tone !== 'plain') this.#terminal.control(UNPAINT);
    this.#terminal.write('\n');
    if (this.#live !== undefined) this.#draw(this.#live);
  }

  /** Redraws the live line, at a limited rate. `text` is called again after each line. */
  live(text: LiveText): void {
    if (this.#terminal.liveColumns === undefined) return;
    if (performance.now() - this.#drawnAtMs < REDRAW_AFTER_MS) return;
    this.#live = text;
    this.#draw(text);
  }

  /** Removes the live line, so that ordinary output can follow. */
  clear(): void {
    this.#live = undefined;
    this.#erase();
  }

  #draw(text: LiveText): void {
    this.#drawnAtMs = performance.now();
    this.#erase();
    // One character less than the width: a full line would wrap.
    const width = Math.max(0, (this.#terminal.liveColumns ?? 1) - 1);
    const shown = escapeToLine(text(width)).slice(0, width);
    this.#terminal.write(shown);
    this.#drawnCharacters = shown.length;
  }

  /** If the window has become narrower, the live line has been wrapped into several lines. */
  #erase(): void {
    if (this.#drawnCharacters === 0) return;
    const columns = Math.max(1, this.#terminal.liveColumns ?? this.#drawnCharacters);
    const rowsAbove = Math.ceil(this.#drawnCharacters / columns) - 1;
    for (let row = 0; row < rowsAbove; row += 1) this.#terminal.control(ROW_UP);
    this.#terminal.control(ERASE_BELOW);
    this.#drawnCharacters = 0;
  }
}

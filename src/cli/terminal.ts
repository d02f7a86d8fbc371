/**
 * The process's surroundings as the commands see them: two streams of lines, the environment, the wish to stop. Decides
 * whether colours and a live line are possible; what is shown is not known here. Tests put their own in its place.
 */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Characters per line where a line can be rewritten and coloured; undefined where only plain text is wanted. */
  readonly liveColumns: number | undefined;
  /** Text to standard output. */
  write(text: string): void;
  /** A sequence that controls the terminal, to standard output: constants of this program, and nothing else. */
  control(sequence: string): void;
  /** One line to standard error. */
  complain(line: string): void;
  /** Calls back at the first SIGINT or SIGTERM; a second one ends the process. Returns the way to stop listening. */
  onStop(callback: () => void): () => void;
}

const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;
const DEFAULT_COLUMNS = 80;

export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  // https://no-color.org: any value but the empty one. A dumb terminal knows no control sequences.
  const plain = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return {
    env,
    get liveColumns() {
      return stdout.isTTY && !plain ? stdout.columns || DEFAULT_COLUMNS : undefined;
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

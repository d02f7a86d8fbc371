/** A terminal that records its output. The commands run in this process, without a child process. */
import type { ExitCode } from '../../src/cli/command.js';
import { run } from '../../src/cli/run.js';
import type { Terminal } from '../../src/cli/terminal.js';

export interface FakeTerminal extends Terminal {
  readonly out: string;
  /** The lines on standard error. */
  readonly complaints: readonly string[];
  readonly lines: readonly string[];
  readonly listeners: number;
  stop(): void;
}

interface FakeSurroundings {
  readonly env?: Record<string, string>;
  readonly liveColumns?: number;
  /** The data that is piped into the command. Without it, standard input is a terminal. */
  readonly input?: readonly Uint8Array[] | string;
}

export function fakeTerminal({ env = {}, liveColumns, input }: FakeSurroundings = {}): FakeTerminal {
  let out = '';
  const complaints: string[] = [];
  const callbacks = new Set<() => void>();
  return {
    env,
    liveColumns,
    input: input === undefined ? undefined : pieces(input),
    complaints,
    get out() {
      return out;
    },
    get lines() {
      return out.split('\n').slice(0, -1);
    },
    get listeners() {
      return callbacks.size;
    },
    write: (text) => void (out += text),
    control: (sequence) => void (out += sequence),
    complain: (line) => void complaints.push(line),
    onStop(callback) {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
    stop() {
      for (const callback of callbacks) callback();
    },
  };
}

async function* pieces(input: readonly Uint8Array[] | string): AsyncGenerator<Uint8Array> {
  yield* await Promise.resolve(typeof input === 'string' ? [Buffer.from(input)] : input);
}

export interface Ran extends Pick<FakeTerminal, 'out' | 'complaints' | 'lines'> {
  readonly exitCode: ExitCode;
}

export async function runCommand(
  args: readonly string[],
  env: Record<string, string> = {},
  surroundings: Omit<FakeSurroundings, 'env'> = {},
): Promise<Ran> {
  const terminal = fakeTerminal({ env, ...surroundings });
  const exitCode = await run(args, terminal);
  const { out, complaints, lines } = terminal;
  return { exitCode, out, complaints, lines };
}

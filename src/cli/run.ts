/**
 * From arguments to an exit code: finds the command, prints help, and turns every error into lines with a
 * remedy for the user. Never prints a stack trace.
 */
import { readFile } from 'node:fs/promises';
import { ExitCode, InputError } from './command.js';
import type { Command } from './command.js';
import { DOCTOR_COMMAND } from './doctor-command.js';
import { EMULATE_COMMAND } from './emulate-command.js';
import { EXPLAIN_COMMAND } from './explain-command.js';
import { didYouMean, shownValue } from '../core/option/shown-value.js';
import { failureReport, escapingTerminal } from './terminal.js';
import { FLEET_COMMAND } from './fleet-command.js';
import { POLICY_COMMAND } from './policy-command.js';
import { SAY_COMMAND } from './say-command.js';
import { REPLAY_COMMAND } from './replay-command.js';
import { TIMELINE_COMMAND } from './timeline-command.js';
import { STORM_COMMAND } from './storm-command.js';
import type { Terminal } from './terminal.js';

export const COMMANDS: readonly Command[] = [
  SAY_COMMAND,
  DOCTOR_COMMAND,
  EMULATE_COMMAND,
  POLICY_COMMAND,
  EXPLAIN_COMMAND,
  TIMELINE_COMMAND,
  REPLAY_COMMAND,
  STORM_COMMAND,
  FLEET_COMMAND,
];

const NAMES = COMMANDS.map(({ name }) => name).join(', ');

const HELP = `avatarkit-session COMMAND [options]

An AvatarKit session that survives: reconnects, re-sends unfinished speech,
delivers every frame exactly once.

Commands:
${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(9)}${summary}`).join('\n')}

  help COMMAND, or COMMAND --help, shows its options and examples;
  version, or --version, the version.

Examples:
  avatarkit-session say --faults demo --seed 1
  avatarkit-session emulate --port 8787 --verbose
  avatarkit-session explain --close 4503 --reason "restarting"

Exit codes:
  0    fine
  1    the session or the service failed, or a keyframe was lost, repeated or
       wrong
  2    wrong input: an unknown command or option, a value out of bounds, a file
       that can't be used
  130  interrupted by Ctrl-C or SIGTERM; emulate, which they end as usual,
       gives 0

No colours and no live line when the output is no terminal, or with NO_COLOR.
`;

export async function run(args: readonly string[], surroundings: Terminal): Promise<ExitCode> {
  const terminal = escapingTerminal(surroundings);
  try {
    return await dispatch(args, terminal);
  } catch (error) {
    const lines =
      error instanceof InputError ? [`avatarkit-session: ${error.message}`] : failureReport(error);
    for (const line of lines) terminal.complain(line);
    return error instanceof InputError ? ExitCode.wrongInput : ExitCode.failed;
  }
}

async function dispatch([name, ...args]: readonly string[], terminal: Terminal): Promise<ExitCode> {
  if (name === undefined) {
    throw new InputError(`no command is given; commands: ${NAMES}; --help shows more`);
  }
  const isHelp = name === 'help' || isHelpOption(name);
  const ofCommand = args.some(isHelpOption) || isHelp;
  const [asked] = isHelp ? args.filter((word) => !isHelpOption(word)) : [name];
  if (asked === undefined) return shown(HELP, terminal);
  if (['version', '--version', '-v'].includes(asked)) return shown(`${await packageVersion()}\n`, terminal);
  const command = COMMANDS.find((known) => known.name === asked);
  if (command === undefined) throw unknownCommand(asked);
  return ofCommand ? shown(command.help, terminal) : command.run(args, terminal);
}

function isHelpOption(word: string): boolean {
  return word === '--help' || word === '-h';
}

function shown(text: string, terminal: Terminal): ExitCode {
  terminal.write(text);
  return ExitCode.fine;
}

function unknownCommand(asked: string): InputError {
  const names = [...COMMANDS.map((known) => known.name), 'help', 'version'];
  const kind = asked.startsWith('-') ? 'option' : 'command';
  const hint = didYouMean(asked.replace(/^-+/, ''), names);
  const what = `unknown ${kind}: ${shownValue(asked, names)}${hint === '' ? ';' : hint}`;
  return new InputError(`${what} commands: ${NAMES}; --help shows more`);
}

/** The version of the package that contains this file, as built or as source. */
async function packageVersion(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

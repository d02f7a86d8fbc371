#!/usr/bin/env node
/** The program `avatarkit-session`: runs the command line; the process ends when nothing is pending. */
import { ExitCode } from './command.js';
import { failureReport, escapingTerminal, processTerminal } from './terminal.js';
import { run } from './run.js';

const terminal = processTerminal();

// The reader of the output has closed it (`| head`): no more output is possible.
process.stdout.on('error', () => process.exit(ExitCode.failed));
process.on('uncaughtException', (error) => {
  for (const line of failureReport(error)) escapingTerminal(terminal).complain(line);
  process.exit(ExitCode.failed);
});

process.exitCode = await run(process.argv.slice(2), terminal);

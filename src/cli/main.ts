#!/usr/bin/env node
/** The program `avatarkit-session`: joins the command line to the process, and lets the process end by itself. */
import { escapingTerminal } from './escaping-terminal.js';
import { ExitCode } from './exit-code.js';
import { failureReport } from './failure-report.js';
import { run } from './run.js';
import { processTerminal } from './terminal.js';

const terminal = processTerminal();

// Whoever reads the output has gone (`| head`): there is nobody left to tell anything.
process.stdout.on('error', () => process.exit(ExitCode.failed));
process.on('uncaughtException', (error) => {
  for (const line of failureReport(error)) escapingTerminal(terminal).complain(line);
  process.exit(ExitCode.failed);
});

process.exitCode = await run(process.argv.slice(2), terminal);

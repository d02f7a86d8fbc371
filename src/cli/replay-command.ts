/**
 * `replay FILE`: repeats the sessions of a flight record and reports whether they behave in the same way. Decides the exit code; the
 * recorder does the replay. test/cli/run.test.ts compares the help with the accepted options.
 */
import { bySession } from '../recorder/flight-record.js';
import type { Course } from '../recorder/replay/course.js';
import { replayFlight, Unplayable } from '../recorder/replay/replay.js';
import type { Replay } from '../recorder/replay/replay.js';
import { ExitCode, InputError, parseOptions, requirePositionals } from './command.js';
import type { Command } from './command.js';
import { readRecord } from './record.js';
import { secondsText, shownPath, writeJsonLine } from './terminal.js';
import type { Terminal } from './terminal.js';

const REPLAY_HELP = `avatarkit-session replay FILE [options]

Replays the sessions of a flight record in virtual time: this version of the
session, with the options of the record, against the recorded behaviour of the
service and the network. Shows the behaviour of each session and compares it
with the record: how dials, utterances and the session ended, failures,
retries, reconnects, keyframes. So a report of a defect becomes a test.

No socket is opened and no secret is needed. Messages are made again with the
same number of keyframes, so a record without speech is enough. All times are
those of the record, including the delays of retries.

  --session ID     only this session; the first characters of its id suffice
  --json           one JSON object for each session

A session whose beginning is missing, or that sent Ogg Opus, is left out. Exit
codes: 0 if every session behaved the same, 1 if one did not, 2 if none can be
replayed.

Examples:
  avatarkit-session say --faults demo --record flight.jsonl
  avatarkit-session replay flight.jsonl
`;

export const REPLAY_COMMAND: Command = {
  name: 'replay',
  summary: 'replay a flight record and compare what the session does',
  help: REPLAY_HELP,
  async run(args, terminal) {
    const { values, positionals } = parseOptions('replay', args, {
      session: { type: 'string' },
      json: { type: 'boolean' },
    });
    const [path = ''] = requirePositionals('replay', positionals, ['FILE']);
    const { lines } = await readRecord(path);
    const flights = [...bySession(lines)].filter(([id]) => id.startsWith(values.session ?? ''));
    if (flights.length === 0) {
      const which = values.session === undefined ? 'no session is' : 'no session with this id is';
      throw new InputError(`${shownPath(path)}: ${which} in this record`);
    }
    const results: boolean[] = [];
    for (const [id, ofSession] of flights) {
      const replay = await flown(ofSession);
      if (typeof replay === 'string') {
        terminal.complain(`avatarkit-session: session ${id} is left out: ${replay}`);
        continue;
      }
      results.push(replay.differences.length === 0);
      if (values.json === true) writeJsonLine(terminal, jsonOf(id, replay));
      else show(terminal, id, replay);
    }
    if (results.length === 0) throw new InputError(`${shownPath(path)}: no session of it can be replayed`);
    return results.every(Boolean) ? ExitCode.fine : ExitCode.failed;
  },
};

/** @returns the replay, or why it is not possible */
async function flown(lines: Parameters<typeof replayFlight>[0]): Promise<Replay | string> {
  try {
    return await replayFlight(lines);
  } catch (error) {
    // TypeError and RangeError: the record has options that no session accepts.
    if (error instanceof Unplayable || error instanceof TypeError || error instanceof RangeError)
      return error.message;
    throw error;
  }
}

function jsonOf(id: string, { durationMs, recorded, replayed, differences }: Replay): object {
  return {
    session_id: id,
    duration_ms: Math.round(durationMs),
    same: differences.length === 0,
    differs: differences.map(({ what }) => what),
    recorded,
    replayed,
  };
}

function show(terminal: Terminal, id: string, { durationMs, replayed, differences }: Replay): void {
  terminal.write(`session ${id}, ${secondsText(durationMs)} in virtual time\n`);
  for (const what of Object.keys(replayed) as (keyof Course)[]) {
    const difference = differences.find((one) => one.what === what);
    if (difference !== undefined) {
      terminal.write(`  ${what.padEnd(NAME)}DIFFERS\n`);
      terminal.write(listed('    recorded', summed(difference.recorded)));
      terminal.write(listed('    replayed', summed(difference.replayed)));
    } else if (what !== 'states') terminal.write(listed(`  ${what}`, summed(replayed[what])));
  }
  terminal.write(`${differences.length === 0 ? 'the same as recorded' : 'not what was recorded'}\n`);
}

const COLUMNS = 80;
const NAME = 12;

/** As many items as fit into each line. */
function listed(name: string, all: readonly string[]): string {
  const lines: string[] = [];
  for (const [at, one] of all.entries()) {
    const word = at < all.length - 1 ? `${one};` : one;
    const latest = lines.at(-1);
    if (latest !== undefined && NAME + latest.length + 3 + word.length <= COLUMNS)
      lines[lines.length - 1] = `${latest} ${word}`;
    else lines.push(word);
  }
  const first = name.padEnd(NAME + 2);
  return lines.map((line, at) => `${at === 0 ? first : ' '.repeat(NAME + 2)}${line}\n`).join('');
}

/** Equal successive items become one item with a count. */
function summed(all: readonly string[]): string[] {
  const runs: { readonly one: string; count: number }[] = [];
  for (const one of all) {
    const latest = runs.at(-1);
    if (latest?.one === one) latest.count += 1;
    else runs.push({ one, count: 1 });
  }
  if (runs.length === 0) return ['none'];
  return runs.map(({ one, count }) => (count === 1 ? one : `${count} × ${one}`));
}

/**
 * `timeline FILE`: draws a flight record on one time axis, as a page or a picture. Checks all arguments before it reads the file; the
 * recorder draws. test/cli/run.test.ts compares the help with the accepted options.
 */
import { basename, resolve } from 'node:path';
import { signedText } from '../adapters/node/signed-text.js';
import { requireOneOf } from '../core/option/option-check.js';
import { linesOf } from '../recorder/flight-record.js';
import { flightsOf } from '../recorder/timeline/flight.js';
import type { Flight } from '../recorder/timeline/flight.js';
import { THEMES, timelinePage, timelineSvg } from '../recorder/timeline/page.js';
import type { TimelineOptions } from '../recorder/timeline/page.js';
import { asInput, ExitCode, InputError, parseNumber, parseOptions, requirePositionals } from './command.js';
import type { Command } from './command.js';
import { openOutputFile } from './named-files.js';
import type { OutputFile } from './named-files.js';
import { readRecord } from './record.js';
import type { ReadRecord } from './record.js';
import { shownPath } from './terminal.js';

const TIMELINE_HELP = `avatarkit-session timeline FILE --html OUT | --svg OUT [options]

Draws a flight record on one time axis: phases, dials, outages, utterances,
audio, keyframes, pings, and every decision with its reason. The page needs
nothing else, runs no script, and is as wide as the window; the picture is one
SVG file.

  --html OUT       writes the page
  --svg OUT        writes the picture
  --session ID     only this session; the first characters of its id suffice
  --from S         begins S seconds after the begin of each session
  --to S           ends there
  --theme NAME     colours of the picture: auto (default: as the reader's system
                   is), light or dark
  --force          replaces those files whatever is in them

A file that an earlier run wrote is replaced while it is unchanged, any other
only with --force. Records are written by the command say, and by
createRecorder() of avatarkit-session/recorder.

Examples:
  avatarkit-session say --faults demo --record flight.jsonl
  avatarkit-session timeline flight.jsonl --html flight.html
  avatarkit-session timeline flight.jsonl --svg flight.svg --from 2 --to 5
`;

const SIGNED = signedText('avatarkit-session timeline');
/** Allows more than a day. */
const SECONDS = { min: 0, max: 1e9 };

export const TIMELINE_COMMAND: Command = {
  name: 'timeline',
  summary: 'draw a flight record on one time axis',
  help: TIMELINE_HELP,
  async run(args, terminal) {
    const { values, positionals } = parseOptions('timeline', args, {
      html: { type: 'string' },
      svg: { type: 'string' },
      session: { type: 'string' },
      from: { type: 'string' },
      to: { type: 'string' },
      theme: { type: 'string' },
      force: { type: 'boolean' },
    });
    const [path = ''] = requirePositionals('timeline', positionals, ['FILE']);
    const { html, svg } = values;
    if (html === undefined && svg === undefined)
      throw new InputError('timeline: --html OUT or --svg OUT is missing; timeline --help shows more');
    if (html !== undefined && svg !== undefined && resolve(html) === resolve(svg))
      throw new InputError(`--html and --svg name the same file, ${shownPath(html)}`);
    const from = parseNumber('--from', values.from, SECONDS);
    const to = parseNumber('--to', values.to, SECONDS);
    if (from !== undefined && to !== undefined && to <= from)
      throw new InputError(`--to must be more than --from, ${from}`);

    const theme = asInput(() => requireOneOf('--theme', values.theme ?? 'auto', THEMES));
    const record = await readRecord(path);
    const flights = flightsOf(record.lines).filter(({ sessionId }) =>
      sessionId.startsWith(values.session ?? ''),
    );
    if (flights.length === 0) {
      const which = values.session === undefined ? 'no session is' : 'no session with this id is';
      throw new InputError(`${shownPath(path)}: ${which} in this record`);
    }
    const options: TimelineOptions = {
      title: `Flight record ${basename(path)}`,
      facts: factsOf(record),
      span: {
        ...(from === undefined ? {} : { fromMs: from * 1_000 }),
        ...(to === undefined ? {} : { toMs: to * 1_000 }),
      },
      theme,
      mark: SIGNED.unsignedMark,
    };
    const force = values.force === true;
    await writeSigned(html, force, () => timelinePage(flights, options));
    await writeSigned(svg, force, () => timelineSvg(flights, options));
    for (const flight of flights) terminal.write(`${summaryOf(flight)}\n`);
    return ExitCode.fine;
  },
};

async function writeSigned(path: string | undefined, force: boolean, draw: () => string): Promise<void> {
  if (path === undefined) return;
  const file: OutputFile = await openOutputFile(path, { isOwn: (text) => SIGNED.isSigned(text), force });
  try {
    await file.write(SIGNED.sign(draw()));
  } finally {
    await file.close();
  }
}

function factsOf({ lines, unread }: ReadRecord): string[] {
  const begin = linesOf(lines, 'begin')[0];
  const dropped = linesOf(lines, 'dropped').reduce((sum, line) => sum + line.lines, 0);
  const missing = unread + dropped;
  return [
    ...(begin === undefined
      ? []
      : [`avatarkit-session ${begin.package_version}, Node ${begin.node}, ${begin.platform}`]),
    ...(missing === 0
      ? []
      : [
          `${missing === 1 ? '1 line is' : `${missing} lines are`} missing from the record, or could not be read`,
        ]),
    ...linesOf(lines, 'uncaught').map(({ name, code }) => `Uncaught exception: ${name} ${code ?? ''}`),
  ];
}

function summaryOf({ sessionId, durationMs, dials, outages, utterances, decisions }: Flight): string {
  const seconds = (durationMs / 1_000).toFixed(1);
  return `session ${sessionId}: ${seconds} s · dials ${dials.length} · outages ${outages.length} · utterances ${utterances.length} · decisions and failures ${decisions.length}`;
}

/**
 * The cost figures of the documents, read from the rows of test/bench/RESULTS.md. A new run of the benchmarks
 * changes them.
 */
import { readSource } from '../source-imports.js';
import { table } from './markdown.js';

const RESULTS = 'test/bench/RESULTS.md';
const AUDIO_RESULTS = 'test/bench/AUDIO.md';

interface Row {
  readonly figure: string;
  readonly raw: string;
  readonly ratio: string;
}

/**
 * The summary row of this package. It is the first row with its name; the rows of the single runs follow
 * below.
 */
function rowOf(what: string, who: string, page = RESULTS): Row {
  for (const line of readSource(page).split('\n')) {
    const [, name, subject, figure = '', raw = '', ratio = ''] = line.split('|').map((cell) => cell.trim());
    if (name === what && subject === who) return { figure, raw, ratio };
  }
  throw new Error(`${page} has no row "${what}" of "${who}": name another one in bench-tables.ts`);
}

const ROWS: readonly (readonly [shown: string, what: string, who?: string])[] = [
  ['open and close', 'open and close'],
  ['open and close, the first 600 of a process', 'open and close, the first 600'],
  ['heap of each of 1000 idle sessions, heartbeat included', '1000 idle: heap each'],
  ['resident memory of each of 1000 idle sessions', '1000 idle: resident memory each'],
  ['heartbeats of 10 000 idle sessions, of one core', '10000 idle: heartbeats, of one core'],
  ['send 640 bytes, 50 in a turn of the event loop', 'send 640 bytes, 50 a turn'],
  ['send 640 bytes, alone', 'send 640 bytes, 1 a turn'],
  ['receive a message with 1 keyframe', 'receive 1 keyframe'],
  ['receive a message with 10 keyframes, typed', 'receive 10 keyframes, decoded', 'ours, typed'],
  ['receive a message with 10 keyframes, plain arrays', 'receive 10 keyframes, decoded', 'ours, plain'],
  ['round trip, p50', 'round trip, p50'],
  ['round trip, p99', 'round trip, p99'],
  [
    '1000 speaking sessions, 640 bytes each 20 ms: of one core',
    '1000 speaking, 640 bytes in 20 ms: of one core',
  ],
  ['the same: event-loop delay, p99', '1000 speaking, 640 bytes in 20 ms: event-loop delay p99'],
  [
    '1000 speaking sessions, answered each 40 ms: of one core',
    '1000 speaking, answered, 640 bytes in 20 ms: of one core',
  ],
  [
    'the same, answered: event-loop delay, p99',
    '1000 speaking, answered, 640 bytes in 20 ms: event-loop delay p99',
  ],
  ['reconnect, beside a cold dial', 'reconnect beside a cold dial'],
  ['the same, without the end of the lost socket', 'reconnect beside a cold dial, without the cut'],
  ['refused upgrade of a new session', 'refused upgrade'],
  ['the same, a process each', 'refused upgrade, a process each'],
  ['refused upgrade in an outage', 'refused upgrade, in an outage'],
];

/** The rows of test/bench/AUDIO.md that the documents show. */
export const AUDIO_ROWS: readonly (readonly [shown: string, what: string])[] = [
  [
    'encode to Ogg Opus, 16 kHz, chunks of 20 ms',
    'encode a second of speech to Ogg Opus, in chunks of 20 ms',
  ],
  ['encode to Ogg Opus, 16 kHz, in one piece', 'encode a second of speech to Ogg Opus, in one piece'],
  ['resample 24 kHz to 16 kHz', 'resample a second of speech, 24000 Hz to 16000 Hz'],
  ['resample 44.1 kHz to 16 kHz', 'resample a second of speech, 44100 Hz to 16000 Hz'],
  ['resample 48 kHz to 16 kHz', 'resample a second of speech, 48000 Hz to 16000 Hz'],
];

/** The cost of a session that speaks all the time. */
export function audioCostsTable(): string {
  return table(
    ['what', 'CPU for a second of speech', 'of one core'],
    AUDIO_ROWS.map(([shown, what]) => {
      const { figure } = rowOf(what, 'ours', AUDIO_RESULTS);
      return [shown, figure, `${(Number.parseFloat(figure) / 10).toFixed(2)} %`];
    }),
  );
}

/** The table of costs beside a bare socket. Ratios above 1.25 are in bold. */
export function costsTable(): string {
  return table(
    ['what', 'this package', 'bare socket', 'ratio'],
    ROWS.map(([shown, what, who = 'ours']) => {
      const { figure, raw, ratio } = rowOf(what, who);
      const times = Number(ratio.replace('× ', '')) || Number.parseFloat(figure) / Number.parseFloat(raw);
      const text = `× ${times.toFixed(2)}`;
      return [shown, figure, raw, times > 1.25 ? `**${text}**` : text];
    }),
  );
}

/**
 * Compares with the vendors' SDKs and with hand-written code. The other cells are facts about the SDKs'
 * public versions 0.1.
 */
export function comparisonTable(): string {
  const send = rowOf('send 640 bytes, 1 a turn', 'ours');
  const heap = rowOf('1000 idle: heap over raw', 'ours');
  const speaking = rowOf('1000 speaking, 640 bytes in 20 ms: of one core', 'ours');
  const reconnect = rowOf('reconnect beside a cold dial', 'ours');
  return table(
    ['what', 'vendors’ SDKs', 'a hundred lines by hand', 'this package'],
    [
      [
        'a lost connection',
        'ends the session',
        'reconnects; the sentence is lost',
        'reconnects, sends the sentence again',
      ],
      [
        'silence after a cut in mid-sentence',
        'permanent',
        'for the rest of the sentence',
        '0.6 s in the median, however much was said before',
      ],
      ['a wrong API key', 'an error', 'often retried without end', 'one error, no retry'],
      ['`Retry-After` of a refusal', 'not read', 'rarely read', 'a minimum wait'],
      [
        'a silent, half-open connection',
        'not noticed',
        'not noticed',
        'noticed within 3 s in mid-sentence, else 10 s',
      ],
      [
        'frames after an interrupt',
        'delivered as they come',
        'delivered as they come',
        'none of the old ones',
      ],
      ['1000 sessions after an outage', 'no reconnect', 'all dial at once', 'at most 18 dials in 100 ms'],
      ['an error without a listener', 'may end the process', 'may end the process', 'never ends the process'],
      ['telemetry to the vendor', 'on by default in the newer one', 'none', 'none'],
      ['CPU to send 640 bytes alone', '24 to 31 µs', `${send.raw} (\`ws\`, \`bufferutil\`)`, send.figure],
      [
        'heap of an idle session over `ws`',
        '1.5 KiB, no heartbeat',
        'none',
        `${heap.figure}, with heartbeat`,
      ],
      [
        'CPU of 1000 speaking sessions',
        'not measured',
        `${speaking.raw} of a core`,
        `${speaking.figure} of a core`,
      ],
      ['CPU of a reconnect', 'no reconnect', `${reconnect.raw} (a dial)`, reconnect.figure],
      ['tried with the real service', 'yes', 'yes', 'not yet'],
    ],
  );
}

/**
 * The behaviour of a session that must be the same in a replay: how its dials, its utterances and its life ended, and the reasons that it
 * gave. Times and random values are left out. Pure.
 */
import { linesOf } from '../flight-record.js';
import type { FlightLine } from '../flight-record.js';

/** The values that a replay compares, as lists of readable text. */
export interface Course {
  readonly dials: readonly string[];
  readonly failures: readonly string[];
  readonly retries: readonly string[];
  readonly reconnects: readonly string[];
  readonly utterances: readonly string[];
  readonly states: readonly string[];
  readonly end: readonly string[];
}

export function courseOf(lines: readonly FlightLine[]): Course {
  return {
    dials: linesOf(lines, 'dial')
      .filter(({ stage }) => stage === 'ended')
      .map(({ error }) => (error === undefined ? 'connected' : String(error['code']))),
    failures: linesOf(lines, 'error').map(({ error }) => String(error['code'])),
    retries: linesOf(lines, 'retry')
      .filter(({ source }) => source !== 'gate')
      .map(({ code, attempt }) => `${code} → attempt ${attempt}`),
    reconnects: linesOf(lines, 'reconnect').map(
      ({ code, attempts }) => `after ${code} at attempt ${attempts}`,
    ),
    utterances: linesOf(lines, 'utterance')
      .filter(({ stage }) => stage === 'ended')
      .map(({ outcome, code, keyframes = 0, replays = 0 }) => {
        const again = replays === 0 ? '' : `, sent again ${replays} ×`;
        return `${outcome ?? code ?? 'failed'}, ${keyframes} keyframes${again}`;
      }),
    states: linesOf(lines, 'state').map(({ to }) => to),
    end: linesOf(lines, 'close').map(({ reason, code }) =>
      code === undefined ? reason : `${reason}, ${code}`,
    ),
  };
}

export interface Difference {
  readonly what: keyof Course;
  readonly recorded: readonly string[];
  readonly replayed: readonly string[];
}

export function differencesOf(recorded: Course, replayed: Course): Difference[] {
  return (Object.keys(recorded) as (keyof Course)[]).flatMap((what) => {
    const pair = { recorded: recorded[what], replayed: replayed[what] };
    const isSame =
      pair.recorded.length === pair.replayed.length &&
      pair.recorded.every((one, at) => one === pair.replayed[at]);
    return isSame ? [] : [{ what, ...pair }];
  });
}

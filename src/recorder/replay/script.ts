/**
 * The record of one session as a script: what the service did to each dial and when, and what the application did. Pure. Must not know
 * how it is played.
 */
import { groupedBy, linesOf } from '../flight-record.js';
import type { FlightLine } from '../flight-record.js';
import type { Json } from '../line-kinds.js';

/** How a request or a dial failed, as far as the service or the network caused it. */
export interface ScriptedFailure {
  readonly httpStatus?: number;
  readonly body?: string;
  readonly retryAfterMs?: number;
  /** The code of the system's error; its message is added. */
  readonly systemCode?: string;
  readonly message: string;
}

export interface ScriptedToken {
  /** When the answer came; Infinity if the record does not contain it. */
  readonly toMs: number;
  readonly failure: ScriptedFailure | undefined;
}

/** A request of which the session had sent a part. */
export interface SentBefore {
  /** The number of the request on its connection, in the order of their first audio, from 0. */
  readonly request: number;
  readonly ended: boolean;
}

export interface ScriptedEvent {
  readonly atMs: number;
  readonly line: FlightLine<'wire'>;
  /** The request that the message answers; undefined for a message without a request of the session. */
  readonly after: SentBefore | undefined;
}

export interface ScriptedDial {
  readonly fromMs: number;
  readonly token: ScriptedToken;
  readonly toMs: number;
  /** Undefined if the upgrade failed. */
  readonly openedMs: number | undefined;
  readonly failure: ScriptedFailure | undefined;
  /** The messages of the service, and the end of the connection if the service ended it. */
  readonly events: readonly ScriptedEvent[];
  /** Pings from this time on were not answered; Infinity if all were. */
  readonly deafFromMs: number;
}

export interface ScriptedUtterance {
  readonly fromMs: number;
  readonly label: string | undefined;
  /** Written audio, with the times of the writes. */
  readonly writes: readonly { readonly atMs: number; readonly bytes: number }[];
  /** When the application ended it; undefined: never. */
  readonly endMs: number | undefined;
  /** When it was interrupted; undefined: never. */
  readonly interruptMs: number | undefined;
  /** When it settled in the record; undefined: never. */
  readonly settledMs: number | undefined;
}

export interface FlightScript {
  readonly config: Json;
  readonly durationMs: number;
  /** The token requests that were made before any dial. */
  readonly ahead: ScriptedToken;
  readonly dials: readonly ScriptedDial[];
  readonly utterances: readonly ScriptedUtterance[];
  /** The delays that the policy decided, in their order, milliseconds. */
  readonly delaysMs: readonly number[];
  readonly initMs: number | undefined;
  readonly startMs: number;
  readonly restartsMs: readonly number[];
  readonly closeMs: number | undefined;
  readonly abortMs: number | undefined;
  /** When the session gave up; undefined: never. */
  readonly givenUpMs: number | undefined;
}

/** Longer flights are not replayed. */
export const MAX_DURATION_MS = 24 * 60 * 60 * 1_000;

const MAX_AUDIO_BYTES = 256 * 1_024 * 1_024;

/** The most keyframes of one message; the service's longest message has fewer. */
const MAX_KEYFRAMES = 100_000;

/** A record that can't be replayed; the message states the reason. */
export class Unplayable extends Error {
  override readonly name = 'Unplayable';
}

/** @throws Unplayable */
export function scriptOf(lines: readonly FlightLine[]): FlightScript {
  const timed = timesOf(lines);
  const since = (line: FlightLine): number => timed.get(line) ?? 0;
  const states = linesOf(lines, 'state');
  const [first] = states;
  const config = linesOf(lines, 'session')[0]?.config ?? {};
  if (first?.from !== 'idle') throw new Unplayable('the begin of this session is not in the record');
  if (config['audioFormat'] === 1 || (config['oggOpusEncoder'] ?? false) !== false)
    throw new Unplayable('sessions with Ogg Opus can not be replayed');
  const last = lines.at(-1) ?? first;
  if (since(last) > MAX_DURATION_MS) throw new Unplayable('it took longer than a day');
  // Earlier ones were followed by a restart.
  const closing = states.findLast(({ to }) => to === 'closing');
  const closed = linesOf(lines, 'close').at(-1);
  const endedBy = (reason: string): number | undefined =>
    closing !== undefined && closed?.reason === reason ? since(closing) : undefined;
  const utterances = utterancesOf(lines, since);
  const audioBytes = utterances.flatMap(({ writes }) => writes).reduce((sum, { bytes }) => sum + bytes, 0);
  if (audioBytes > MAX_AUDIO_BYTES) throw new Unplayable('it sent more than 256 MiB of audio');
  if (linesOf(lines, 'wire').some(({ keyframes = 0 }) => keyframes > MAX_KEYFRAMES))
    throw new Unplayable(`a message of it has more than ${MAX_KEYFRAMES} keyframes`);
  const ahead = linesOf(lines, 'token').find((token) => token.ahead && token.stage === 'began');
  const decided = linesOf(lines, 'retry').filter(
    ({ source }) => !['gate', 'memory', 'budget'].includes(source),
  );
  return {
    config,
    durationMs: since(last),
    ahead: tokenOf(linesOf(lines, 'token'), since, true),
    dials: dialsOf(lines, since),
    utterances,
    delaysMs: decided.map(({ delay_ms }) => Math.max(delay_ms, 0)),
    initMs: ahead === undefined ? undefined : since(ahead),
    startMs: since(first),
    restartsMs: states.filter(({ from }) => from === 'closed').map(since),
    closeMs: endedBy('closed'),
    abortMs: endedBy('aborted'),
    givenUpMs: endedBy('failed'),
  };
}

type Since = (line: FlightLine) => number;

/** Milliseconds since the first line. Lines of the same millisecond keep their order: each is a little later than the previous one. */
function timesOf(lines: readonly FlightLine[]): ReadonlyMap<FlightLine, number> {
  const beganAtMs = lines[0]?.at_ms ?? 0;
  let latest = -Infinity;
  return new Map(
    lines.map((line) => {
      latest = Math.max(line.at_ms - beganAtMs, latest + 0.001);
      return [line, latest];
    }),
  );
}

function tokenOf(tokens: readonly FlightLine<'token'>[], since: Since, ahead = false): ScriptedToken {
  const end = tokens.find((token) => token.stage === 'ended' && token.ahead === ahead);
  return {
    toMs: end === undefined ? Infinity : since(end),
    failure: end?.error === undefined ? undefined : failureOf(end.error, end.cause_code),
  };
}

function dialsOf(lines: readonly FlightLine[], since: Since): ScriptedDial[] {
  const ends = new Map(
    linesOf(lines, 'dial')
      .filter(({ stage }) => stage === 'ended')
      .map((line) => [line.dial, line]),
  );
  const wires = groupedBy(linesOf(lines, 'wire'), ({ dial }) => dial);
  const tokens = linesOf(lines, 'token');
  return linesOf(lines, 'dial').flatMap((dial) => {
    if (dial.stage !== 'began') return [];
    const end = ends.get(dial.dial);
    const during = tokens.filter(({ seq }) => seq > dial.seq && seq < (end?.seq ?? Infinity));
    const wire = wires.get(dial.dial) ?? [];
    const opened = wire.find(({ event }) => event === 'opened');
    return [
      {
        fromMs: since(dial),
        token: tokenOf(during, since),
        toMs: end === undefined ? Infinity : since(end),
        openedMs: opened === undefined ? undefined : since(opened),
        failure: end?.error === undefined ? undefined : failureOf(end.error, end.cause_code),
        events: eventsOf(wire, since),
        deafFromMs: deafFrom(wire, since),
      },
    ];
  });
}

/** The service's actions on a connection, until the session began to close it. */
function eventsOf(wire: readonly FlightLine<'wire'>[], since: Since): ScriptedEvent[] {
  const sent = new Map<string, { readonly request: number; ended: boolean }>();
  const events: ScriptedEvent[] = [];
  for (const line of wire) {
    const { event, type, req_id: reqId = '', end = false } = line;
    if (event === 'closing') break;
    if (event === 'sent' && type === 'audio') {
      const request = sent.get(reqId) ?? { request: sent.size, ended: false };
      sent.set(reqId, request);
      request.ended ||= end;
    }
    if (event !== 'received' && event !== 'closed' && event !== 'violated') continue;
    const about = sent.get(reqId);
    events.push({ atMs: since(line), line, after: about && { ...about } });
  }
  return events;
}

function deafFrom(wire: readonly FlightLine<'wire'>[], since: Since): number {
  const alive = wire.findLast(({ event }) => event === 'pong' || event === 'received' || event === 'opened');
  const aliveMs = alive === undefined ? 0 : since(alive);
  const isDeaf = wire.some((line) => line.event === 'ping' && since(line) > aliveMs);
  return isDeaf ? aliveMs : Infinity;
}

function failureOf(error: Json, systemCode: string | undefined): ScriptedFailure {
  const { http_status, raw_body, retry_after_ms, cause, message } = error;
  return {
    ...(typeof http_status === 'number' ? { httpStatus: http_status } : {}),
    ...(typeof raw_body === 'string' ? { body: raw_body } : {}),
    ...(typeof retry_after_ms === 'number' ? { retryAfterMs: retry_after_ms } : {}),
    ...(systemCode === undefined ? {} : { systemCode }),
    message: typeof cause === 'string' ? cause : typeof message === 'string' ? message : '',
  };
}

function utterancesOf(lines: readonly FlightLine[], since: Since): ScriptedUtterance[] {
  const told = linesOf(lines, 'utterance');
  const ends = new Map(told.filter(({ stage }) => stage === 'ended').map((line) => [line.req_id, line]));
  const sent = groupedBy(
    linesOf(lines, 'wire').filter(({ event, type }) => event === 'sent' && type === 'audio'),
    ({ req_id }) => req_id ?? '',
  );
  const ids = new Set(told.map(({ req_id }) => req_id));
  /** The ends of requests that were sent again, under other ids. */
  const laterEnds = linesOf(lines, 'wire').filter(
    (line) => line.end === true && line.event === 'sent' && !ids.has(line.req_id ?? ''),
  );
  return told.flatMap((begun) => {
    if (begun.stage !== 'began') return [];
    const end = ends.get(begun.req_id);
    const isInterrupted = end?.outcome === 'interrupted';
    const first = (sent.get(begun.req_id) ?? []).map((line) => ({
      atMs: since(line),
      bytes: line.audio_bytes ?? 0,
      end: line.end === true,
    }));
    const seen = first.reduce((sum, { bytes }) => sum + bytes, 0);
    const rest = (end?.bytes ?? seen) - seen;
    const isEndSeen = first.some((one) => one.end);
    const again = isEndSeen || (end?.replays ?? 0) === 0 ? undefined : laterEnds.shift();
    const latestMs = again === undefined ? Infinity : since(again);
    const writes = [...first, ...restOf(first, rest, since(begun))]
      .filter(({ bytes }) => bytes > 0)
      .map(({ atMs, bytes }) => ({ atMs: Math.min(atMs, latestMs), bytes }));
    const lastMs = writes.at(-1)?.atMs ?? since(begun);
    const endSeenMs = first.find((one) => one.end)?.atMs ?? (again && latestMs);
    return [
      {
        fromMs: since(begun),
        label: begun.label,
        writes,
        endMs: endSeenMs ?? (end === undefined || isInterrupted ? undefined : lastMs),
        interruptMs: isInterrupted ? since(end) : undefined,
        settledMs: end === undefined ? undefined : since(end),
      },
    ];
  });
}

const PIECE_MS = 40;
const MAX_PIECES = 100_000;

/** Audio that was not sent on the first connection: it is written at the pace of the audio before, or all at once without such a pace. */
function restOf(
  first: readonly { readonly atMs: number; readonly bytes: number }[],
  rest: number,
  beganMs: number,
): { readonly atMs: number; readonly bytes: number }[] {
  if (rest <= 0) return [];
  const [from, to] = [first[0], first.at(-1)];
  const spanMs = (to?.atMs ?? 0) - (from?.atMs ?? 0);
  const known = first.slice(0, -1).reduce((sum, { bytes }) => sum + bytes, 0);
  const bytesPerMs = known / spanMs;
  const pieces = Math.ceil(rest / bytesPerMs / PIECE_MS);
  if (to === undefined || !(spanMs > PIECE_MS) || !(pieces <= MAX_PIECES))
    return [{ atMs: to?.atMs ?? beganMs, bytes: rest }];
  const perPiece = 2 * Math.ceil(rest / pieces / 2);
  return Array.from({ length: pieces }, (_, at) => ({
    atMs: to.atMs + (at + 1) * PIECE_MS,
    bytes: Math.max(Math.min(perPiece, rest - at * perPiece), 0),
  }));
}

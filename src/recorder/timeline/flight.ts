/**
 * The record of one session as items with a beginning and an end on a time axis. Pure: lines in, a flight out. Must not know how it is
 * drawn.
 */
import { bySession, linesOf } from '../flight-record.js';
import type { FlightLine } from '../flight-record.js';

/** Milliseconds since the beginning of the flight. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Flight {
  readonly sessionId: string;
  /** Unix epoch, milliseconds. */
  readonly beganAtMs: number;
  readonly durationMs: number;
  readonly states: readonly (Span & { readonly state: string; readonly reason: string })[];
  readonly dials: readonly (Span & {
    readonly attempt: number;
    readonly code: string | undefined;
    readonly text: string;
  })[];
  readonly outages: readonly (Span & { readonly code: string })[];
  readonly utterances: readonly UtteranceSpan[];
  readonly sent: readonly Amount[];
  readonly keyframes: readonly Amount[];
  readonly pings: readonly number[];
  readonly pongs: readonly number[];
  readonly decisions: readonly FlightEvent[];
}

export interface UtteranceSpan extends Span {
  /** Its label, or its number in the flight. */
  readonly name: string;
  readonly reqId: string;
  readonly firstFrameMs: number | undefined;
  /** Empty if the record does not contain it. */
  readonly outcome: string;
}

export interface Amount {
  readonly atMs: number;
  /** The amount of audio, milliseconds, or the number of keyframes. */
  readonly amount: number;
}

/** A decision or a failure, in words. */
export interface FlightEvent {
  readonly atMs: number;
  readonly tone: 'bad' | 'waiting' | 'good' | 'plain';
  readonly name: string;
  readonly text: string;
}

/** The sessions of a record, in the order in which they appear. */
export function flightsOf(lines: readonly FlightLine[]): Flight[] {
  return [...bySession(lines)].map(([sessionId, ofSession]) => flightOf(sessionId, ofSession));
}

function flightOf(sessionId: string, lines: readonly FlightLine[]): Flight {
  const beganAtMs = lines.reduce((least, line) => Math.min(least, firstMsOf(line)), Infinity);
  const endMs = lines.reduce((most, { at_ms }) => Math.max(most, at_ms), -Infinity) - beganAtMs;
  const since = (atMs: number): number => atMs - beganAtMs;
  const wire = linesOf(lines, 'wire');
  const bytesPerMs = bytesPerMsOf(lines);
  return {
    sessionId,
    beganAtMs,
    durationMs: Math.max(endMs, 1),
    states: statesOf(lines, since, endMs),
    dials: dialsOf(lines, since, endMs),
    outages: outagesOf(lines, since, endMs),
    utterances: utterancesOf(lines, since, endMs),
    sent: wire.flatMap(({ at_ms, audio_bytes = 0 }) =>
      audio_bytes > 0 ? [{ atMs: since(at_ms), amount: audio_bytes / bytesPerMs }] : [],
    ),
    keyframes: wire.flatMap(({ at_ms, keyframes = 0 }) =>
      keyframes > 0 ? [{ atMs: since(at_ms), amount: keyframes }] : [],
    ),
    pings: wire.filter(({ event }) => event === 'ping').map(({ at_ms }) => since(at_ms)),
    pongs: wire.filter(({ event }) => event === 'pong').map(({ at_ms }) => since(at_ms)),
    decisions: lines.flatMap((line) => eventsOf(line, since)),
  };
}

/** An outage begins before the line that reports it. */
function firstMsOf(line: FlightLine): number {
  return line.kind === 'reconnect' ? line.at_ms - line.outage_ms : line.at_ms;
}

/** For PCM; Ogg Opus is shown as if its bytes were PCM. */
function bytesPerMsOf(lines: readonly FlightLine[]): number {
  const rate = linesOf(lines, 'session')[0]?.config['sampleRate'];
  return (2 * (typeof rate === 'number' && rate > 0 ? rate : 16_000)) / 1_000;
}

type Since = (atMs: number) => number;

function statesOf(lines: readonly FlightLine[], since: Since, endMs: number): Flight['states'] {
  const moves = linesOf(lines, 'state');
  return moves.flatMap(({ at_ms, to, reason }, at) => {
    const next = moves[at + 1];
    const toMs = next === undefined ? endMs : since(next.at_ms);
    return to === 'closed' || to === 'idle' ? [] : [{ fromMs: since(at_ms), toMs, state: to, reason }];
  });
}

function dialsOf(lines: readonly FlightLine[], since: Since, endMs: number): Flight['dials'] {
  const all = linesOf(lines, 'dial');
  const ends = new Map(all.filter(({ stage }) => stage === 'ended').map((line) => [line.dial, line]));
  return all.flatMap(({ stage, dial, attempt, at_ms, reason }) => {
    if (stage !== 'began') return [];
    const end = ends.get(dial);
    const code = textOf(end?.error?.['code']);
    const steps = [
      ['token', end?.token_ms],
      ['upgrade', end?.upgrade_ms],
      ['handshake', end?.handshake_ms],
    ].flatMap(([step, ms]) => (typeof ms === 'number' ? [`${step} ${Math.round(ms)} ms`] : []));
    const text = [`attempt ${attempt} (${reason})`, ...steps, ...(code === undefined ? [] : [code])].join(
      ', ',
    );
    return [
      { fromMs: since(at_ms), toMs: end === undefined ? endMs : since(end.at_ms), attempt, code, text },
    ];
  });
}

function outagesOf(lines: readonly FlightLine[], since: Since, endMs: number): Flight['outages'] {
  const ended = linesOf(lines, 'reconnect').map(({ at_ms, outage_ms, code }) => ({
    fromMs: since(at_ms - outage_ms),
    toMs: since(at_ms),
    code,
  }));
  return [...ended, ...openOutage(lines, since, endMs)];
}

/** An outage that no connection has ended: the session waits, or gave up. */
function openOutage(lines: readonly FlightLine[], since: Since, endMs: number): Flight['outages'] {
  const latest = lines.findLast(
    ({ kind }) => kind === 'reconnect' || kind === 'connection_closed' || kind === 'close',
  );
  const failed = linesOf(lines, 'close').findLast(({ reason }) => reason === 'failed');
  const loss = linesOf(lines, 'connection_closed').at(-1);
  if (loss === undefined || (latest?.kind === 'close' && failed === undefined)) return [];
  if (latest?.kind === 'reconnect') return [];
  const waits = linesOf(lines, 'state').some(({ to, at_ms }) => to === 'waiting' && at_ms >= loss.at_ms);
  if (!waits) return [];
  const code = failed?.code ?? linesOf(lines, 'retry').at(-1)?.code ?? '';
  return [{ fromMs: since(loss.at_ms), toMs: failed === undefined ? endMs : since(failed.at_ms), code }];
}

function utterancesOf(lines: readonly FlightLine[], since: Since, endMs: number): UtteranceSpan[] {
  const all = linesOf(lines, 'utterance');
  const [ends, firsts] = (['ended', 'first_frame'] as const).map(
    (wanted) => new Map(all.filter(({ stage }) => stage === wanted).map((line) => [line.req_id, line])),
  );
  const begun = all.filter(({ stage }) => stage === 'began');
  return begun.map(({ req_id, label, at_ms }, at) => {
    const end = ends?.get(req_id);
    const first = firsts?.get(req_id);
    return {
      name: label ?? `utterance ${at + 1}`,
      reqId: req_id,
      fromMs: since(at_ms),
      toMs: end === undefined ? endMs : since(end.at_ms),
      firstFrameMs: first === undefined ? undefined : since(first.at_ms),
      outcome: end?.outcome ?? end?.code ?? '',
    };
  });
}

function eventsOf(line: FlightLine, since: Since): FlightEvent[] {
  const event = (tone: FlightEvent['tone'], name: string, text: string): FlightEvent[] => [
    { atMs: since(line.at_ms), tone, name, text },
  ];
  switch (line.kind) {
    case 'error': {
      const { code, message, phase } = line.error;
      return event('bad', textOf(code) ?? 'error', `in ${textOf(phase) ?? '?'}: ${textOf(message) ?? ''}`);
    }
    case 'retry':
      return event('waiting', 'retry', line.why);
    case 'reconnect': {
      const { outage_ms, attempts } = line;
      return event('good', 'reconnected', `after ${secondsText(outage_ms)}, at attempt ${attempts}`);
    }
    case 'close': {
      const { reason, why, code } = line;
      const text = why ?? code ?? '';
      return event(reason === 'failed' ? 'bad' : 'plain', `closed: ${reason}`, text);
    }
    case 'gate_wait':
    case 'fleet_wait': {
      const where = line.kind === 'gate_wait' ? `the gate of the ${line.gate}` : 'the fleet';
      return line.stage === 'began' ? event('waiting', `waits for ${where}`, line.reason) : [];
    }
    case 'fleet_lease':
      return event(line.change === 'lost' ? 'bad' : 'plain', `lease ${line.change}`, line.reason);
    case 'idle':
      return line.stage === 'began' ? event('plain', 'idle', 'the session waits for audio') : [];
    case 'rollover':
      return event(
        'plain',
        'rollover',
        `after ${secondsText(line.live_ms)}: the connection is replaced in time`,
      );
    case 'begin':
    case 'dropped':
    case 'uncaught':
    case 'end':
    case 'session':
    case 'dial':
    case 'token':
    case 'utterance':
    case 'state':
    case 'connection_closed':
    case 'wire':
      return [];
  }
}

export function secondsText(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

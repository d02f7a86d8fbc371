/**
 * A world's chronicle as readable lines: number, time, component, event. Contains only facts of the
 * chronicle.
 */
import { AvatarSDKError } from '../../src/index.js';
import { decodeServerMessage } from '../../src/wire/decode.js';
import { MessageType, WireError } from '../../src/ports/message.js';
import type { Entry, Outcome, Emitted } from './world/chronicle.js';
import type { Run } from './world/run-schedule.js';
import type { Schedule } from './world/schedule.js';

const MOST_FRAMES_IN_ROW = 12;
const SHOWN_OF_ROW = 3;

export function traceOf({ schedule, entries, violation }: Run): string {
  const lines = [...headerOf(schedule), '', ...abridged(entries)];
  if (violation !== undefined) {
    const { check, what, atMs } = violation;
    lines.push('', `VIOLATION of ${check} at ${timeText(atMs)}: ${what}`);
  }
  return lines.join('\n');
}

/** The values that the seed drew, in order. */
export function headerOf(schedule: Schedule): string[] {
  const { seed, climate, service, accounts, sessions, operations, disturbances, endsAtMs } = schedule;
  return [
    `seed ${seed}: ${sessions.length} session(s), ${operations.length} operation(s), ${disturbances.length} disturbance(s)`,
    `adversary  ${schedule.adversaries.join(', ') || 'none'}`,
    `network    ${JSON.stringify(climate)}`,
    `service    ${JSON.stringify(service)}`,
    `accounts   ${JSON.stringify(accounts)}`,
    ...sessions.map((traits, index) => `session ${index + 1}  ${JSON.stringify(traits)}`),
    ...operations.map(
      ({ atMs, session, does }) => `at ${timeText(atMs)}  session ${session + 1}: ${JSON.stringify(does)}`,
    ),
    ...disturbances.map((one) => `trouble    ${JSON.stringify(one)}`),
    `at ${timeText(endsAtMs)}  everything that is open is closed`,
  ];
}

/** Frames are many and similar. Of a row of them, only the first and the last ones are shown. */
function abridged(entries: readonly Entry[]): string[] {
  const lines: string[] = [];
  for (let at = 0; at < entries.length; at++) {
    let to = at;
    while (to < entries.length && isFrame(entries[to])) to += 1;
    const inRow = to - at;
    for (const entry of entries.slice(
      at,
      inRow > MOST_FRAMES_IN_ROW ? at + SHOWN_OF_ROW : Math.max(to, at + 1),
    )) {
      lines.push(lineOf(entry));
    }
    if (inRow > MOST_FRAMES_IN_ROW) {
      lines.push(`       … ${inRow - 2 * SHOWN_OF_ROW} more entries about frames`);
      lines.push(...entries.slice(to - SHOWN_OF_ROW, to).map(lineOf));
    }
    at = Math.max(at, to - 1);
  }
  return lines;
}

function isFrame(entry: Entry | undefined): boolean {
  if (entry?.kind === 'service') return entry.entry.event === 'animation' && !entry.entry.end;
  if (entry?.kind === 'received') return messageText(entry.data).includes('keyframe(s)');
  return entry?.kind === 'emitted' && entry.name === 'frame' && !entry.payload.end;
}

function lineOf(entry: Entry): string {
  const [who, what] = sentenceOf(entry);
  return `${String(entry.number).padStart(5)}  ${timeText(entry.atMs)}  ${who.padEnd(10)} ${what}`;
}

function timeText(ms: number): string {
  return `${(ms / 1_000).toFixed(4).padStart(9)} s`;
}

function sentenceOf(entry: Entry): readonly [who: string, what: string] {
  switch (entry.kind) {
    case 'did':
      return [`app ${entry.session}`, `${entry.what}${entry.id === undefined ? '' : ` → ${entry.id}`}`];
    case 'settled':
      return [`app ${entry.session}`, `${entry.id} ${outcomeText(entry.outcome)}`];
    case 'emitted':
      return [`session ${entry.session}`, emittedText(entry)];
    case 'envelope':
      return [`session ${entry.session}`, `emits the envelope of a frame${entry.isLast ? ', the last' : ''}`];
    case 'tokenAsked':
      return [`session ${entry.session}`, 'asks for a token'];
    case 'dialled':
      return [`session ${entry.session}`, `dials: socket ${entry.socket}`];
    case 'arrived':
      return ['network', `socket ${entry.socket} is the service's connection ${entry.connection}`];
    case 'dialFailed':
      return ['network', `socket ${entry.socket} does not open: ${entry.why}`];
    case 'gatewayAnswered':
      return ['gateway', `answers session ${entry.session} with its own page, ${entry.status}`];
    case 'servicePing':
      return [
        'network',
        `socket ${entry.socket}: ping ${entry.nth} ${entry.read ? 'is read' : 'has arrived'}`,
      ];
    case 'endSent':
      return [`session ${entry.session}`, `sends the end of ${entry.reqId}`];
    case 'source':
      return [
        `app ${entry.session}`,
        `the source of ${entry.of} ${entry.what === 'left' ? 'is left' : 'stalls'}`,
      ];
    case 'hinted':
      return ['network', `session ${entry.session} is asked to wait for ${entry.hintMs} ms`];
    case 'socketOpened':
      return ['network', `socket ${entry.socket} opens`];
    case 'socketLeft':
      return [`session ${entry.session}`, `leaves socket ${entry.socket}: ${entry.how}`];
    case 'socketGone':
      return ['network', `socket ${entry.socket} is gone: ${entry.code}`];
    case 'received':
      return ['network', `socket ${entry.socket} brings ${messageText(entry.data)}`];
    case 'disturbed':
      return ['trouble', `${entry.socket === undefined ? '' : `socket ${entry.socket}: `}${entry.what}`];
    case 'service': {
      const { event, connection, ...rest } = entry.entry;
      const facts = Object.fromEntries(Object.entries(rest).filter(([name]) => name !== 'atMs'));
      return [
        'service',
        `${connection === undefined ? '' : `connection ${connection}: `}${event} ${JSON.stringify(facts)}`,
      ];
    }
    case 'uncaught':
      return ['process', `uncaught: ${String(entry.error)}`];
  }
}

function outcomeText(outcome: Outcome): string {
  if (outcome.how === 'rejected') return `is rejected: ${errorText(outcome.error)}`;
  return outcome.value === undefined ? 'is resolved' : `is resolved: ${JSON.stringify(outcome.value)}`;
}

function errorText(error: unknown): string {
  if (!(error instanceof AvatarSDKError)) return String(error);
  const { code, phase, step, willRetry, reason, outcome, attempt } = error;
  const verdict = willRetry ? 'goes on' : `over${reason === undefined ? '' : ` (${reason})`}`;
  return `${code} in ${phase}/${step}, attempt ${attempt ?? '–'}, ${outcome ?? verdict}: ${error.message}`;
}

function emittedText(emitted: Emitted): string {
  switch (emitted.name) {
    case 'state':
      return `${emitted.payload.from} → ${emitted.payload.to}: ${emitted.payload.reason}`;
    case 'error':
      return `emits an error: ${errorText(emitted.payload)}`;
    case 'retry': {
      const { attempt, delayMs, source } = emitted.payload;
      return `announces attempt ${attempt} in ${delayMs} ms (${source})`;
    }
    case 'reconnect': {
      const { connectionId, attempts, outageMs } = emitted.payload;
      return `has reconnected as ${connectionId} after ${attempts} attempt(s), ${outageMs.toFixed(1)} ms`;
    }
    case 'frame': {
      const { reqId, index, end, raw } = emitted.payload;
      return `emits frame ${index} of ${reqId}, ${raw.length} bytes${end ? ', the last' : ''}`;
    }
    case 'playback':
      return `emits playback: ${JSON.stringify(emitted.payload)}`;
    case 'close':
      return `emits its close: ${emitted.payload.reason}`;
  }
}

function messageText(data: Uint8Array | string): string {
  if (typeof data === 'string') return `text of ${data.length} characters`;
  try {
    const message = decodeServerMessage(data);
    switch (message.type) {
      case 'ignored':
        return `a message of type ${message.messageType}`;
      case MessageType.serverConfirmSession:
        return `the confirmation ${message.connectionId}`;
      case MessageType.serverResponseAnimation:
        return `${message.keyframeCount} keyframe(s) of ${message.reqId}${message.end ? ', the last' : ''}`;
      case MessageType.serverError:
        return `error ${message.code} for ${message.reqId || 'unknown'}: ${message.message}`;
      case MessageType.serverPlaybackState:
        return `playback state ${message.state} of ${message.reqId} at ${message.playedMs} ms`;
    }
  } catch (error) {
    if (error instanceof WireError) return `${data.length} bytes that are not a message`;
    throw error;
  }
}

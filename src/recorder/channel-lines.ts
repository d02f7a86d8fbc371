/**
 * The messages that sessions publish on their channels, as lines of a flight record. Of a session it keeps only the numbers of its
 * running dials.
 */
import type { ChannelListener } from '../client/events/channel-listener.js';
import type {
  ChannelMessage,
  DialMessage,
  TokenMessage,
  UtteranceMessage,
  WaitMessage,
} from '../client/events/channels.js';
import type { AvatarSDKError } from '../core/failure/avatar-sdk-error.js';
import { ownMember } from '../core/option/plain-object.js';
import type { RecordFacts, RecordKind } from './flight-record.js';

/** Writes a line. */
export type WriteLine = <Kind extends RecordKind>(kind: Kind, facts: RecordFacts<Kind>) => void;

/** The numbers of dials, by their message objects. */
export class DialNumbers {
  readonly #numbers = new WeakMap<object, number>();
  #latest = 0;

  begin(course: object): number {
    this.#latest += 1;
    this.#numbers.set(course, this.#latest);
    return this.#latest;
  }

  /** 0 for a dial that began before the record. */
  of(course: object | undefined): number {
    return (course && this.#numbers.get(course)) ?? 0;
  }
}

/** @param important called after a line that must not be lost */
export function channelLines(write: WriteLine, dials: DialNumbers, important: () => void): ChannelListener {
  return {
    dial: {
      start: (message) => write('dial', dialLine('began', dials.begin(message), message)),
      asyncEnd: (message) => write('dial', dialLine('ended', dials.of(message), message)),
    },
    token: {
      start: (message) => write('token', tokenLine('began', message)),
      asyncEnd: (message) => write('token', tokenLine('ended', message)),
    },
    utterance: {
      start: (message) => write('utterance', utteranceLine('began', message)),
      asyncEnd: (message) => write('utterance', utteranceLine('ended', message)),
    },
    firstFrame: (message) => write('utterance', utteranceLine('first_frame', message)),
    state(message) {
      const { from, to, reason, phase } = message;
      write('state', { ...of(message), from, to, reason, phase });
    },
    retry(message) {
      const { attempt, delayMs, source, why, error } = message;
      const { code, reqId } = error;
      write('retry', { ...of(message), attempt, delay_ms: delayMs, source, why, code, req_id: reqId });
    },
    reconnect(message) {
      const { connectionId, previousConnectionId, attempts, outageMs, error } = message;
      const ids = { connection_id: connectionId, previous_connection_id: previousConnectionId };
      write('reconnect', { ...of(message), ...ids, attempts, outage_ms: outageMs, code: error.code });
    },
    error(message) {
      write('error', { ...of(message), ...failure(message.error) });
      important();
    },
    close(message) {
      const { reason, why, error } = message;
      write('close', { ...of(message), reason, why, code: error?.code });
      important();
    },
    gateWait: (message) => write('gate_wait', { ...waitLine(message), gate: message.gate }),
    fleetWait: (message) => write('fleet_wait', waitLine(message)),
    fleetLease(message) {
      const { change, reason, waitedMs } = message;
      write('fleet_lease', { ...of(message), change, reason, waited_ms: waitedMs });
    },
    idle(message) {
      write('idle', { ...of(message), stage: message.stage, waited_ms: message.waitedMs });
    },
    rollover(message) {
      write('rollover', { ...of(message), connection_id: message.connectionId, live_ms: message.liveMs });
    },
    connectionClosed(message) {
      const { connectionId, closeCode, liveMs } = message;
      write('connection_closed', {
        ...of(message),
        connection_id: connectionId,
        close_code: closeCode,
        live_ms: liveMs,
      });
    },
  };
}

function of({ sessionId }: ChannelMessage): { session_id: string } {
  return { session_id: sessionId };
}

/** The remediation of a code is not written, because the package contains it. */
function failure(error: AvatarSDKError): { error: Record<string, unknown>; cause_code?: string | undefined } {
  const json = error.toJSON();
  delete json['remediation'];
  const cause = ownMember(error, 'cause');
  const code: unknown = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return { error: json, ...(typeof code === 'string' ? { cause_code: code } : {}) };
}

function dialLine(stage: 'began' | 'ended', dial: number, message: DialMessage): RecordFacts<'dial'> {
  const { endpoint, attempt, reason, error } = message;
  return {
    ...of(message),
    stage,
    dial,
    host: endpoint.host,
    port: endpoint.port,
    attempt,
    reason,
    token_ms: message.tokenMs,
    upgrade_ms: message.upgradeMs,
    handshake_ms: message.handshakeMs,
    duration_ms: message.durationMs,
    http_status: message.httpStatus,
    connection_id: message.result,
    ...(error === undefined ? {} : failure(error)),
  };
}

function tokenLine(stage: 'began' | 'ended', message: TokenMessage): RecordFacts<'token'> {
  const { reason, ahead, durationMs, httpStatus, error } = message;
  return {
    ...of(message),
    stage,
    reason,
    ahead,
    duration_ms: durationMs,
    http_status: httpStatus,
    ...(error === undefined ? {} : failure(error)),
  };
}

function utteranceLine(
  stage: RecordFacts<'utterance'>['stage'],
  message: UtteranceMessage,
): RecordFacts<'utterance'> {
  const { reqId, label, audioMs, bytes, firstFrameMs, keyframes, replays, outcome, positionMs } = message;
  const { durationMs, error } = message;
  return {
    ...of(message),
    stage,
    req_id: reqId,
    label,
    audio_ms: audioMs,
    bytes,
    first_frame_ms: firstFrameMs,
    keyframes,
    replays,
    outcome,
    position_ms: positionMs,
    duration_ms: durationMs,
    code: error?.code,
    message: error?.message,
  };
}

function waitLine(message: WaitMessage): RecordFacts<'fleet_wait'> {
  const { stage, reason, leastMs, waitedMs, admitted } = message;
  return { ...of(message), stage, reason, least_ms: leastMs, waited_ms: waitedMs, admitted };
}

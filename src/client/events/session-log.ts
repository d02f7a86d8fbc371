/**
 * The lines that a session writes to the logger of the application: one for each step of its life, made from the messages of the
 * channels, with snake_case names. Sets the level of each line. A logger that throws does not affect the session.
 */
import type { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import { answerMember, onRejection, ownMember } from '../../core/option/plain-object.js';
import type { Clock } from '../../ports/clock.js';
import { thrownStack } from '../waiting/deferred.js';
import type { ChannelMessage, PointMessages, PointName, WaitMessage } from './channels.js';
import { avatarErrorSerializer } from './logger.js';
import type { LogLevel, Logger } from './logger.js';
import { warnOfHandler } from './process-warnings.js';

interface Line {
  readonly level: LogLevel;
  readonly text: string;
  readonly record: Readonly<Record<string, unknown>>;
}

type Lines = { readonly [Name in PointName]?: (message: PointMessages[Name]) => Line | undefined };

const LINES: Lines = {
  state: ({ from, to, reason, phase }) => line('debug', `state ${to}`, { phase, from, to, reason }),
  error: (message) => errorLine(message.error),
  retry: ({ error, attempt, delayMs, source }) => {
    const { code, phase, message: reason } = error;
    const record = { phase, code, attempt, delay_ms: delayMs, source, reason };
    return line('warn', `attempt ${attempt} in ${Math.round(delayMs)} ms after ${code}`, record);
  },
  reconnect: ({ connectionId, previousConnectionId, attempts, outageMs, error }) => {
    const { code, phase } = error;
    const ids = { connection_id: connectionId, previous_connection_id: previousConnectionId };
    const record = { phase, code, attempt: attempts, outage_ms: outageMs, ...ids };
    return line('warn', `reconnected after ${outageMs} ms`, record);
  },
  close: ({ reason, error }) =>
    line('info', `closed: ${reason}`, error === undefined ? { reason } : { reason, ...placeOf(error) }),
  gateWait: (message) => waitLine(message, 'at the connect gate', { gate: message.gate }),
  fleetWait: (message) => waitLine(message, 'for the coordinator of the fleet', {}),
  fleetLease: ({ change, reason, waitedMs }) =>
    line(change === 'lost' ? 'warn' : 'debug', `lease ${change}`, { change, reason, waited_ms: waitedMs }),
  idle: ({ stage, waitedMs }) =>
    line('info', stage === 'began' ? 'waits for audio' : 'audio came', { stage, waited_ms: waitedMs }),
  rollover: ({ connectionId, liveMs }) =>
    line('info', 'the connection is replaced in time', { connection_id: connectionId, live_ms: liveMs }),
  connectionClosed: ({ connectionId, closeCode, liveMs }) => {
    const record = { connection_id: connectionId, close_code: closeCode, live_ms: liveMs };
    return line('debug', `connection over after ${Math.round(liveMs)} ms`, record);
  },
};

function line(level: LogLevel, text: string, record: Line['record']): Line {
  return { level, text, record };
}

/** Where the failure happened, and what is done about it. */
function placeOf(error: AvatarSDKError): Line['record'] {
  const { phase, code, willRetry: will_retry } = error;
  const attempt = ownMember(error, 'attempt');
  return { phase, code, will_retry, ...(attempt === undefined ? {} : { attempt }) };
}

/** A retried failure has a line of its own at `warn`; the remedy for an operator is written at `error` only. */
function errorLine(error: AvatarSDKError): Line {
  const { message, code, step, willRetry } = error;
  const reason = ownMember(error, 'reason');
  const outcome = ownMember(error, 'outcome');
  const place = { ...placeOf(error), step, ...(outcome === undefined ? {} : { outcome }) };
  if (willRetry) {
    return line(outcome === undefined ? 'debug' : 'warn', `${code}: ${message}`, {
      ...place,
      reason: message,
    });
  }
  return line('error', `${code}: ${message}`, {
    ...place,
    reason: reason ?? message,
    error: avatarErrorSerializer(error),
  });
}

function waitLine(message: WaitMessage, where: string, more: Line['record']): Line {
  const { stage, reason, leastMs, waitedMs, admitted } = message;
  const record = { stage, reason, delay_ms: leastMs, waited_ms: waitedMs, admitted, ...more };
  return line('debug', stage === 'began' ? `waits ${where}` : `waited ${where}`, record);
}

interface SessionLogger {
  readonly logger: Logger;
  readonly bindings: Line['record'];
}

export class SessionLog {
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #logger: Logger;
  /** The logger of this session. If loggers have no children, the names are added to every line. */
  #child: SessionLogger | undefined;

  constructor(logger: Logger, clock: Pick<Clock, 'nowMs'>) {
    this.#logger = logger;
    this.#clock = clock;
  }

  /** Writes the line of a message, if it has one. */
  write<Name extends PointName>(name: Name, message: PointMessages[Name]): void {
    try {
      const written = LINES[name]?.(message);
      if (written === undefined) return;
      const { logger, bindings } = (this.#child ??= this.#makeChild(message));
      const { level, text, record } = written;
      onRejection(logger[level]({ ...bindings, ...record }, text), (error) => this.#failed(error));
    } catch (error) {
      this.#failed(error);
    }
  }

  #makeChild({ sessionId, endpoint }: ChannelMessage): SessionLogger {
    const bindings = { session_id: sessionId, endpoint: `${endpoint.host}:${endpoint.port}` };
    const logger = this.#logger;
    // A member of Object.prototype is no method of a logger.
    return typeof answerMember(logger, 'child') === 'function' && logger.child !== undefined
      ? { logger: logger.child(bindings), bindings: {} }
      : { logger, bindings };
  }

  #failed(error: unknown): void {
    const describe = (): string => `the logger of an avatar session failed: ${thrownStack(error)}`;
    warnOfHandler({ owner: this, what: 'logger', nowMs: this.#clock.nowMs(), describe });
  }
}

/**
 * One readable line for each event of a session: when, in which phase, what, and why. Turns events into text
 * and a tone; prints nothing and counts nothing.
 */
import type { LogEntry } from '../emulator/index.js';
import type { AvatarSDKError, ReconnectInfo, SessionState, StateChange } from '../index.js';
import { secondsText } from './output-text.js';
import type { Tone } from './terminal.js';

export interface LifecycleLine {
  /** The first column: a state of the session, or `service` for events of the embedded service. */
  readonly where: SessionState | AvatarSDKError['phase'] | 'service';
  readonly text: string;
  readonly tone: Tone;
}

const WHERE_CHARACTERS = 17;

/** `  1.07 s  session_token      …` */
export function formatLine(elapsedMs: number, { where, text }: LifecycleLine): string {
  return `${secondsText(elapsedMs, 2).padStart(8)}  ${where.padEnd(WHERE_CHARACTERS)}  ${text}`;
}

/** `attempt` is the number of the dial that is being made, or is coming. */
export function stateLine({ to, reason }: StateChange, attempt: number): LifecycleLine {
  switch (to) {
    case 'idle':
      return { where: to, text: reason, tone: 'plain' };
    case 'session_token':
      return { where: to, text: `attempt ${attempt} (${reason}): asking for a session token`, tone: 'plain' };
    case 'websocket_connect':
      return { where: to, text: `attempt ${attempt}: ${reason}, connecting`, tone: 'plain' };
    case 'websocket_runtime':
      return { where: to, text: `attempt ${attempt}: confirmed, connection ${reason}`, tone: 'good' };
    case 'waiting':
      return { where: to, text: reason, tone: 'waiting' };
    case 'closing':
    case 'closed':
      return { where: to, text: reason, tone: 'plain' };
  }
}

export function failureLine(error: AvatarSDKError): LifecycleLine {
  const { code, phase, step, message } = error;
  return { where: phase, text: `${code} at step ${step}: ${message}`, tone: 'bad' };
}

export function reconnectLine({ outageMs, attempts, error }: ReconnectInfo): LifecycleLine {
  const text = `reconnected ${secondsText(outageMs, 2)} after ${error.code}, at attempt ${attempts}; unfinished speech is sent again`;
  return { where: 'websocket_runtime', text, tone: 'good' };
}

export function faultLine({ kind, phase }: Extract<LogEntry, { event: 'faultFired' }>): LifecycleLine {
  return { where: 'service', text: `fault: ${kind} (${phase})`, tone: 'quiet' };
}

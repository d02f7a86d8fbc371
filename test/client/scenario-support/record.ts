/**
 * Listens to every event of a session, and keeps the payloads in the order in which they came. Contains no
 * assertion.
 */
import type {
  AvatarSDKError,
  AvatarSession,
  CloseInfo,
  Frame,
  PlaybackEvent,
  ReconnectInfo,
  RetryInfo,
  SessionEventName,
  SessionEvents,
  StateChange,
} from '../../../src/index.js';

export class Record {
  readonly names: SessionEventName[] = [];
  readonly errors: AvatarSDKError[] = [];
  readonly retries: RetryInfo[] = [];
  readonly reconnects: ReconnectInfo[] = [];
  readonly states: StateChange[] = [];
  readonly frames: Frame[] = [];
  readonly playback: PlaybackEvent[] = [];
  readonly closes: CloseInfo[] = [];

  framesOf(reqId: string): Frame[] {
    return this.frames.filter((frame) => frame.reqId === reqId);
  }
}

export function record(session: AvatarSession): Record {
  const seen = new Record();
  const keep = <Name extends SessionEventName>(name: Name, into: SessionEvents[Name][]): void => {
    session.on(name, (payload) => {
      seen.names.push(name);
      into.push(payload);
    });
  };
  keep('error', seen.errors);
  keep('retry', seen.retries);
  keep('reconnect', seen.reconnects);
  keep('state', seen.states);
  keep('frame', seen.frames);
  keep('playback', seen.playback);
  keep('close', seen.closes);
  return seen;
}

/** Resolves with the payload of the next event of this name. */
export function next<Name extends SessionEventName>(
  session: AvatarSession,
  name: Name,
): Promise<SessionEvents[Name]> {
  return new Promise((resolve) => session.once(name, resolve));
}

/** Resolves when the session is in this state; at once if it is already. */
export async function enters(session: AvatarSession, state: StateChange['to']): Promise<void> {
  while (session.state !== state) await next(session, 'state');
}

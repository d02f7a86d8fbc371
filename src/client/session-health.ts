/** The condition of a session as one plain value, for probes and logs. Reads only state that exists already. */
import type { AvatarSDKErrorCode } from '../core/failure/avatar-sdk-error-code.js';
import type { SessionState } from '../core/session/session-life.js';
import type { Session } from './session.js';

/** The outage of a session without a connection. */
export interface SessionOutage {
  /** The code of the latest failure. */
  readonly code: AvatarSDKErrorCode;
  /** The number of the running or next dial, as in the event `retry`. */
  readonly attempt: number;
  /** How long the outage has lasted since its first retried failure, milliseconds. */
  readonly forMs: number;
}

/** The result of `session.health()`. It is JSON: absent values are null. */
export interface SessionHealth {
  /** `session.id`. */
  readonly id: string;
  /** The current state. */
  readonly state: SessionState;
  /** How long the session has been in this state, milliseconds. */
  readonly stateForMs: number;
  /** The service's id of the current connection, without secrets; null while there is none. */
  readonly connectionId: string | null;
  /** Why a session that needs a connection has none; null while nothing has failed, and when the session is over. */
  readonly outage: SessionOutage | null;
  /** How long ago the last frame of an utterance came, milliseconds; null before the first one, and always in a room. */
  readonly lastFrameAgoMs: number | null;
}

export function healthOf({ lifecycle, inbox, connectionId, errors }: Session): SessionHealth {
  const { state, stateSinceMs, outage, telemetry, clock } = lifecycle;
  const nowMs = clock.nowMs();
  const since = (atMs: number): number => Math.max(0, Math.round(nowMs - atMs));
  return {
    id: telemetry.sessionId,
    state,
    stateForMs: since(stateSinceMs),
    connectionId: connectionId === undefined ? null : errors.shown(connectionId),
    outage:
      outage === undefined
        ? null
        : { code: outage.code, attempt: outage.attempt, forMs: since(outage.sinceMs) },
    lastFrameAgoMs: inbox.lastFrameAtMs === -Infinity ? null : since(inbox.lastFrameAtMs),
  };
}

/** `AvatarSession 5f3a… websocket_runtime conn-1`. */
export function sessionText(session: Session): string {
  const { id, state, connectionId } = healthOf(session);
  return ['AvatarSession', id, state, ...(connectionId === null ? [] : [connectionId])].join(' ');
}

/** The sessions of this process, as the inspector follows them: those that are open, and what they publish on their channels. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { CHANNELS } from '../client/events/channels.js';
import type { ErrorMessage, ReconnectMessage } from '../client/events/channels.js';
import { keptProcessBytes, watchSessions } from '../client/session-glance.js';
import type { SessionSource } from './session-tracker.js';

export const SESSIONS_OF_PROCESS: SessionSource = {
  follow({ added, removed, failed, reconnected }) {
    const leave = watchSessions((session) => added(session.identity, session), removed);
    const onError = (message: unknown): void => {
      const { sessionId, error } = message as ErrorMessage;
      failed(sessionId, error.code, error.message, error.remediation);
    };
    const onReconnect = (message: unknown): void => {
      const { sessionId, outageMs } = message as ReconnectMessage;
      reconnected(sessionId, outageMs);
    };
    subscribe(CHANNELS.error, onError);
    subscribe(CHANNELS.reconnect, onReconnect);
    return () => {
      leave();
      unsubscribe(CHANNELS.error, onError);
      unsubscribe(CHANNELS.reconnect, onReconnect);
    };
  },
  keptBytes: keptProcessBytes,
};

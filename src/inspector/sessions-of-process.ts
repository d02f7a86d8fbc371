/** The sessions of this process for the inspector: the open ones, and their messages on the channels. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { CHANNELS } from '../client/events/channels.js';
import type { ErrorMessage, ReconnectMessage, UtteranceMessage } from '../client/events/channels.js';
import { keptProcessBytes, watchSessions } from '../client/session-glance.js';
import type { SessionSource } from './session-tracker.js';

/** The channel for the end of an utterance, by the naming of `tracingChannel()`. */
const SPOKEN = `tracing:${CHANNELS.utterance}:asyncEnd`;

export const SESSIONS_OF_PROCESS: SessionSource = {
  follow({ added, removed, failed, spoken, reconnected }) {
    const leave = watchSessions((session) => added(session.identity, session), removed);
    const onError = (message: unknown): void => {
      const { sessionId, error } = message as ErrorMessage;
      failed(sessionId, error.code, error.message, error.remediation);
    };
    const onReconnect = (message: unknown): void => {
      const { sessionId, outageMs } = message as ReconnectMessage;
      reconnected(sessionId, outageMs);
    };
    const onSpoken = (message: unknown): void => {
      const told = message as UtteranceMessage;
      spoken(told.sessionId, {
        reqId: told.reqId,
        label: told.label ?? '',
        writtenMs: told.audioMs ?? 0,
        isEnded: true,
        keyframes: told.keyframes ?? 0,
        positionMs: told.positionMs ?? 0,
        replays: told.replays ?? 0,
        stage: 'over',
        outcome: told.outcome ?? 'failed',
      });
    };
    subscribe(SPOKEN, onSpoken);
    subscribe(CHANNELS.error, onError);
    subscribe(CHANNELS.reconnect, onReconnect);
    return () => {
      leave();
      unsubscribe(SPOKEN, onSpoken);
      unsubscribe(CHANNELS.error, onError);
      unsubscribe(CHANNELS.reconnect, onReconnect);
    };
  },
  keptBytes: keptProcessBytes,
};

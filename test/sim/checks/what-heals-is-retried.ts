/**
 * A session that was connected before must not end in four situations, although the rule of the code is
 * `surface`: the service still counts its lost connection against the plan, its token has expired, the token of
 * its room has expired, or a gateway has answered in place of the service.
 */
import type { AvatarSDKError } from '../../../src/index.js';
import { decides, PerSession } from './check.js';
import type { Check } from './check.js';

/** After this time, the service has detected a lost connection. */
const GHOSTS_LAST_MS = 60_000;

interface Known {
  confirmed: boolean;
  lostAtMs: number;
  /** A gateway has answered the current dial. */
  gateway: boolean;
  /** The attempt that was announced last. */
  attempt: number;
  /** Whether, in its outage, another token of the room was asked for, and one was accepted: that is done once. */
  roomTokenAsked: boolean;
  roomTokenReplaced: boolean;
}

const NOTHING: Known = {
  confirmed: false,
  lostAtMs: -Infinity,
  gateway: false,
  attempt: Infinity,
  roomTokenAsked: false,
  roomTokenReplaced: false,
};

export const whatHealsIsRetried: Check = {
  name: 'what-heals-is-retried',
  rule: 'a session that had worked continues, within its limits, after its own ghost connection, expired tokens and answers of a gateway',
  watch({ schedule }, violated) {
    const sessions = new PerSession((): Known => ({ ...NOTHING }));
    const oneAccount = schedule.adversaries.includes('ghosts');
    const tokensEnd = schedule.adversaries.includes('token-ends') && schedule.disturbances.length === 0;
    const roomTokensEnd = schedule.adversaries.includes('room-tokens');
    const gateways = schedule.adversaries.includes('gateway-pages');
    const heals = (error: AvatarSDKError, known: Known, atMs: number): string | undefined => {
      if (known.gateway && known.confirmed) return 'a gateway had answered';
      const isViolation = error.code === 'protocolError' || error.code === 'invalidRequest';
      if (gateways && known.confirmed && error.step === 'handshake' && isViolation) {
        return 'a gateway had answered the handshake';
      }
      const isLimit = error.code === 'concurrencyLimit';
      if (oneAccount && isLimit && known.confirmed && atMs - known.lostAtMs < GHOSTS_LAST_MS) {
        return 'its own lost connection counted against the plan';
      }
      const isTokens = error.code === 'sessionTokenExpired' || error.code === 'sessionTokenInvalid';
      if (tokensEnd && known.confirmed && isTokens) return 'its token had expired';
      const isRoom = error.code === 'invalidEgressConfig' && !known.roomTokenReplaced;
      if (roomTokensEnd && known.confirmed && isRoom) {
        return 'the token of its room had expired';
      }
      return undefined;
    };
    return {
      read(entry) {
        if (!('session' in entry)) return;
        const known = sessions.of(entry.session);
        if (entry.kind === 'gatewayAnswered') known.gateway = true;
        if (entry.kind !== 'emitted') return;
        if (entry.name === 'state') {
          const { from, to } = entry.payload;
          if (from === 'websocket_runtime') known.lostAtMs = entry.atMs;
          if (to === 'websocket_runtime') {
            known.confirmed = true;
            known.roomTokenReplaced ||= known.roomTokenAsked;
          }
          if (to === 'session_token') known.gateway = false;
        }
        if (entry.name === 'retry' && decides(entry.payload.source)) {
          const { attempt, error } = entry.payload;
          // A number that does not grow begins another outage.
          if (attempt <= known.attempt)
            Object.assign(known, { roomTokenAsked: false, roomTokenReplaced: false });
          known.attempt = attempt;
          if (error.code === 'invalidEgressConfig') known.roomTokenAsked = true;
        }
        if (entry.name !== 'close') return;
        const { error } = entry.payload;
        if (error?.reason !== 'rule') return;
        const why = heals(error, known, entry.atMs);
        if (why !== undefined) violated(`session ${entry.session} ends with ${error.code}, where ${why}`);
      },
    };
  },
};

/** Checks how long a connection had been silent when a session with an open utterance dropped it. */
import type { SpeechBook } from '../application/speech-book.js';
import { PerSession } from './check.js';
import type { Check } from './check.js';

/** The default times, which every session of a world uses while it speaks. */
const INTERVAL_MS = 1_000;
const TIMEOUT_MS = 2_000;
/** The length of the ticks in which these times are counted. */
const TICK_MS = 50;

export const halfOpenNoticed: Check = {
  name: 'half-open-noticed',
  rule: 'a connection that becomes silent in mid-sentence is dropped within three seconds, and none before two seconds of silence',
  watch({ actors, time }, violated) {
    const sessions = new PerSession(() => ({
      /** Since when there has been an unfinished utterance. */
      speaksSinceMs: Infinity,
      /** Before the confirmation, the time limit of the step limits a silence. */
      isConfirmed: false,
      /** How long the latest connection had received nothing when it ended. */
      unheardMs: 0,
      /** A connection was lost because of silence. From then on, the session may wait longer. */
      isPatient: false,
    }));
    /**
     * Sockets that their sessions have begun to close. What follows belongs to the close, for any fault of
     * the network.
     */
    const left = new Set<number>();
    /** An unknown or future time counts as no silence. */
    const sinceMs = (atMs: number): number =>
      Number.isFinite(atMs) ? time.awakeSinceMs(atMs) : time.nowMs - atMs;
    return {
      read(entry) {
        if (entry.kind === 'emitted' && entry.name === 'state') {
          if (entry.payload.to === 'websocket_connect') sessions.of(entry.session).isConfirmed = false;
          if (entry.payload.to === 'websocket_runtime') sessions.of(entry.session).isConfirmed = true;
        }
        if (entry.kind === 'socketLeft' && !left.has(entry.socket)) {
          left.add(entry.socket);
          const session = sessions.of(entry.session);
          session.unheardMs = sinceMs(entry.lastHeardAtMs);
          const silentMs = sinceMs(Math.max(entry.lastSignOfLifeAtMs, session.speaksSinceMs));
          if (session.isPatient || !session.isConfirmed || silentMs <= INTERVAL_MS + TIMEOUT_MS + TICK_MS)
            return;
          violated(
            `session ${entry.session} speaks, and keeps a connection that was silent for ${silentMs} ms`,
          );
        }
        if (entry.kind !== 'emitted' || entry.name !== 'error' || entry.payload.step !== 'heartbeat') return;
        const session = sessions.of(entry.session);
        session.isPatient = true;
        if (session.unheardMs >= TIMEOUT_MS - TICK_MS) return;
        violated(`session ${entry.session} dropped a connection that was silent for ${session.unheardMs} ms`);
      },
      step() {
        for (const { books, options } of actors) {
          const session = sessions.of(options.number);
          const speaks = options.traits.heartbeat !== false && books.some(isOpen);
          session.speaksSinceMs = speaks ? Math.min(session.speaksSinceMs, time.nowMs) : Infinity;
        }
      },
    };
  },
};

function isOpen({ isFollowed, result, failed, interrupted }: SpeechBook): boolean {
  return isFollowed && result === undefined && !failed && !interrupted;
}

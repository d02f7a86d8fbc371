/** Checks how long a connection had been silent when a session with open speech dropped it. */
import type { SpeechBook } from '../application/speech-book.js';
import { PerSession } from './check.js';
import type { Check } from './check.js';

/** The times of the default, and of every session of a world, while it speaks. */
const INTERVAL_MS = 1_000;
const TIMEOUT_MS = 2_000;
/** The ticks that they are counted in. */
const TICK_MS = 50;

export const halfOpenNoticed: Check = {
  name: 'half-open-noticed',
  rule: 'a line that went silent in mid-sentence is given up within three seconds, and none that was not silent for two',
  watch({ actors, time }, violated) {
    const sessions = new PerSession(() => ({
      /** Since when something has been unfinished. */
      speaksSinceMs: Infinity,
      /** Before the confirmation the time of its step bounds a silence. */
      isConfirmed: false,
      /** How long the latest connection had brought nothing when it ended. */
      unheardMs: 0,
      /** A connection was lost because of silence: the session may wait longer from then on. */
      isPatient: false,
    }));
    /** Sockets that their sessions have begun to close: what follows is the end of that, whatever the line does. */
    const left = new Set<number>();
    /** A time that is not known, or has not come, is no silence. */
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
          violated(`session ${entry.session} speaks, and leaves a line that was silent for ${silentMs} ms`);
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

/**
 * Checks the duration of the first step of a dial, the token. A session waits for it in the state
 * `session_token`.
 */
import type { Emitted } from '../world/chronicle.js';
import { PerSession } from './check.js';
import type { Check } from './check.js';
import { OutageBook } from './outage-book.js';

/** The first dial of an outage that may take `patienceMs`. */
const FIRST_PATIENT_DIAL = 3;
/** A limit consists of several timers, and the sum of their times has a rounding error. */
const ROUNDING_MS = 0.01;

export const stepsInTime: Check = {
  name: 'steps-in-time',
  rule: 'a token arrives or its step ends within timeoutMs; from the third dial of an outage on within patienceMs, if that is longer',
  watch({ actors, time }, violated) {
    const byNumber = new Map(actors.map((actor) => [actor.options.number, actor]));
    const sessions = new PerSession((session) => {
      const actor = byNumber.get(session);
      if (actor === undefined) throw new Error(`there is no session ${session}`);
      return { actor, outage: new OutageBook(actor, time), sinceMs: Infinity, stalledMs: 0 };
    });
    return {
      read(entry) {
        if (!('session' in entry)) return;
        const session = sessions.of(entry.session);
        session.outage.read(entry);
        if (!isState(entry)) return;
        session.sinceMs = entry.payload.to === 'session_token' ? entry.atMs : Infinity;
        session.stalledMs = time.stalledMs;
      },
      step() {
        for (const { options } of actors) {
          const { actor, outage, sinceMs, stalledMs } = sessions.of(options.number);
          if (sinceMs === Infinity) continue;
          const { timeoutMs } = options.traits;
          const patientMs = outage.attempts < FIRST_PATIENT_DIAL ? 0 : actor.policy.patienceMs;
          const limitMs = Math.max(timeoutMs, patientMs);
          if (time.nowMs - sinceMs > limitMs + time.stalledMs - stalledMs + ROUNDING_MS)
            violated(`session ${options.number} waits for a token for more than ${limitMs} ms`);
        }
      },
    };
  },
};

type State = Emitted & { readonly name: 'state' };

function isState(entry: { readonly kind: string }): entry is State {
  return entry.kind === 'emitted' && (entry as Emitted).name === 'state';
}

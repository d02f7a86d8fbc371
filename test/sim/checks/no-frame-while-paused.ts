/** Checks the frames that are emitted between an accepted pause and the resume. */
import { beginsLife, PerSession } from './check.js';
import type { Check } from './check.js';
import { isForeignReqId } from './frames-once.js';

export const noFrameWhilePaused: Check = {
  name: 'no-frame-while-paused',
  rule: 'without egress no frame of any utterance is emitted from a pause to its resume, on any connection',
  watch({ actors }, violated) {
    const sessions = new PerSession(() => ({
      isPaused: false,
      calls: new Map<string, 'pause' | 'resume'>(),
    }));
    const usesEgress = (session: number): boolean =>
      actors.some(({ options }) => options.number === session && options.traits.usesEgress);
    return {
      read(entry) {
        if (!('session' in entry)) return;
        if (beginsLife(entry)) sessions.forget(entry.session);
        const pause = sessions.of(entry.session);
        if (entry.kind === 'did') {
          const { what, id = '' } = entry;
          if (what === 'pause' || what === 'resume') pause.calls.set(id, what);
          // A close that drains may resume by itself.
          if (what === 'resume' || what.startsWith('close')) pause.isPaused = false;
        }
        if (entry.kind === 'settled' && entry.outcome.how === 'resolved') {
          const call = pause.calls.get(entry.id);
          // If two calls run at the same time, the later one counts. A resume is recorded when it is called.
          if (call === 'pause' && [...pause.calls.keys()].at(-1) === entry.id) pause.isPaused = true;
        }
        if (entry.kind !== 'emitted' || entry.name !== 'frame' || !pause.isPaused) return;
        const { reqId } = entry.payload;
        if (usesEgress(entry.session) || isForeignReqId(reqId)) return;
        violated(`session ${entry.session} is paused and emits a frame of ${reqId}`);
      },
    };
  },
};

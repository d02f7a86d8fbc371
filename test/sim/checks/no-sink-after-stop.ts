/** Follows one frame through its sinks: a handler of the frame may pause, interrupt or close. */
import { PerSession } from './check.js';
import type { Check } from './check.js';

export const noSinkAfterStop: Check = {
  name: 'no-sink-after-stop',
  rule: 'a handler of a frame that pauses, interrupts everything or closes stops the frame for the later sinks, until a resume',
  watch({ actors }, violated) {
    /**
     * `within`: a handler has got the frame, but `transportFrames` has not. `stopped`: the call that stopped
     * it meanwhile.
     */
    const sessions = new PerSession(() => ({ within: false, stopped: '', drains: false }));
    const usesEgress = (session: number): boolean =>
      actors.some(({ options }) => options.number === session && options.traits.usesEgress);
    return {
      read(entry) {
        if (!('session' in entry)) return;
        const frame = sessions.of(entry.session);
        if (entry.kind === 'emitted' && entry.name === 'frame') {
          frame.within = true;
          frame.stopped = '';
        }
        if (entry.kind === 'did') {
          const { what } = entry;
          if (what.startsWith('close, ')) {
            frame.drains = true;
            // A drain resumes.
            if (frame.stopped === 'pause') frame.stopped = '';
          }
          // A session that drains accepts no pause, and a room is paused by the service.
          const isPause = what === 'pause' && !frame.drains && !usesEgress(entry.session);
          if (frame.within && (isPause || what === 'interrupt everything' || what === 'close'))
            frame.stopped = what;
          if (what === 'resume' && frame.stopped === 'pause') frame.stopped = '';
        }
        if (entry.kind !== 'envelope') return;
        if (frame.stopped !== '')
          violated(`session ${entry.session} continues to deliver a frame after ${frame.stopped}`);
        frame.within = false;
        frame.stopped = '';
      },
    };
  },
};

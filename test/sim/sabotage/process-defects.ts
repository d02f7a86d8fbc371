/** Defects in the session's use of process resources: timers and signals. */
import type { Sabotage } from './sabotage.js';
import { withClock } from './wrappers.js';

export const PROCESS_DEFECTS: readonly Sabotage[] = [
  {
    name: 'timer-leaked',
    defect: 'every fifth timer that is cancelled stays, and keeps the process alive',
    noticedBy: ['nothing-pending'],
    tamper: (options) =>
      withClock(options, (clock) => {
        let cancelled = 0;
        return {
          nowMs: () => clock.nowMs(),
          epochMs: () => clock.epochMs(),
          afterPendingInput: (callback) => clock.afterPendingInput(callback),
          schedule: (delayMs, callback) => {
            let isOff = false;
            const timer = clock.schedule(delayMs, () => {
              if (!isOff) callback();
            });
            return {
              cancel: () => {
                isOff = true;
                cancelled += 1;
                if (cancelled % 5 !== 0) timer.cancel();
              },
            };
          },
        };
      }),
  },
  {
    name: 'verdict-not-awaited',
    defect: 'timers of a second fire at once: an error is emitted before its verdict can be known',
    noticedBy: ['verdicts-come-true'],
    tamper: (options) =>
      withClock(options, (clock) => ({
        nowMs: () => clock.nowMs(),
        epochMs: () => clock.epochMs(),
        afterPendingInput: (callback) => clock.afterPendingInput(callback),
        schedule: (delayMs, callback) => clock.schedule(delayMs === 1_000 ? 0 : delayMs, callback),
      })),
  },
  {
    name: 'timer-without-delay',
    defect: 'a timer of ten seconds or more restarts itself without a delay when it fires',
    noticedBy: ['time-goes-on'],
    tamper: (options) =>
      withClock(options, (clock) => ({
        nowMs: () => clock.nowMs(),
        epochMs: () => clock.epochMs(),
        afterPendingInput: (callback) => clock.afterPendingInput(callback),
        schedule: (delayMs, callback) => {
          const again = (): void => void clock.schedule(0, again);
          return clock.schedule(delayMs, () => {
            if (delayMs >= 10_000) again();
            callback();
          });
        },
      })),
  },
  {
    name: 'abort-ignored',
    defect: 'the signal given to start is ignored',
    noticedBy: ['settles-in-time'],
    tamperSignal: () => new AbortController().signal,
  },
  {
    name: 'listener-left',
    defect: 'the listener on the caller’s signal is never removed',
    noticedBy: ['nothing-pending'],
    tamperSignal: (signal) => Object.assign(signal, { removeEventListener: () => undefined }),
  },
];

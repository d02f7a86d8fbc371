/** Checks whether and when the promises of the application settle. Other checks cover their values. */
import { AvatarSDKError } from '../../../src/index.js';
import type { Check } from './check.js';

export const settlesInTime: Check = {
  name: 'settles-in-time',
  rule: 'every promise settles in bounded time, with a value or an AvatarSDKError',
  watch({ time, promises }, violated) {
    return {
      read(entry) {
        if (entry.kind === 'emitted' && entry.name === 'close') promises.lifeOver(entry.session);
        if (entry.kind !== 'settled' || entry.outcome.how === 'resolved') return;
        const { error } = entry.outcome;
        if (!(error instanceof AvatarSDKError)) violated(`${entry.id} rejected with ${String(error)}`);
      },
      step() {
        for (const { id, dueMs, stalledBeforeMs } of promises.open.values()) {
          const lateMs = time.stalledMs - stalledBeforeMs;
          if (time.nowMs >= dueMs + lateMs) violated(`${id} has not settled, and was due at ${dueMs} ms`);
        }
      },
      end() {
        for (const { id } of promises.open.values()) violated(`${id} never settles`);
      },
    };
  },
};

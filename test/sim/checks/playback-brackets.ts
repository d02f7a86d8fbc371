/**
 * Checks the playback events of each request, from the view of an application that shows whether the avatar
 * speaks.
 */
import type { PlaybackEvent } from '../../../src/index.js';
import { PerSession } from './check.js';
import type { Check } from './check.js';

interface Bracket {
  state: PlaybackEvent['state'];
}

export const playbackBrackets: Check = {
  name: 'playback-brackets',
  rule: 'every started is followed by exactly one ended or interrupted with a position, and neither occurs without started',
  watch({ actors }, violated) {
    const sessions = new PerSession(() => new Map<string, Bracket>());
    const wrong = (
      bracket: Bracket | undefined,
      { state, positionMs }: PlaybackEvent,
    ): string | undefined => {
      const isOpen = bracket !== undefined && bracket.state !== 'ended' && bracket.state !== 'interrupted';
      switch (state) {
        case 'started':
          return bracket === undefined ? undefined : `it had been ${bracket.state}`;
        case 'paused':
          return bracket === undefined || isOpen ? undefined : `it had been ${bracket.state}`;
        case 'resumed':
          return bracket?.state === 'paused' ? undefined : 'it had not been paused';
        case 'ended':
        case 'interrupted':
          if (!isOpen) return bracket === undefined ? 'it had not started' : `it had been ${bracket.state}`;
          return Number.isFinite(positionMs) ? undefined : 'it has no position';
      }
    };
    return {
      read(entry) {
        if (entry.kind !== 'emitted') return;
        const brackets = sessions.of(entry.session);
        if (entry.name === 'playback') {
          const { reqId, state } = entry.payload;
          const problem = wrong(brackets.get(reqId), entry.payload);
          if (problem !== undefined)
            violated(`session ${entry.session} tells ${state} of ${reqId}: ${problem}`);
          brackets.set(reqId, { state });
        }
        if (entry.name !== 'close') return;
        for (const [reqId, { state }] of brackets) {
          if (state === 'ended' || state === 'interrupted') continue;
          violated(`session ${entry.session} is over, and ${reqId} is ${state} for ever`);
        }
      },
      step() {
        for (const { books, options } of actors) {
          for (const { reqId, name, result, failed } of books) {
            const state = sessions.of(options.number).get(reqId)?.state;
            const isOver = result !== undefined || failed;
            if (!isOver || state === undefined || state === 'ended' || state === 'interrupted') continue;
            violated(`${name} has settled, and its playback is ${state}`);
          }
        }
      },
    };
  },
};

/** Checks the state of the session inside the handlers of its events, where an application reads it. */
import type { SessionState } from '../../../src/index.js';
import type { Emitted } from '../world/chronicle.js';
import type { Check } from './check.js';

const OVER: readonly string[] = ['closing', 'closed'] satisfies SessionState[];

export const teardownFirst: Check = {
  name: 'teardown-first',
  rule: 'a handler runs after the change that its event reports is complete, never in the middle of it',
  watch(_world, violated) {
    return {
      read(entry) {
        if (entry.kind !== 'emitted') return;
        const wrong = whatIsWrong(entry);
        if (wrong !== undefined) violated(`session ${entry.session} tells ${entry.name}: ${wrong}`);
      },
    };
  },
};

function whatIsWrong(emitted: Emitted): string | undefined {
  const { state, connectionId } = emitted;
  switch (emitted.name) {
    case 'close':
      if (state !== 'closed') return `its state is ${state}`;
      return connectionId === undefined ? undefined : 'it has a connection';
    case 'reconnect':
      if (OVER.includes(state)) return undefined;
      if (state !== 'websocket_runtime') return `its state is ${state}`;
      return connectionId === emitted.payload.connectionId ? undefined : 'it has another connection';
    case 'error': {
      const { willRetry, outcome, reason } = emitted.payload;
      const isOver = !willRetry && outcome === undefined && reason !== undefined;
      return isOver && !OVER.includes(state) ? `it fails in state ${state}` : undefined;
    }
    case 'retry':
      return emitted.payload.delayMs >= 0 ? undefined : 'the delay is negative';
    case 'state':
    case 'frame':
    case 'playback':
      return undefined;
  }
}

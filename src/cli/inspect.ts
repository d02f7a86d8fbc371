/** The inspector of a command. It stays until the user stops the program; its lines go to standard error. */
import { clearInterval, setInterval } from 'node:timers';
import { SESSIONS_OF_PROCESS } from '../inspector/sessions-of-process.js';
import { startInspectorOn } from '../inspector/start-inspector.js';
import type { Inspector } from '../inspector/start-inspector.js';
import type { Terminal } from './terminal.js';

/** The inspector, and how long the command waits for those who look. */
interface CommandInspector extends Inspector {
  /** Everything is done: resolves when the user stops the program. */
  untilLeft(signal: AbortSignal): Promise<void>;
}

/**
 * For the sessions of this process. Their events are kept from the beginning, so that a page that is opened
 * later can show them.
 */
export async function inspectSessions(terminal: Terminal): Promise<CommandInspector> {
  const inspector = await startInspectorOn(SESSIONS_OF_PROCESS, {}, true);
  terminal.complain(`inspector: ${inspector.url}`);
  return {
    ...inspector,
    async untilLeft(signal) {
      if (signal.aborted) return;
      terminal.complain(`The page stays until Ctrl-C: ${inspector.url}`);
      // An inspector keeps no process from ending.
      const staying = setInterval(() => undefined, 60_000);
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      clearInterval(staying);
    },
  };
}

/** The inspector of a command. It runs until the user stops the program; its lines go to standard error. */
import { clearInterval, setInterval } from 'node:timers';
import { SESSIONS_OF_PROCESS } from '../inspector/sessions-of-process.js';
import { startInspectorOn } from '../inspector/start-inspector.js';
import type { Inspector } from '../inspector/start-inspector.js';
import type { Terminal } from './terminal.js';

/** The inspector, and the wait of the command for its users. */
interface CommandInspector extends Inspector {
  /** The work is done: resolves when the user stops the program. */
  untilLeft(signal: AbortSignal): Promise<void>;
}

/**
 * The inspector for the sessions of this process. Their events are kept from the beginning, so that a page
 * that is opened later can show them.
 */
export async function inspectSessions(terminal: Terminal): Promise<CommandInspector> {
  const inspector = await startInspectorOn(SESSIONS_OF_PROCESS, {}, true);
  terminal.complain(`inspector: ${inspector.url}`);
  return {
    ...inspector,
    async untilLeft(signal) {
      if (signal.aborted) return;
      terminal.complain(`The page stays until Ctrl-C: ${inspector.url}`);
      // An inspector does not keep the process running.
      const staying = setInterval(() => undefined, 60_000);
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      clearInterval(staying);
    },
  };
}

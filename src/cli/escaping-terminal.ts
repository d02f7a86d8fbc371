/**
 * The terminal that commands write to: whatever text they show, of a service, a file or the command line, can neither control the
 * terminal nor look like other text. The one place where output is escaped.
 */
import { escapeToLine, escapeUnseen } from './escape-unseen.js';
import type { Terminal } from './terminal.js';

export function escapingTerminal(terminal: Terminal): Terminal {
  return {
    env: terminal.env,
    get liveColumns() {
      return terminal.liveColumns;
    },
    write: (text) => terminal.write(escapeUnseen(text)),
    control: (sequence) => terminal.control(sequence),
    complain: (line) => terminal.complain(escapeToLine(line)),
    onStop: (callback) => terminal.onStop(callback),
  };
}

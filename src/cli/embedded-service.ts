/** What `say` and `emulate` share about the embedded service: the option `--faults`, and its log. */
import { FAULT_KIND_NAMES, rowOf } from '../emulator/fault/fault.js';
import { FAULT_PLANS, parseFaults } from '../emulator/index.js';
import type { AvatarEmulator, Fault, LogEntry } from '../emulator/index.js';
import { asInput } from './command.js';
import { readInputText } from './read-input-file.js';

/** For the help: `none, demo, …`. */
export const PLAN_NAMES = Object.keys(FAULT_PLANS).join(', ');

/** For the help: one line per kind of fault, with its phases and parameters. */
export const FAULT_KIND_LINES = FAULT_KIND_NAMES.map((kind) => {
  const { phases, fields } = rowOf(kind);
  const where = phases.length === 4 ? 'any phase' : phases.join(', ');
  const parameters = Object.entries(fields).map(([name, field]) =>
    field.isOptional === true ? `${name}?` : name,
  );
  return `  ${kind.padEnd(22)}${where.padEnd(27)}${parameters.join(' ')}`.trimEnd();
});

/** @throws InputError naming the fault and the field, or the plans that there are */
export async function readFaults(text: string): Promise<readonly Fault[]> {
  if (!text.startsWith('@')) return asInput(() => parseFaults(text), '--faults');
  const path = text.slice(1);
  const content = await readInputText(path);
  return asInput(() => parseFaults(content), path);
}

/** No limit in practice: the longest timer of Node, milliseconds. */
const NO_TIMEOUT_MS = 2_147_483_647;

/** Calls `read` with every entry once, oldest first; resolves when the service has been stopped. */
export async function followLog(service: AvatarEmulator, read: (entry: LogEntry) => void): Promise<void> {
  let readCount = 0;
  const written = (): number => service.droppedLogEntries + service.log.length;
  for (;;) {
    for (const entry of service.log.slice(Math.max(0, readCount - service.droppedLogEntries))) read(entry);
    readCount = written();
    try {
      await service.waitFor(() => written() > readCount, { timeoutMs: NO_TIMEOUT_MS });
    } catch {
      // The service was stopped. Entries that it wrote while stopping were read above, or are not needed.
      return;
    }
  }
}

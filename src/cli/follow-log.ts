/** Reads the log of the embedded service while it grows. Knows nothing of what the entries mean. */
import type { AvatarEmulator, LogEntry } from '../emulator/index.js';

/** Long enough for ever: the longest timer that there is, milliseconds. */
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
      // The service was stopped, and what it wrote while stopping has come above or is of no interest any more.
      return;
    }
  }
}

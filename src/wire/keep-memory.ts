/**
 * Memory that is handed out and stays in use here: many frames lie in one buffer, beside what the socket still reads. `postMessage` with
 * such a buffer in its transfer list would take all of it away. Marked memory is copied instead (Node 20), or the call refuses it (newer).
 */
import { markAsUntransferable } from 'node:worker_threads';

/** Frames mostly come several in one buffer, one after the other. */
let latest: ArrayBufferLike | undefined;

/** Costs a tenth of a microsecond for each buffer, and nothing for further views of it. */
export function keepMemory({ buffer }: ArrayBufferView): void {
  if (buffer === latest) return;
  latest = buffer;
  markAsUntransferable(buffer);
}

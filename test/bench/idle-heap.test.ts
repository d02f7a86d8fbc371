/**
 * The memory of an idle session, compared with a bare socket. Unlike times, it does not depend on the load of
 * the machine.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const PROGRAM = join(import.meta.dirname, 'idle-process.mjs');
const MOST_KIB = 4.5;

async function heapKib(kind: 'raw' | 'session'): Promise<number> {
  const child = fork(PROGRAM, [kind, '1000', '0'], { execArgv: ['--expose-gc'] });
  const [idle] = (await once(child, 'message')) as [{ readonly heapKib: number }];
  return idle.heapKib;
}

it('is less than 4.5 KiB of heap more per session, for a thousand sessions with equal options', async () => {
  const [raw, session] = [await heapKib('raw'), await heapKib('session')];
  expect(session).toBeGreaterThan(raw);
  expect(session - raw).toBeLessThan(MOST_KIB);
});

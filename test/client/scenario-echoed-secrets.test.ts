/**
 * A secret that the service sends back does not stay in memory, although the application keeps the closed session and
 * its errors.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CONFIRMATION, RawService } from './scenario-support/raw-service.js';

const SCRIPT = join(import.meta.dirname, 'scenario-support/echoed-secrets.mjs');
const KEY = 'sk_live_4f9a8b7c6d5e';

it('a key in a close reason, and in a body that an error keeps in part, is not left in the heap', async () => {
  await using closed = await RawService.start({
    token: (_request, response) => void response.end(JSON.stringify({ sessionToken: 'st_0a1b2c3d4e5f' })),
    message(_message, socket) {
      socket.send(CONFIRMATION);
      setTimeout(() => socket.close(4001, `no: ${KEY}`), 50);
    },
  });
  await using refused = await RawService.start({
    token: (_request, response) => void response.writeHead(403).end(`no: ${KEY}${'y'.repeat(500)}`),
  });
  const child = fork(SCRIPT, { execArgv: ['--expose-gc'] });
  const hex = Buffer.from(KEY).toString('hex');
  child.send({ hex, refused: refused.endpoints, closed: closed.endpoints });
  const [report] = (await once(child, 'message')) as [{ errors: string[][] }];
  expect(report).toMatchObject({ found: false, states: ['closed', 'closed'] });
  expect(report.errors.map(({ length }) => length)).toEqual([1, 1]);
});

/** How much of a body is read within the time limit of the caller, also when the process was blocked for longer. */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { readBody } from '../../../src/adapters/node/read-body.js';
import { startRawServer } from '../raw-server.js';

const WITHIN_MS = 20;

function stall(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

describe('a body that is read with a time limit', () => {
  it('is complete when all of it was in the socket at the end of a stall', async () => {
    let peer: Socket | undefined;
    const server = await startRawServer((socket) => {
      peer = socket;
      socket.write('HTTP/1.1 503 Busy\r\nContent-Length: 10\r\n\r\n');
    });
    const request = get({ port: server.port, agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const body = readBody(response, { maxBytes: 100, withinMs: WITHIN_MS });
    peer?.write('restarting');
    stall(2 * WITHIN_MS);
    expect(await body).toEqual({ text: 'restarting', ended: 'whole' });
    await server.stop();
  });

  it('is incomplete when the rest does not arrive', async () => {
    const server = await startRawServer((socket) => {
      socket.write('HTTP/1.1 503 Busy\r\nContent-Length: 10\r\n\r\nrest');
    });
    const request = get({ port: server.port, agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const body = readBody(response, { maxBytes: 100, withinMs: WITHIN_MS });
    expect(await body).toEqual({ text: 'rest', ended: 'late' });
    await server.stop();
  });
});

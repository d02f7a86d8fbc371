/** The transport of `ws-transport` with answers of a raw server to an upgrade. */
import { getEventListeners } from 'node:events';
import { inspect } from 'node:util';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWsTransport } from '../../../src/adapters/ws/ws-transport.js';
import { UpgradeMalformed, UpgradeRefused, type DialRequest } from '../../../src/ports/transport.js';
import { startRawServer, switching, type RawServer } from '../raw-server.js';
import { RecordingSink } from '../recording-sink.js';
import { waitFor } from '../../support/wait-for.js';

let server: RawServer | undefined;
let abort: AbortController;
let sink: RecordingSink;

beforeEach(() => {
  abort = new AbortController();
  sink = new RecordingSink();
});
afterEach(() => server?.stop());

async function dialAgainst(
  answer: (socket: Socket, head: string) => void,
  changes: Partial<DialRequest> = {},
): Promise<unknown> {
  server = await startRawServer(answer);
  const url = `ws://127.0.0.1:${server.port}/websocket?id=a&sessionKey=s3cret`;
  const request = { url, headers: {}, maxMessageBytes: 1_000, signal: abort.signal, ...changes };
  return createWsTransport()
    .dial(request, sink)
    .catch((error: unknown) => error);
}

/** Checks that no socket and no listener is left, as after every failed dial. */
async function expectNothingLeft(): Promise<void> {
  await waitFor(() => expect(server?.sockets.size).toBe(0));
  expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
  expect(sink.events).toEqual([]);
}

describe('an upgrade that is refused', () => {
  it.each([
    [200, ''],
    [302, ''],
    [400, '{"message":"Invalid session token"}'],
    [401, 'unauthorized'],
    [402, '{"message":"session denied: credits exhausted"}'],
    [404, '{"message":"Avatar not found: x"}'],
    [429, ''],
    [503, '<html>busy</html>'],
  ])('rejects with status %i, the headers and the body %s', async (status, body) => {
    const error = await dialAgainst((socket) => {
      const head = `HTTP/1.1 ${status} No\r\nRetry-After: 30\r\nLocation: ws://127.0.0.1:1/\r\nX-A: 1\r\nX-A: 2`;
      socket.end(`${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    });
    expect(error).toBeInstanceOf(UpgradeRefused);
    expect(error).toMatchObject({
      httpStatus: status,
      body,
      headers: { 'retry-after': '30', 'x-a': '1, 2' },
    });
    await expectNothingLeft();
  });

  it('keeps 64 KiB of an endless body, without an incomplete character, and ends the connection', async () => {
    const error = await dialAgainst((socket) => {
      socket.write('HTTP/1.1 500 No\r\n\r\n');
      const pour = (): void => void socket.write('€'.repeat(10_000), (failed) => failed ?? pour());
      pour();
    });
    expect(error).toMatchObject({ httpStatus: 500, body: '€'.repeat(21_845) });
    await expectNothingLeft();
  });

  it('keeps a body of exactly 64 KiB whole', async () => {
    const body = 'x'.repeat(65_536);
    const error = await dialAgainst((socket) =>
      socket.write(`HTTP/1.1 500 No\r\nContent-Length: 65536\r\n\r\n${body}`),
    );
    expect(error).toMatchObject({ httpStatus: 500, body });
    await expectNothingLeft();
  });

  it('reads no more than 1 MiB of headers', async () => {
    const error = await dialAgainst((socket) => {
      socket.write('HTTP/1.1 503 Busy\r\n');
      const pour = (): void =>
        void socket.write(`X-Trace: ${'x'.repeat(65_536)}\r\n`, (failed) => failed ?? pour());
      pour();
    });
    expect(error).toMatchObject({ code: 'HPE_HEADER_OVERFLOW' });
    await expectNothingLeft();
  });

  it('waits one second for a body that does not arrive', async () => {
    const startedAtMs = performance.now();
    const error = await dialAgainst((socket) =>
      socket.write('HTTP/1.1 503 No\r\nContent-Length: 100\r\n\r\nhalf a sen'),
    );
    expect(error).toMatchObject({ httpStatus: 503, body: 'half a sen' });
    expect(performance.now() - startedAtMs).toBeGreaterThan(900);
    await expectNothingLeft();
  });

  it('keeps the received part of a body that is cut', async () => {
    const error = await dialAgainst((socket) =>
      socket.end('HTTP/1.1 402 No\r\nContent-Length: 100\r\n\r\ncredits exh'),
    );
    expect(error).toMatchObject({ httpStatus: 402, body: 'credits exh' });
    await expectNothingLeft();
  });

  it.each([
    ['whose length is not given', '', 'expired'],
    ['that is not complete', 'Content-Length: 100\r\n', 'expired'],
    ['in pieces, without the last one', 'Transfer-Encoding: chunked\r\n', '7\r\nexpired\r\n'],
  ])('keeps its status, headers and body after a reset that ends a body %s', async (_what, framing, body) => {
    const error = await dialAgainst((socket) => {
      const head = `HTTP/1.1 403 No\r\nRetry-After: 5\r\n${framing}\r\n`;
      socket.write(`${head}${body}`, () => setTimeout(() => socket.resetAndDestroy(), 20));
    });
    expect(error).toBeInstanceOf(UpgradeRefused);
    expect(error).toMatchObject({ httpStatus: 403, body: 'expired', headers: { 'retry-after': '5' } });
    await expectNothingLeft();
  });

  it('rejects with the reason of the signal when it is aborted during the body', async () => {
    const error = await dialAgainst((socket) => {
      socket.write('HTTP/1.1 503 No\r\nContent-Length: 100\r\n\r\n', () => abort.abort(new Error('enough')));
    });
    expect(error).toBe(abort.signal.reason);
    await expectNothingLeft();
  });
});

describe('an upgrade with an invalid answer', () => {
  it.each<[string, (head: string) => string]>([
    ['a wrong accept key', (head) => switching(head, { 'Sec-WebSocket-Accept': 'bm90IHRoZSBrZXk=' })],
    ['no accept key', (head) => switching(head, { 'Sec-WebSocket-Accept': undefined })],
    ['another protocol', (head) => switching(head, { Upgrade: 'h2c' })],
    ['no Upgrade header', (head) => switching(head, { Upgrade: undefined })],
    ['a subprotocol that was not requested', (head) => switching(head, { 'Sec-WebSocket-Protocol': 'chat' })],
    [
      'an extension that was not requested',
      (head) => switching(head, { 'Sec-WebSocket-Extensions': 'x-zip' }),
    ],
    ['no HTTP', () => 'SSH-2.0-OpenSSH_9.6 sessionKey=s3cret'],
    ['a broken status line', () => 'HTTP/1.1 abc'],
    ['a broken header', () => 'HTTP/1.1 200 OK\r\nno colon'],
  ])('is malformed: %s', async (_name, answer) => {
    const error = await dialAgainst((socket, head) => socket.write(`${answer(head)}\r\n\r\n`));
    expect(error).toBeInstanceOf(UpgradeMalformed);
    expect(inspect(error)).not.toContain('s3cret');
    await expectNothingLeft();
  });
});

describe('an upgrade that is not answered', () => {
  it.each<[string, (socket: Socket) => void]>([
    ['reset', (socket) => socket.resetAndDestroy()],
    ['closed', (socket) => socket.end()],
    ['closed in the middle of the answer', (socket) => socket.end('HTTP/1.1 101 Switch')],
  ])('rejects with ECONNRESET when it is %s', async (_name, answer) => {
    const error = await dialAgainst(answer);
    expect(error).toMatchObject({ code: 'ECONNRESET' });
    expect(inspect(error)).not.toContain('s3cret');
    await expectNothingLeft();
  });

  it.each([
    ['at once', ''],
    ['in the middle of its head', 'HTTP/1.1 101 Switching Protocols\r\nUpg'],
    ['after an interim answer', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
  ])('hangs %s until the signal ends it', async (_name, answer) => {
    const error = await dialAgainst((socket) => {
      if (answer === '') abort.abort(new Error('time is over'));
      else socket.write(answer, () => abort.abort(new Error('time is over')));
    });
    expect(error).toBe(abort.signal.reason);
    await expectNothingLeft();
  });

  it('rejects with only the error of the first address when a host name has several', async () => {
    const closed = await startRawServer(() => undefined);
    await closed.stop();
    const error = await dialAgainst(() => undefined, { url: `ws://localhost:${closed.port}/` });
    expect(error).toMatchObject({
      code: 'ECONNREFUSED',
      message: expect.stringContaining('ECONNREFUSED') as string,
    });
    await expectNothingLeft();
  });
});

describe('the request for an upgrade', () => {
  it('carries the headers, the path and the query, and offers no compression', async () => {
    let seen = '';
    await dialAgainst(
      (socket, head) => {
        seen = head;
        socket.end('HTTP/1.1 400 No\r\n\r\n');
      },
      { headers: { 'X-App-ID': 'app', 'X-Session-Key': 'key' } },
    );
    expect(seen).toMatch(/^GET \/websocket\?id=a&sessionKey=s3cret HTTP\/1\.1\r\n/);
    expect(seen).toContain('\r\nX-App-ID: app\r\n');
    expect(seen).toContain('\r\nX-Session-Key: key\r\n');
    expect(seen.toLowerCase()).not.toContain('sec-websocket-extensions');
  });

  it('is not sent when a header value is invalid, and the error does not show the value', async () => {
    const error = await dialAgainst(() => undefined, { headers: { 'X-Session-Key': 's3cret\n' } });
    expect(error).toMatchObject({ code: 'ERR_INVALID_CHAR' });
    expect(inspect(error)).not.toContain('s3cret');
    await expectNothingLeft();
  });
});

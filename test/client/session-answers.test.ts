/**
 * Responses that are difficult to read: endless bodies, compressed bodies, and thousands of headers. The status is still
 * read, over real sockets, at both endpoints, and with an HTTP client of the application.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Readable } from 'node:stream';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newAvatarSession } from '../../src/index.js';
import type { ApplicationHttpPost, AvatarSDKError, AvatarSessionOptions } from '../../src/index.js';
import { waitUntil } from '../support/wait-for.js';

let server: Server;
let answer: (response: ServerResponse) => void;
/** The connection of the latest request. */
let asked: Socket | undefined;
const sockets = new Set<Socket>();

beforeEach(async () => {
  server = createServer((request, response) => {
    request.resume();
    asked = request.socket;
    response.on('error', () => undefined);
    answer(response);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

async function failure(options: Partial<AvatarSessionOptions>): Promise<AvatarSDKError> {
  const { port } = server.address() as AddressInfo;
  const session = newAvatarSession({
    apiKey: 'key',
    appId: 'app',
    avatarId: 'avatar',
    consoleEndpointUrl: `http://127.0.0.1:${port}/v1/console`,
    ingressEndpointUrl: `ws://127.0.0.1:${port}/v2`,
    retry: false,
    connectGate: false,
    ...options,
  });
  try {
    await session.start();
  } catch (error) {
    return error as AvatarSDKError;
  } finally {
    await session.close();
  }
  throw new Error('the session has started');
}

const byFetch: ApplicationHttpPost = ({ url, headers, body, signal }) =>
  fetch(url, { method: 'POST', headers, body, signal });
/** Sessions that send a token request or an upgrade, with the HTTP client of the package or with fetch. */
const ASKERS: Readonly<Record<string, Partial<AvatarSessionOptions>>> = {
  'a token request': {},
  'a token request by fetch': { httpPost: byFetch },
  'an upgrade': { tokenProvider: () => 'token', apiKey: undefined },
};

function trickle(response: ServerResponse, piece: string): void {
  const timer = setInterval(() => response.write(piece), 10);
  response.on('close', () => clearInterval(timer));
}

describe.each(Object.entries(ASKERS))('the refusal of %s', (who, options) => {
  it.each<[string, (response: ServerResponse) => void]>([
    ['never comes', (response) => response.flushHeaders()],
    ['is sent slowly without end', (response) => trickle(response, 'busy ')],
    ['is sent without end', (response) => trickle(response, 'busy '.repeat(100_000))],
    ['is cut', (response) => response.write('busy', () => response.destroy())],
    [
      'ends with a reset',
      (response) => response.write('busy', () => setTimeout(() => asked?.resetAndDestroy(), 20)),
    ],
  ])('whose body %s is classified by its status, within the limit of the step', async (_what, body) => {
    answer = (response) => {
      response.writeHead(503, { 'Content-Type': 'text/plain' });
      body(response);
    };
    const error = await failure({ ...options, timeoutMs: 600 });
    expect(error).toMatchObject({ httpStatus: 503 });
    expect((error.rawBody ?? '').length).toBeLessThanOrEqual(4_096);
    // The connection is closed, so the rest of the body is not read.
    await waitUntil(() => asked?.destroyed === true);
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateRawSync],
  ] as const)('whose body is compressed and grows beyond the bound is read: %s', async (coding, compress) => {
    const body = compress(Buffer.from(`{"message":"please slow down"}${' '.repeat(30_000_000)}`));
    answer = (response) => response.writeHead(503, { 'Content-Encoding': coding }).end(body);
    // The fetch of Node also decodes raw deflate.
    expect(await failure(options)).toMatchObject({
      httpStatus: 503,
      rawBody: expect.stringMatching(/^\{"message":"please slow down"\}/) as unknown,
    });
  });

  if (who.endsWith('by fetch')) return;

  const headers = (response: ServerResponse, kib: number): void => {
    for (let n = 0; n < kib / 4; n += 1) response.setHeader(`X-Trace-${n}`, 'x'.repeat(4_080));
  };
  it.each([70, 900])('with %i KiB of headers is accepted', async (kib) => {
    answer = (response) => {
      headers(response, kib);
      response.writeHead(503).end('busy');
    };
    expect(await failure(options)).toMatchObject({ httpStatus: 503, rawBody: 'busy' });
  });

  it('with more headers is a temporary failure of the network', async () => {
    answer = (response) => {
      headers(response, 1_100);
      response.writeHead(503).end('busy');
    };
    const error = await failure(options);
    expect(error).toMatchObject({
      code: 'connectionFailed',
      permanent: false,
      remediation: expect.stringContaining('more than 1 MiB of headers') as unknown,
    });
    expect(error.httpStatus).toBeUndefined();
  });
});

describe('a response of httpPost', () => {
  const never = (): Promise<never> => new Promise(() => undefined);
  const endless = (): ReadableStream<Uint8Array> =>
    new ReadableStream({ pull: (controller) => controller.enqueue(Buffer.from('busy '.repeat(1_000))) });
  const locked = (): Response => {
    const response = new Response('busy', { status: 503 });
    response.body?.getReader();
    return response;
  };
  const used = async (): Promise<Response> => {
    const response = new Response('busy', { status: 503 });
    await response.text();
    return response;
  };
  it.each<[string, () => unknown, string]>([
    ['only text()', () => ({ status: 503, headers: {}, text: () => Promise.resolve('busy') }), 'busy'],
    ['a text() that never settles', () => ({ status: 503, headers: {}, text: never }), ''],
    [
      'a text() that throws',
      () => ({ status: 503, headers: {}, text: () => Promise.reject(new Error('no')) }),
      '',
    ],
    ['an endless body', () => new Response(endless(), { status: 503 }), 'busy busy'],
    ['a body that never arrives', () => new Response(new ReadableStream(), { status: 503 }), ''],
    ['a body that is locked', locked, ''],
    ['a body that was read before', used, ''],
    [
      'a body that throws',
      () => ({
        status: 503,
        headers: {},
        text: never,
        get body() {
          throw new Error('no');
        },
      }),
      '',
    ],
    [
      'a body whose reader throws',
      () => ({ status: 503, headers: {}, text: never, body: { getReader: () => ({ read: () => 7 }) } }),
      '',
    ],
    [
      'a stream of Node as the body',
      () => ({ status: 503, headers: {}, text: never, body: Readable.from([Buffer.from('bu'), 'sy']) }),
      'busy',
    ],
    [
      'a stream of Node that never ends',
      () => ({ status: 503, headers: {}, text: never, body: new Readable({ read: () => undefined }) }),
      '',
    ],
  ])('with %s is classified by its status', async (_what, make, text) => {
    const httpPost = (() => Promise.resolve(make())) as ApplicationHttpPost;
    const error = await failure({ httpPost, timeoutMs: 400 });
    expect(error).toMatchObject({ httpStatus: 503 });
    expect((error.rawBody ?? '').startsWith(text)).toBe(true);
  });

  it('with a success status and a body that was read before causes a clear error', async () => {
    const response = new Response('{"sessionToken":"tok"}');
    await response.text();
    const error = await failure({ httpPost: () => Promise.resolve(response) });
    expect(error).toMatchObject({ code: 'sessionTokenInvalid', origin: 'application' });
    expect(error.message).toContain('wanted a body that was not read before');
  });

  it('with a success status and an endless body causes a time-out, and its stream is cancelled', async () => {
    let cancelled = false;
    const body = new ReadableStream({ cancel: () => void (cancelled = true) });
    const error = await failure({ httpPost: () => Promise.resolve(new Response(body)), timeoutMs: 100 });
    expect(error).toMatchObject({ phase: 'session_token', step: 'request', permanent: false });
    expect(cancelled).toBe(true);
  });
});

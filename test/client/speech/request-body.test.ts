/**
 * The body of an HTTP request as audio. The socket of the request also carries the response, so it stays open for any end
 * of the utterance.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import { resample } from '../../../src/audio/index.js';
import type { AvatarSDKError, AvatarSession, Utterance } from '../../../src/index.js';
import { tone } from '../../emulator/pcm.js';
import { openTrial } from '../scenario-support/trial.js';

type Request = IncomingMessage | Http2ServerRequest;
type Speak = (session: AvatarSession, request: Request) => Utterance;
type Handler = (request: Request, response: ServerResponse | Http2ServerResponse) => void;

const LOOPBACK = '127.0.0.1';
/** The header of a WAV file, which is refused, and more audio than a socket accepts without a reader. */
const WAV = Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVEfmt '), tone(60_000)]);
const CHUNK = tone(100);

/** A server that answers with the code of the failure, or with the outcome. */
function answering(session: AvatarSession, speak: Speak, begun?: (utterance: Utterance) => void): Handler {
  return (request, response) => {
    const utterance = speak(session, request);
    begun?.(utterance);
    const answer = (status: number, word: string): void => {
      response.writeHead(status);
      response.end(word);
    };
    utterance.finished.then(
      ({ outcome }) => answer(200, outcome),
      (error: unknown) => answer(503, (error as AvatarSDKError).code),
    );
  };
}

/** A client that sends one request on a kept connection: first some bytes, and the rest after the response. */
class Client implements Disposable {
  readonly #socket;
  #received = '';

  constructor({ port }: { readonly port: number }, lengthBytes: number) {
    this.#socket = connect(port, LOOPBACK);
    this.#socket.on('error', (error) => (this.#received += error.message));
    this.#socket.on('data', (data: Buffer) => (this.#received += data.toString()));
    this.#socket.write(`POST / HTTP/1.1\r\nHost: test\r\nContent-Length: ${lengthBytes}\r\n\r\n`);
  }

  async answered(): Promise<string> {
    await Promise.race([once(this.#socket, 'data'), once(this.#socket, 'close')]);
    return this.#received;
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Sends another request, and returns everything that the server sends before it closes the connection. */
  async next(): Promise<string> {
    this.#socket.write('GET /next HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n');
    await once(this.#socket, 'close');
    return this.#received;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

async function serve(handler: Handler): Promise<{ readonly port: number } & Disposable> {
  const server = createServer((request, response) => {
    if (request.url === '/next') response.end('next');
    else handler(request, response);
  }).listen(0, LOOPBACK);
  await once(server, 'listening');
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { port: (server.address() as AddressInfo).port, [Symbol.dispose]: close };
}

const WAYS: readonly (readonly [string, Speak])[] = [
  ['speak(request)', (session, request) => session.speak(request)],
  ['speak(() => request)', (session, request) => session.speak(() => request)],
  [
    'request.pipe(utterance.writable)',
    (session, request) => {
      const utterance = session.speak();
      request.pipe(utterance.writable);
      return utterance;
    },
  ],
];

/** Node destroys the request when a pipeline fails, so only an interrupt leaves it open. */
const PIPELINE: (typeof WAYS)[number] = [
  'pipeline(request, utterance.writable)',
  (session, request) => {
    const utterance = session.speak();
    void pipeline(request, utterance.writable);
    return utterance;
  },
];

const OWN_GENERATOR: (typeof WAYS)[number] = [
  'a generator over request.iterator({ destroyOnReturn: false }), with request.resume()',
  (session, request) => {
    async function* audio(): AsyncGenerator<Uint8Array> {
      try {
        for await (const chunk of request.iterator({ destroyOnReturn: false })) yield chunk as Uint8Array;
      } finally {
        request.resume();
      }
    }
    return session.speak(audio());
  },
];

const CONVERTED: (typeof WAYS)[number] = [
  'speak(resample(request, …))',
  (session, request) => session.speak(resample(request, { fromHz: 8_000, toHz: 16_000 })),
];

describe('the body of a request at a server', () => {
  it.each([...WAYS, OWN_GENERATOR])(
    'does not prevent the response when the utterance fails: %s',
    async (_name, speak) => {
      await using trial = await openTrial();
      await trial.session.start();
      using server = await serve(answering(trial.session, speak));
      using client = new Client(server, WAV.length);
      client.write(WAV.subarray(0, 3_200));
      expect(await client.answered()).toMatch(/^HTTP\/1\.1 503 [^]*invalidRequest/);
      // The rest is discarded, so that the connection serves another request.
      client.write(WAV.subarray(3_200));
      expect(await client.next()).toMatch(/HTTP\/1\.1 200 [^]*next$/);
    },
  );

  it.each([...WAYS, CONVERTED, PIPELINE])(
    'does not prevent the response when the utterance is interrupted: %s',
    async (_name, speak) => {
      await using trial = await openTrial();
      await trial.session.start();
      const begun = (utterance: Utterance): void => {
        void trial.service.waitFor(({ event }) => event === 'audio').then(() => utterance.interrupt());
      };
      using server = await serve(answering(trial.session, speak, begun));
      using client = new Client(server, 2 * CHUNK.length);
      client.write(CHUNK);
      expect(await client.answered()).toMatch(/^HTTP\/1\.1 200 [^]*interrupted/);
      client.write(CHUNK);
      expect(await client.next()).toMatch(/HTTP\/1\.1 200 [^]*next$/);
    },
  );

  it('does not prevent the response when none of it is read', async () => {
    await using trial = await openTrial();
    await trial.session.close();
    using server = await serve(answering(trial.session, (session, request) => session.speak(request)));
    const answer = await fetch(`http://${LOOPBACK}:${server.port}`, {
      method: 'POST',
      body: WAV,
    });
    expect([answer.status, await answer.text()]).toEqual([503, 'connectionClosed']);
  });

  it('does not prevent the response over HTTP/2', async () => {
    await using trial = await openTrial();
    await trial.session.start();
    const handler = answering(trial.session, (session, request) => session.speak(request));
    const server = createHttp2Server(handler).listen(0, LOOPBACK);
    await once(server, 'listening');
    const client = connectHttp2(`http://${LOOPBACK}:${(server.address() as AddressInfo).port}`);
    const request = client.request({ ':method': 'POST' });
    request.end(WAV);
    const [headers] = (await once(request, 'response')) as [Record<string, unknown>];
    expect([headers[':status'], await text(request)]).toEqual([503, 'invalidRequest']);
    client.close();
    server.close();
  });

  it('makes the utterance fail when the client disconnects', async () => {
    await using trial = await openTrial();
    await trial.session.start();
    const speak: Speak = (session, request) => session.speak(request);
    const begun: Utterance[] = [];
    using server = await serve(answering(trial.session, speak, (utterance) => begun.push(utterance)));
    const client = new Client(server, 2 * CHUNK.length);
    client.write(CHUNK);
    await trial.service.waitFor(({ event }) => event === 'audio');
    client[Symbol.dispose]();
    await expect(begun[0]?.finished).rejects.toMatchObject({ origin: 'source', outcome: 'failed' });
  });
});

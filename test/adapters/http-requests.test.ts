/** The headers of every token request, and unusual responses that are accepted. */
import { gzipSync } from 'node:zlib';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Agent } from 'node:http';
import type { ClientRequest } from 'node:http';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { nodeHttpPost } from '../../src/adapters/node/node-http-post.js';
import { DEFAULT_USER_AGENT, PACKAGE_VERSION } from '../../src/adapters/token/http-token-source.js';
import { answerWith, useTokenConsole } from './token-console.js';

const service = useTokenConsole();
const TOKEN = '{"sessionToken":"tok"}';

describe('a token request', () => {
  it('names this package, its version and the runtime', async () => {
    service.answer = answerWith(200, TOKEN);
    await service.ask();
    expect(service.seen[0]?.headers['user-agent']).toBe(DEFAULT_USER_AGENT);
    expect(DEFAULT_USER_AGENT).toBe(`avatarkit-session/${PACKAGE_VERSION} node/${process.versions.node}`);
    const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(PACKAGE_VERSION).toBe(manifest.version);
  });

  it('names the user agent of its options', async () => {
    service.answer = answerWith(200, TOKEN);
    await service.ask({ userAgent: 'my-service/2.1' });
    expect(service.seen[0]?.headers['user-agent']).toBe('my-service/2.1');
  });

  it('requests an uncompressed response, and reads a compressed one, too', async () => {
    service.answer = (response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync(TOKEN));
    };
    await expect(service.ask()).resolves.toMatchObject({ token: 'tok' });
    expect(service.seen[0]?.headers['accept-encoding']).toBe('identity');
  });

  it('accepts a refusal with 40 KiB of headers', async () => {
    service.answer = (response) => {
      for (let n = 0; n < 10; n += 1) response.setHeader(`X-Trace-${n}`, 'x'.repeat(4_096));
      response.writeHead(503).end('busy');
    };
    await expect(service.failure()).resolves.toMatchObject({ httpStatus: 503, body: 'busy' });
    await service.expectNothingLeft();
  });

  it('reads no more than 1 MiB of headers', async () => {
    service.answer = (response) => {
      // Writes to the socket, because the HTTP server of Node also limits the headers that it sends.
      response.socket?.write('HTTP/1.1 503 Busy\r\n');
      const pour = (): void =>
        void response.socket?.write(`X-Trace: ${'x'.repeat(65_536)}\r\n`, (failed) => failed ?? pour());
      pour();
    };
    await expect(service.failure()).resolves.toMatchObject({ code: 'HPE_HEADER_OVERFLOW' });
    await service.expectNothingLeft();
  });

  it('uses the given agent', async () => {
    service.answer = answerWith(200, TOKEN);
    let sockets = 0;
    class CountingAgent extends Agent {
      override createConnection(
        ...given: Parameters<Agent['createConnection']>
      ): ReturnType<Agent['createConnection']> {
        sockets += 1;
        return super.createConnection(...given);
      }
    }
    const agent = new CountingAgent();
    await service.ask({ agent });
    expect(sockets).toBe(1);
    await service.expectNothingLeft();
  });
});

describe('a console without a port in its URL', () => {
  it.each([
    ['https', 443],
    ['http', 80],
  ])('is sent to the port of %s, %i, which the header Host does not name', async (scheme, port) => {
    const hosts: unknown[] = [];
    const onRequest = (message: unknown): void => {
      const { request } = message as { readonly request: ClientRequest };
      hosts.push(request.getHeader('host'));
    };
    subscribe('http.client.request.start', onRequest);
    // A loopback address on which no service listens, so the connection is refused.
    const { signal } = new AbortController();
    const post = { url: new URL(`${scheme}://127.91.7.3/v1`), headers: {}, body: '', signal };
    await expect(nodeHttpPost(post)).rejects.toMatchObject({ address: '127.91.7.3', port });
    unsubscribe('http.client.request.start', onRequest);
    expect(hosts).toEqual(['127.91.7.3']);
  });
});

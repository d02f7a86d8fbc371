/** The remedies when a gateway in front of the service answers the first connect, over real sockets. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { AvatarSDKError, newAvatarSession } from '../../src/index.js';

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const KEY = 'key-0123456789abcdef';
const page = (title: string): string =>
  `<html>\r\n<head><title>${title}</title></head><body></body></html>\r\n`;
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** The remedy after this answer to the token request, or to the upgrade after a successful token request. */
async function remedyOf(at: 'token' | 'upgrade', answer: Answer): Promise<string> {
  const { status, headers = {}, body = '' } = answer;
  const server = createServer((_request: IncomingMessage, response: ServerResponse) => {
    if (at === 'token') response.writeHead(status, headers).end(body);
    else response.end('{"sessionToken":"token-0123456789"}');
  });
  server.on('upgrade', (_request: IncomingMessage, socket: Duplex) => {
    const lines = Object.entries({ ...headers, 'Content-Length': `${body.length}`, Connection: 'close' });
    const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    socket.end(`HTTP/1.1 ${status} No\r\n${head}\r\n${body}`);
  });
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const session = newAvatarSession({
    apiKey: KEY,
    appId: 'app',
    avatarId: 'avatar',
    consoleEndpointUrl: `http://127.0.0.1:${port}`,
    ingressEndpointUrl: `ws://127.0.0.1:${port}`,
    retry: false,
    onError: () => undefined,
  });
  const error = await session.start().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!AvatarSDKError.is(error)) throw new Error(`the session did not fail: ${String(error)}`);
  expect(JSON.stringify(error)).not.toContain(KEY);
  return error.remediation;
}

describe('a first connect that a gateway answers', () => {
  it.each<['token' | 'upgrade', Answer, RegExp]>([
    [
      'token',
      { status: 302, headers: { Location: 'https://login.example/in?next=a' } },
      /https:\/\/login\.example, .*API key/,
    ],
    [
      'upgrade',
      { status: 307, headers: { Location: 'https://u:p@edge.example/x' } },
      /https:\/\/edge\.example, .*header/,
    ],
    ['token', { status: 301, headers: { Location: `https://${KEY}.example/` } }, /redirects to /],
    ['upgrade', { status: 405, body: page('405 Not Allowed') }, /does not pass WebSocket upgrades/],
    ['upgrade', { status: 426 }, /does not pass WebSocket upgrades/],
    ['upgrade', { status: 414, body: page('414 Request-URI Too Large') }, /length of a URL/],
    ['token', { status: 413, body: page('413 Request Entity Too Large') }, /client_max_body_size/],
    ['upgrade', { status: 400, body: page('400 The plain HTTP request was sent to HTTPS port') }, /wss:\/\//],
    [
      'upgrade',
      { status: 400, body: page('400 Bad Request from gw-7') },
      /its page says "400 Bad Request from gw-7"/,
    ],
    ['token', { status: 407 }, /requires a login/],
    ['token', { status: 511, body: page('Hotel WiFi') }, /portal.*its page says "Hotel WiFi"/],
    ['upgrade', { status: 429, body: page('429 Too Many Requests') }, /a rate limit in front of the service/],
    ['upgrade', { status: 403, body: page('Access denied') }, /firewall.*"Access denied"/],
    ['token', { status: 404, body: 'default backend - 404' }, /no route/],
    ['upgrade', { status: 502, body: page('502 Bad Gateway') }, /upstream of the proxy.*"502 Bad Gateway"/],
    ['upgrade', { status: 522 }, /CDN could not reach/],
    ['token', { status: 200, body: page('Maintenance') }, /consoleEndpointUrl.*"Maintenance"/],
    ['upgrade', { status: 502, body: page(`gateway of ${KEY}`) }, /upstream of the proxy/],
    ['token', { status: 401 }, /Check the API key/],
    ['upgrade', { status: 402, body: '{"message":"session denied"}' }, /billing state/],
  ])('%s %j', async (at, answer, remedy) => {
    const said = await remedyOf(at, answer);
    expect(said).toMatch(remedy);
    expect(said).not.toContain('\n');
    expect(said).not.toContain(KEY);
    expect(said).not.toContain('u:p');
  });
});

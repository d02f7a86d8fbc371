/** An agent sends token requests and upgrades through a proxy. */
import { readFileSync } from 'node:fs';
import { Agent, createServer, request as forward } from 'node:http';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { inspect } from 'node:util';
import { getProxyForUrl } from 'proxy-from-env';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AvatarEmulator } from '../../src/emulator/index.js';
import { createWsTransport, newAvatarSession } from '../../src/index.js';
import type { AvatarSDKError, AvatarSessionOptions } from '../../src/index.js';
import { FaultProxy } from '../support/fault-proxy.js';

// Loaded without its types, because these need the types of WebAssembly, which this project does not include.
const PACKAGE = ['proxy', 'agent'].join('-');
const { ProxyAgent } = (await import(PACKAGE)) as {
  readonly ProxyAgent: new (options: {
    getProxyForUrl(url: string): string;
    ca?: string | undefined;
  }) => Agent;
};

let service: AvatarEmulator;
let proxy: Server;
/** The requests at the proxy: `CONNECT host:port` or `POST url`. */
let asked: string[];
let logins: (string | undefined)[];
const open = new Set<Socket>();

beforeEach(async () => {
  service = await AvatarEmulator.start();
  asked = [];
  logins = [];
  proxy = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const { 'proxy-authorization': login, ...headers } = request.headers;
    logins.push(login);
    const onward = forward(request.url ?? '', { method: request.method, headers, agent: false });
    onward.on('error', () => response.destroy());
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  proxy.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  proxy.on('connect', (request, client: Socket, head: Buffer) => {
    asked.push(`${request.method} ${request.url}`);
    logins.push(request.headers['proxy-authorization']);
    const [host, port] = (request.url ?? '').split(':');
    const onward = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.write(head);
      onward.pipe(client).pipe(onward);
    });
    for (const socket of [client, onward]) {
      socket.on('error', () => undefined);
      socket.on('close', () => [client, onward].forEach((end) => end.destroy()));
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await service.stop();
  for (const socket of open) socket.destroy();
  await new Promise((resolve) => proxy.close(resolve));
});

const proxyUrl = (): string => `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
const target = (): string => new URL(service.consoleEndpointUrl).host;
const options = (): AvatarSessionOptions => {
  const { credentials, consoleEndpointUrl, ingressEndpointUrl } = service;
  return { ...credentials, consoleEndpointUrl, ingressEndpointUrl, retry: false };
};

/** The endpoints behind TLS on this port. */
const fixture = (name: string): string => readFileSync(`test/support/tls/${name}.pem`, 'utf8');
const secured = (port: number, agent: Agent): AvatarSessionOptions => {
  const behind = (address: string): string =>
    address.replace(/^(http|ws):\/\/[^/]+/, `$1s://localhost:${port}`);
  const { consoleEndpointUrl = '', ingressEndpointUrl = '' } = options();
  const endpoints = {
    consoleEndpointUrl: behind(consoleEndpointUrl),
    ingressEndpointUrl: behind(ingressEndpointUrl),
  };
  return { ...options(), ...endpoints, agent };
};

describe('proxies from environment variables', () => {
  /** An agent as in the documentation. It uses the variables for http: and https: also for WebSockets. */
  const fromEnvironment = (ca?: string): Agent =>
    new ProxyAgent({ getProxyForUrl: (url) => getProxyForUrl(url.replace(/^ws/, 'http')), ca });

  function stubProxies(url: string, noProxy: string, scheme: 'http' | 'https' = 'http'): void {
    const variables = { http_proxy: '', https_proxy: '', all_proxy: '', no_proxy: noProxy };
    for (const [name, value] of Object.entries({ ...variables, [`${scheme}_proxy`]: url })) {
      vi.stubEnv(name, value);
      vi.stubEnv(name.toUpperCase(), value);
    }
  }

  it('use HTTP_PROXY: token requests in absolute form and upgrades by a tunnel, both with the login', async () => {
    stubProxies(proxyUrl().replace('//', '//user:proxy-secret@'), '');
    const session = newAvatarSession({ ...options(), agent: fromEnvironment() });
    await session.start();
    await expect(session.speak(new Uint8Array(6_400)).finished).resolves.toMatchObject({
      outcome: 'delivered',
    });
    await session.close();
    expect(asked).toEqual([`POST ${service.consoleEndpointUrl}/session-tokens`, `CONNECT ${target()}`]);
    const login = `Basic ${Buffer.from('user:proxy-secret').toString('base64')}`;
    expect(logins).toEqual([login, login]);
  });

  it.each([
    ['use HTTPS_PROXY: token requests and upgrades by tunnels, with TLS', 'https', '', 2],
    ['do not use the proxy for hosts in NO_PROXY, also with TLS', 'https', 'localhost', 0],
    ['do not use a proxy for TLS if only HTTP_PROXY is set', 'http', '', 0],
  ] as const)('%s', async (_what, scheme, noProxy, tunnels) => {
    stubProxies(proxyUrl().replace('//', '//user:proxy-secret@'), noProxy, scheme);
    const targetPort = Number(new URL(service.consoleEndpointUrl).port);
    const tls = { cert: fixture('good'), key: fixture('good-key') };
    const front = await FaultProxy.start({ targetPort, tls });
    const { port } = front;
    const session = newAvatarSession(secured(port, fromEnvironment(fixture('ca'))));
    await session.start();
    expect(await session.speak(new Uint8Array(6_400)).finished).toMatchObject({ outcome: 'delivered' });
    await session.close();
    await front.stop();
    expect(asked).toEqual(Array<string>(tunnels).fill(`CONNECT localhost:${port}`));
    const login = `Basic ${Buffer.from('user:proxy-secret').toString('base64')}`;
    expect(logins).toEqual(Array<string>(tunnels).fill(login));
  });

  it('check the certificate of the server at the end of the tunnel', async () => {
    stubProxies(proxyUrl(), '', 'https');
    const targetPort = Number(new URL(service.consoleEndpointUrl).port);
    const tls = { cert: fixture('self-signed'), key: fixture('self-signed-key') };
    const front = await FaultProxy.start({ targetPort, tls });
    const session = newAvatarSession(secured(front.port, fromEnvironment(fixture('ca'))));
    await expect(session.start()).rejects.toMatchObject({ code: 'connectionFailed', permanent: true });
    await session.close();
    await front.stop();
  });

  it('show their login in no error and no history', async () => {
    stubProxies('http://user:proxy-secret@127.0.0.1:9', '');
    const session = newAvatarSession({ ...options(), agent: fromEnvironment() });
    const error = await session.start().catch((thrown: unknown) => thrown as AvatarSDKError);
    await session.close();
    expect(error).toMatchObject({ code: 'connectionFailed', phase: 'session_token' });
    expect(inspect([error, session.explain()], { depth: 9 })).not.toContain('proxy-secret');
  });

  it('do not use the proxy for hosts in NO_PROXY', async () => {
    stubProxies(proxyUrl(), '127.0.0.1');
    const session = newAvatarSession({ ...options(), agent: fromEnvironment() });
    await session.start();
    await session.close();
    expect(asked).toEqual([]);
  });
});

describe('an agent', () => {
  class CountingAgent extends Agent {
    made = 0;
    override createConnection(
      ...given: Parameters<Agent['createConnection']>
    ): ReturnType<Agent['createConnection']> {
      this.made += 1;
      return super.createConnection(...given);
    }
  }

  it('of the session makes the sockets of token requests and dials', async () => {
    const agent = new CountingAgent();
    const session = newAvatarSession({ ...options(), agent });
    await session.start();
    await session.close();
    expect(agent.made).toBe(2);
  });

  it('of the transport is used only for dials', async () => {
    const agent = new CountingAgent();
    const session = newAvatarSession({ ...options(), transport: createWsTransport({ agent }) });
    await session.start();
    await session.close();
    expect(agent.made).toBe(1);
  });

  it('of the wrong type is refused, and so is an unknown option', () => {
    const wrong = proxyUrl() as unknown as Agent;
    expect(() => newAvatarSession({ ...options(), agent: wrong })).toThrow(
      new TypeError('agent must be an http.Agent or an https.Agent, got string'),
    );
    expect(() => createWsTransport({ agent: wrong })).toThrow(TypeError);
    expect(() => createWsTransport({ proxy: proxyUrl() } as object)).toThrow(/unknown option proxy/);
  });
});

describe('an upgrade', () => {
  it.each([false, true])(
    'has a user agent with the name of this package, or that of the option; with query auth: %s',
    async (useQueryAuth) => {
      const seen: (string | undefined)[] = [];
      const front = createServer().on('upgrade', ({ headers }, socket: Socket) => {
        seen.push(headers['user-agent']);
        socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
      });
      await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
      const ingressEndpointUrl = `ws://127.0.0.1:${(front.address() as AddressInfo).port}`;
      for (const userAgent of [undefined, 'my-service/2.1']) {
        const session = newAvatarSession({ ...options(), ingressEndpointUrl, useQueryAuth, userAgent });
        await expect(session.start()).rejects.toMatchObject({ httpStatus: 403 });
      }
      await new Promise((resolve) => front.close(resolve));
      expect(seen).toEqual([
        expect.stringMatching(/^avatarkit-session\/\d+\.\d+\.\d+ node\//),
        'my-service/2.1',
      ]);
    },
  );

  it('refuses a user agent that would add a header', () => {
    expect(() => newAvatarSession({ ...options(), userAgent: 'a\r\nX-Admin: 1' })).toThrow(RangeError);
  });
});

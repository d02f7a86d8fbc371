/**
 * A page in a developer's browser can send requests to a loopback port. The service answers only if its
 * options allow the host.
 */
import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { AvatarEmulator } from '../../../src/emulator/index.js';
import { refusedHost } from '../../../src/emulator/http/serve-http.js';

type Headers = Readonly<Record<string, string>>;

async function tokenStatus(service: AvatarEmulator, headers: Headers): Promise<number | undefined> {
  const { port } = new URL(service.consoleEndpointUrl);
  const asked = request({
    ...{ host: '127.0.0.1', port, method: 'POST', path: '/v1/console/session-tokens' },
    headers: { 'X-Api-Key': service.credentials.apiKey, ...headers },
  });
  asked.end(JSON.stringify({ expireAt: Math.floor(Date.now() / 1000) + 600 }));
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

/** The status of an upgrade without the required parameters: 400 if the service handles it at all. */
async function upgradeStatus(service: AvatarEmulator, headers: Headers): Promise<string | undefined> {
  const { port } = new URL(service.ingressEndpointUrl);
  const socket = connect(Number(port), '127.0.0.1');
  const lines = Object.entries({
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  }).map(([name, value]) => `${name}: ${value}`);
  socket.write(['GET /v2/driveningress/websocket HTTP/1.1', ...lines, '', ''].join('\r\n'));
  const [data] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return data.toString().split(' ')[1];
}

const FOREIGN: readonly Headers[] = [
  { Host: 'evil.example' },
  { Host: 'evil.example:8080', Origin: 'http://evil.example:8080' },
  { Host: '127.0.0.1', Origin: 'https://evil.example' },
  { Host: 'localhost', Origin: 'null' },
  { Host: '127.0.0.1.evil.example' },
  { Host: 'localhost.evil.example' },
  { Host: '192.168.0.7' },
  { Host: 'evil.example@127.0.0.1' },
  { Host: '127.0.0.1/evil.example' },
  { Host: '127.0.0.1', Origin: 'NULL' },
  { Host: '127.0.0.1', Origin: 'HTTP://EVIL.EXAMPLE' },
  { Host: '127.0.0.1', Origin: 'http://localhost/evil.example' },
  { Host: '127.0.0.1', Origin: 'http://evil.example@localhost' },
  { Host: '127.0.0.1', Origin: 'file://' },
];

const LOCAL: readonly Headers[] = [
  { Host: 'localhost:8080' },
  { Host: '127.0.0.1', Origin: 'http://localhost:3000' },
  { Host: '[::1]:8080', Origin: 'https://app.localhost' },
  { Host: 'LOCALHOST.', Origin: 'http://127.0.0.2' },
  { Host: '127.0.0.1', Origin: 'HTTP://LOCALHOST:3000' },
];

describe('the embedded service', () => {
  it.each(FOREIGN)('refuses %j at both endpoints, without another effect', async (headers) => {
    await using service = await AvatarEmulator.start({ faults: [{ kind: 'reset', phase: 'token' }] });
    expect([await tokenStatus(service, headers), await upgradeStatus(service, headers)]).toEqual([
      403,
      '403',
    ]);
    expect(service.log.map(({ event }) => event)).toEqual(['hostRefused', 'hostRefused']);
  });

  it.each(LOCAL)('answers %j', async (headers) => {
    await using service = await AvatarEmulator.start();
    expect([await tokenStatus(service, headers), await upgradeStatus(service, headers)]).toEqual([
      200,
      '400',
    ]);
  });

  it('answers hosts that the options allow, with any port', async () => {
    await using service = await AvatarEmulator.start({ allowedHosts: ['Avatar.test'] });
    const headers = { Host: 'avatar.test:8443', Origin: 'https://avatar.test' };
    expect([await tokenStatus(service, headers), await upgradeStatus(service, headers)]).toEqual([
      200,
      '400',
    ]);
    expect(await tokenStatus(service, { Host: 'other.test' })).toBe(403);
  });

  it('reports what was refused and which option allows it', async () => {
    await using service = await AvatarEmulator.start();
    await tokenStatus(service, { Host: 'evil.example' });
    expect(service.log[0]).toMatchObject({
      event: 'hostRefused',
      detail: 'Host "evil.example" is no loopback host and not in the option allowedHosts',
    });
  });
});

it('truncates a header in its log', () => {
  const detail = refusedHost({ host: 'x'.repeat(16_000) }, []);
  expect(detail).toContain('…');
  expect(detail?.length).toBeLessThan(200);
});

it('accepts a request without either header', () => {
  expect(refusedHost({}, [])).toBeUndefined();
});

describe('the request line of a raw client', () => {
  async function statusOf(service: AvatarEmulator, lines: readonly string[]): Promise<string | undefined> {
    const socket = connect(Number(new URL(service.consoleEndpointUrl).port), '127.0.0.1');
    socket.write([...lines, '', ''].join('\r\n'));
    const [data] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    return data.toString().split(' ')[1];
  }
  const UPGRADE = ['Connection: Upgrade', 'Upgrade: websocket'];
  const TOKENS = '/v1/console/session-tokens';

  it.each([
    [
      'a foreign host in absolute form',
      [`POST http://evil.example${TOKENS} HTTP/1.1`, 'Host: localhost'],
      '403',
    ],
    [
      'a foreign host after user information',
      [`POST http://localhost@evil.example/ HTTP/1.1`, 'Host: localhost'],
      '403',
    ],
    ['the same for an upgrade', ['GET ws://evil.example/ HTTP/1.1', 'Host: localhost', ...UPGRADE], '403'],
    [
      'a loopback host in absolute form',
      [`POST http://localhost${TOKENS} HTTP/1.1`, 'Host: localhost'],
      '401',
    ],
    [
      'user information before a loopback host',
      [`POST http://evil.example@localhost${TOKENS} HTTP/1.1`, 'Host: localhost'],
      '403',
    ],
    ['two hosts', [`POST ${TOKENS} HTTP/1.1`, 'Host: localhost', 'Host: evil.example'], '403'],
    ['two hosts of an upgrade', ['GET / HTTP/1.1', 'Host: localhost', 'HOST: localhost', ...UPGRADE], '403'],
    [
      'two origins',
      [
        'GET / HTTP/1.1',
        'Host: localhost',
        'Origin: http://localhost',
        'Origin: http://evil.example',
        ...UPGRADE,
      ],
      '403',
    ],
    ['no Host, in HTTP/1.0', [`POST ${TOKENS} HTTP/1.0`], '401'],
    ['no Host, in HTTP/1.1', [`POST ${TOKENS} HTTP/1.1`], '400'],
  ])('%s', async (_what, lines, status) => {
    await using service = await AvatarEmulator.start();
    expect(await statusOf(service, lines)).toBe(status);
  });
});

/** The addresses of the service, and each part of the upgrade request (protocol notes, §1 and §2). */
import { describe, expect, it } from 'vitest';
import { KNOWN_REGIONS, regionEndpoints } from '../../../src/client/options/endpoint-fields.js';
import { mustUseQueryAuth, upgradeRequest } from '../../../src/client/loop/dial-request.js';
import { FakeTransport } from '../fake-transport.js';
import { virtualSession } from '../virtual-session.js';

const request = {
  ingressEndpointUrl: 'wss://ingress.test/v2/driveningress',
  appId: 'app 1',
  avatarId: 'avatar/ü',
  token: 'tok+en=',
  useQueryAuth: false,
  userAgent: 'agent/1',
};

describe('a region', () => {
  it.each([
    [
      'us-west',
      'https://console.us-west.spatius.ai/v1/console',
      'wss://api.us-west.spatius.ai/v2/driveningress',
    ],
    [
      'ap-northeast',
      'https://console.ap-northeast.spatius.ai/v1/console',
      'wss://api.ap-northeast.spatius.ai/v2/driveningress',
    ],
    [
      'cn-beijing',
      'https://console.cn-beijing.spatialwalk.top/v1/console',
      'wss://api.cn-beijing.spatialwalk.top/v2/driveningress',
    ],
    [
      'cn-north',
      'https://console.cn-north.spatialwalk.top/v1/console',
      'wss://api.cn-north.spatialwalk.top/v2/driveningress',
    ],
    [
      'eu-new',
      'https://console.eu-new.spatius.ai/v1/console',
      'wss://api.eu-new.spatius.ai/v2/driveningress',
    ],
  ])('%s has its console and its ingress', (region, consoleEndpointUrl, ingressEndpointUrl) => {
    expect(regionEndpoints(region)).toEqual({ consoleEndpointUrl, ingressEndpointUrl });
  });

  it('is one of three known ones', () => {
    expect(KNOWN_REGIONS).toEqual(['us-west', 'ap-northeast', 'cn-beijing']);
  });
});

describe('the URL of the upgrade', () => {
  it.each([
    ['wss://h.test/a', 'wss://h.test/a/websocket'],
    ['ws://h.test:8080/a', 'ws://h.test:8080/a/websocket'],
    ['https://h.test/a', 'wss://h.test/a/websocket'],
    ['http://h.test/a', 'ws://h.test/a/websocket'],
    ['wss://h.test', 'wss://h.test/websocket'],
    ['wss://h.test/', 'wss://h.test/websocket'],
    ['wss://h.test/a//', 'wss://h.test/a/websocket'],
  ])('made from %s is %s with the avatar id', (ingressEndpointUrl, expected) => {
    const { url } = upgradeRequest({ ...request, avatarId: 'a', ingressEndpointUrl });
    expect(url).toBe(`${expected}?id=a`);
  });

  it('contains the avatar id, with any characters', () => {
    const { url } = upgradeRequest(request);
    expect(new URL(url).searchParams.get('id')).toBe('avatar/ü');
  });

  it('keeps an existing query, and replaces an id in it', () => {
    const { url } = upgradeRequest({ ...request, ingressEndpointUrl: 'wss://h.test/a?route=7&id=old' });
    expect([...new URL(url).searchParams]).toEqual([
      ['route', '7'],
      ['id', 'avatar/ü'],
    ]);
  });
});

describe('the credentials of the upgrade', () => {
  it('are headers, and never in the URL, also when the ingress URL contains credentials', () => {
    const stray = 'wss://h.test/a?appId=old&sessionKey=old&sessionKey=older';
    const { url, headers } = upgradeRequest({ ...request, ingressEndpointUrl: stray });
    expect(headers).toEqual({ 'X-App-ID': 'app 1', 'X-Session-Key': 'tok+en=', 'User-Agent': 'agent/1' });
    expect([...new URL(url).searchParams.keys()]).toEqual(['id']);
  });

  it('are query parameters with useQueryAuth, once each, and not among the headers', () => {
    const stray = 'wss://h.test/a?sessionKey=old&sessionKey=older';
    const { url, headers } = upgradeRequest({ ...request, useQueryAuth: true, ingressEndpointUrl: stray });
    expect(headers).toEqual({ 'User-Agent': 'agent/1' });
    const { searchParams } = new URL(url);
    expect([searchParams.getAll('appId'), searchParams.getAll('sessionKey')]).toEqual([
      ['app 1'],
      ['tok+en='],
    ]);
  });

  it('must be query parameters on a transport without headers', () => {
    const transport = new FakeTransport(() => undefined);
    expect(mustUseQueryAuth(transport)).toBe(false);
    transport.sendsHeaders = false;
    expect(mustUseQueryAuth(transport)).toBe(true);
  });

  it.each([
    ['headers', true, false, 'header'],
    ['headers, with the option for the query', true, true, 'query'],
    ['no headers', false, false, 'query'],
  ] as const)('of a session on a transport with %s', async (_name, sendsHeaders, useQueryAuth, expected) => {
    const transport = new FakeTransport((dial) => void dial.confirm());
    transport.sendsHeaders = sendsHeaders;
    const { session, clock } = virtualSession({
      service: () => undefined,
      options: { transport, useQueryAuth },
    });
    void session.start();
    await clock.settle();
    const [dial] = transport.dials;
    const inQuery = new URL(dial?.request.url ?? '').searchParams.get('sessionKey');
    expect([inQuery, dial?.request.headers['X-Session-Key']]).toEqual(
      expected === 'query' ? ['token-1', undefined] : [null, 'token-1'],
    );
    void session.close();
    await clock.settle();
  });
});

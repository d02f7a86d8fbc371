/** The warning when credentials would be sent over a network in clear text. */
import { describe, expect, it, vi } from 'vitest';
import { FakeTransport } from './fake-transport.js';
import { newAvatarSession } from '../../src/index.js';
import type { AvatarSessionOptions } from '../../src/index.js';

/** The warnings of sessions that begin with these options. */
async function warnings(...all: Partial<AvatarSessionOptions>[]): Promise<unknown[]> {
  const emitted = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  for (const options of all) {
    const session = newAvatarSession({
      appId: 'app',
      avatarId: 'avatar',
      apiKey: 'key',
      httpPost: () => Promise.resolve({ status: 200, headers: {}, body: '{"sessionToken":"tok"}' }),
      transport: new FakeTransport((dial) => void dial.confirm()),
      ...options,
    });
    await session.start();
    await session.close();
  }
  const calls: readonly (readonly unknown[])[] = emitted.mock.calls;
  const cleartext = calls.filter(([, name]) => name === 'AvatarKitCleartextWarning');
  emitted.mockRestore();
  return cleartext.map(([message]) => message);
}

describe('an endpoint without TLS', () => {
  it('causes one warning, with the option and the host', async () => {
    const ingressEndpointUrl = 'ws://ingress.one.test:8080/v2?key=secret';
    expect(await warnings({ ingressEndpointUrl }, { ingressEndpointUrl })).toEqual([
      'ingressEndpointUrl has no TLS: credentials and audio go to ingress.one.test:8080 in clear text; use wss:',
    ]);
  });

  it('causes no warning for the console if the session does not use the console', async () => {
    const consoleEndpointUrl = 'http://user:pass@console.two.test/v1';
    const ingressEndpointUrl = 'https://ingress.two.test';
    expect(
      await warnings({ consoleEndpointUrl, ingressEndpointUrl, tokenProvider: () => 'a-token' }),
    ).toEqual([]);
    expect(await warnings({ consoleEndpointUrl, ingressEndpointUrl })).toEqual([
      'consoleEndpointUrl has no TLS: credentials and audio go to console.two.test in clear text; use https:',
    ]);
  });

  it.each(['127.0.0.1:81', '127.9.9.9', 'localhost', 'emulator.localhost', '[::1]:9'])(
    'causes no warning on this machine: %s',
    async (host) => {
      const endpoints = { consoleEndpointUrl: `http://${host}`, ingressEndpointUrl: `http://${host}` };
      expect(await warnings(endpoints)).toEqual([]);
    },
  );

  it('does not count as loopback because of a similar name', async () => {
    expect(await warnings({ ingressEndpointUrl: 'ws://127.0.0.1.evil.test' })).toHaveLength(1);
  });
});

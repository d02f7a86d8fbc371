import { describe, expect, it } from 'vitest';
import { newAvatarSession } from '../../src/index.js';
import type { HttpPostRequest } from '../../src/index.js';
import { VirtualClock } from '../virtual-clock.js';
import { FakeTransport } from './fake-transport.js';

describe('a session with an HTTP client of its own', () => {
  it('asks for its tokens through it', async () => {
    const clock = new VirtualClock();
    const transport = new FakeTransport((dial) => void dial.confirm());
    const posted: HttpPostRequest[] = [];
    const session = newAvatarSession({
      apiKey: 'key',
      appId: 'app',
      avatarId: 'avatar',
      consoleEndpointUrl: 'https://console.test/v1/console',
      transport,
      clock,
      httpPost: (request) => {
        posted.push(request);
        return Promise.resolve({ status: 200, headers: {}, body: '{"sessionToken":"tok"}' });
      },
    });
    const started = session.start();
    await clock.settle();
    await started;
    expect(posted).toMatchObject([
      { url: new URL('https://console.test/v1/console/session-tokens'), headers: { 'X-Api-Key': 'key' } },
    ]);
    expect(transport.dials[0]?.request.headers).toMatchObject({ 'X-Session-Key': 'tok' });
    await Promise.all([session.close(), clock.advance(2_000)]);
  });

  it('takes an answer that ended too early for a failure of the network', async () => {
    const session = newAvatarSession({
      apiKey: 'key',
      appId: 'app',
      avatarId: 'avatar',
      retry: false,
      httpPost: () => Promise.resolve({ status: 200, headers: {}, body: '{"sess', broken: {} }),
    });
    await expect(session.start()).rejects.toMatchObject({ code: 'connectionFailed', phase: 'session_token' });
  });
});

import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { newAvatarSession } from '../../../src/index.js';

const SECRETS = ['key-secret', 'pass-secret', 'query-secret', 'param-secret', 'room-secret'];

it('shows what a session works with, frozen, and none of its secrets', () => {
  const session = newAvatarSession({
    apiKey: 'key-secret',
    appId: 'app',
    avatarId: 'avatar',
    consoleEndpointUrl: 'https://user:pass-secret@console.test/v1',
    ingressEndpointUrl: 'wss://ingress.test/v2?token=query-secret',
    extraParams: { tier: 'param-secret' },
    livekitEgress: { url: 'wss://room.test', apiToken: 'room-secret' },
    audioFormat: 'ogg_opus',
    oggOpusEncoder: true,
    heartbeat: false,
    onError: () => undefined,
  });
  const { config } = session;
  expect(config).toMatchObject({
    appId: 'app',
    consoleEndpointUrl: 'https://console.test/v1',
    ingressEndpointUrl: 'wss://ingress.test/v2',
    egress: 'livekit',
    audioFormat: 1,
    sampleRate: 16_000,
    recovery: 'tail',
    timeoutMs: 10_000,
    heartbeat: false,
    oggOpusEncoder: { frameDurationMs: 20, application: 'voip', isOwn: false },
    retry: { maxAttempts: expect.any(Number) as number },
  });
  expect(Object.isFrozen(config) && Object.isFrozen(config['replay'])).toBe(true);
  const shown = inspect(config, { depth: 9, showHidden: true });
  for (const secret of SECRETS) expect(shown).not.toContain(secret);
});

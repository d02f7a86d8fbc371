import { inspect } from 'node:util';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { SESSION_FIELDS } from '../../../src/client/options/session-fields.js';
import { newAvatarSession } from '../../../src/index.js';
import type { AvatarSessionOptions, HttpPost, SessionConfig } from '../../../src/index.js';
import { membersOf } from '../../docs/source-docs.js';

const SECRETS = ['key-secret', 'pass-secret', 'query-secret', 'param-secret', 'room-secret'];
const CREDENTIALS = { apiKey: 'key-secret', appId: 'app', avatarId: 'avatar' };

const configWith = (options: Partial<AvatarSessionOptions> = {}): SessionConfig =>
  newAvatarSession({ ...CREDENTIALS, ...options }).config;

/** Options that `config` does not show by their name, with the reason. */
const NOT_SHOWN: Readonly<Record<string, 'secret' | 'function' | 'implementation' | 'as egress'>> = {
  apiKey: 'secret',
  extraParams: 'secret',
  livekitEgress: 'as egress',
  agoraEgress: 'as egress',
  tokenProvider: 'function',
  httpPost: 'function',
  onError: 'function',
  onRetry: 'function',
  onReconnect: 'function',
  onStateChange: 'function',
  onFrame: 'function',
  onPlayback: 'function',
  onClose: 'function',
  onEncodedAudio: 'function',
  transportFrames: 'function',
  connectGate: 'implementation',
  coordinator: 'implementation',
  logger: 'implementation',
  transport: 'implementation',
  agent: 'implementation',
  clock: 'implementation',
  random: 'implementation',
};

describe('session.config', () => {
  it('shows every option except secrets, functions and implementations', () => {
    const shown = Object.keys(SESSION_FIELDS).filter((name) => !(name in NOT_SHOWN));
    expect(Object.keys(configWith()).toSorted()).toEqual([...shown, 'egress'].toSorted());
    expect(Object.keys(NOT_SHOWN).filter((name) => !(name in SESSION_FIELDS))).toEqual([]);
  });

  it('has the members of its type', () => {
    const typed = membersOf('src/client/options/session-config.ts', 'SessionConfig').map(({ name }) => name);
    expect(Object.keys(configWith()).toSorted()).toEqual(typed.toSorted());
  });

  it('has a type for each member', () => {
    expectTypeOf<SessionConfig['sampleRate']>().toEqualTypeOf<number>();
    expectTypeOf<SessionConfig['audioFormat']>().toEqualTypeOf<0 | 1>();
    expectTypeOf<SessionConfig['recovery']>().toEqualTypeOf<'replay' | 'tail' | 'drop' | 'fail'>();
    expectTypeOf<SessionConfig['maxSessionMs']>().toEqualTypeOf<number | undefined>();
    expectTypeOf<SessionConfig['retry']['maxAttempts']>().toEqualTypeOf<number>();
    expectTypeOf<SessionConfig>().not.toHaveProperty('apiKey');
  });

  it('has the defaults of a session without options', () => {
    expect(configWith()).toMatchObject({
      environment: 'spatius',
      region: 'us-west',
      consoleEndpointUrl: 'https://console.us-west.spatius.ai/v1/console',
      ingressEndpointUrl: 'wss://api.us-west.spatius.ai/v2/driveningress',
      expireAt: undefined,
      sampleRate: 16_000,
      bitrate: 0,
      audioFormat: 0,
      oggOpusEncoder: false,
      useQueryAuth: false,
      egress: 'none',
      timeoutMs: 10_000,
      recovery: 'tail',
      overlap: 'queue',
      closeOnExit: false,
      heartbeat: {
        intervalMs: 5_000,
        timeoutMs: 5_000,
        speaking: { intervalMs: 1_000, timeoutMs: 2_000 },
      },
      profile: 'default',
    });
  });

  it('shows no secret, and is frozen', () => {
    const config = configWith({
      consoleEndpointUrl: 'https://user:pass-secret@console.test/v1',
      ingressEndpointUrl: 'wss://ingress.test/v2?token=query-secret',
      extraParams: { tier: 'param-secret' },
      livekitEgress: { url: 'wss://room.test', apiToken: 'room-secret' },
      audioFormat: 'ogg_opus',
      oggOpusEncoder: true,
      heartbeat: false,
      expireAt: 4_000_000_000,
      onError: () => undefined,
    });
    expect(config).toMatchObject({
      region: undefined,
      consoleEndpointUrl: 'https://console.test/v1',
      ingressEndpointUrl: 'wss://ingress.test/v2',
      egress: 'livekit',
      overlap: 'parallel',
      audioFormat: 1,
      expireAt: 4_000_000_000,
      heartbeat: false,
      oggOpusEncoder: { frameDurationMs: 20, application: 'voip', bitrate: undefined, isOwn: false },
    });
    expect(Object.isFrozen(config) && Object.isFrozen(config.replay)).toBe(true);
    const shown = inspect(config, { depth: 9, showHidden: true });
    for (const secret of SECRETS) expect(shown).not.toContain(secret);
  });

  it('still has the kind of egress when the session is over', async () => {
    const session = newAvatarSession({
      ...CREDENTIALS,
      agoraEgress: { channelName: 'a', token: 'room-secret' },
    });
    await session.close();
    expect(session.config.egress).toBe('agora');
  });

  it('has the region that `auto` has found', async () => {
    const httpPost: HttpPost = ({ url }) =>
      Promise.resolve(
        url.pathname === '/bootstrap'
          ? { status: 200, headers: {}, body: '{"region":{"current":"ap-northeast"}}' }
          : { status: 200, headers: {}, body: '{"sessionToken":"t"}' },
      );
    const session = newAvatarSession({ ...CREDENTIALS, region: 'auto', httpPost });
    expect(session.config).toMatchObject({
      region: 'auto',
      consoleEndpointUrl: 'https://console.us-west.spatius.ai/v1/console',
    });
    await session.init();
    expect(session.config).toMatchObject({
      region: 'ap-northeast',
      consoleEndpointUrl: 'https://console.ap-northeast.spatius.ai/v1/console',
    });
    await session.close();
  });
});

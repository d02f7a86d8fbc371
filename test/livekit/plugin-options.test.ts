/**
 * Of `plugin-options`: the options, the environment variables that replace missing ones, and the session
 * options that result.
 */
import { describe, expect, it } from 'vitest';
import { checkStartOptions } from '../../src/livekit/call-options.js';
import type { StartOptions } from '../../src/livekit/call-options.js';
import { checkPluginOptions } from '../../src/livekit/plugin-options.js';
import type { AvatarSessionOptions } from '../../src/livekit/plugin-options.js';

const ACCOUNT = { apiKey: 'a key', appId: 'an app', avatarId: 'an avatar' };
const SERVER = { livekitUrl: 'wss://room', livekitApiKey: 'a key', livekitApiSecret: 'a secret' };

describe('the options of the plugin', () => {
  it('are those of the account; every other option has the default of the session or of the plugin', () => {
    expect(checkPluginOptions(ACCOUNT, {})).toEqual({
      participantIdentity: 'spatius-avatar-agent',
      participantName: 'spatius-avatar-agent',
      idleTimeoutMs: 0,
      drainTimeoutMs: 0,
      sampleRate: undefined,
      session: {
        ...ACCOUNT,
        region: undefined,
        consoleEndpointUrl: undefined,
        ingressEndpointUrl: undefined,
        audioFormat: 'pcm_s16le',
        bitrate: undefined,
        extraParams: undefined,
      },
    });
  });

  it('come from the environment if they are not given', () => {
    const environment = {
      SPATIUS_API_KEY: 'its key',
      SPATIUS_APP_ID: 'its app',
      SPATIUS_AVATAR_ID: 'its avatar',
      SPATIUS_REGION: 'ap-northeast',
      SPATIUS_CONSOLE_ENDPOINT: 'https://console',
      SPATIUS_INGRESS_ENDPOINT: 'wss://ingress',
      SPATIUS_AUDIO_FORMAT: 'pcm_s16le',
    };
    expect(checkPluginOptions({ appId: 'mine' }, environment).session).toMatchObject({
      apiKey: 'its key',
      appId: 'mine',
      avatarId: 'its avatar',
      region: 'ap-northeast',
      consoleEndpointUrl: 'https://console',
      ingressEndpointUrl: 'wss://ingress',
    });
  });

  it('of Ogg Opus make the session encode', () => {
    const options = { ...ACCOUNT, bitrate: 32_000, opusFrameDuration: 40, opusApplication: 'voip' } as const;
    expect(checkPluginOptions(options, { SPATIUS_AUDIO_FORMAT: 'ogg_opus' }).session).toMatchObject({
      audioFormat: 'ogg_opus',
      bitrate: 32_000,
      oggOpusEncoder: { frameDurationMs: 40, application: 'voip' },
    });
  });

  it('of the session are passed to it', () => {
    const tokenProvider = (): string => 'a token';
    const { session } = checkPluginOptions(
      { appId: 'an app', avatarId: 'an avatar', session: { tokenProvider, retry: 'patient' } },
      {},
    );
    expect(session).toMatchObject({ apiKey: undefined, tokenProvider, retry: 'patient' });
  });

  it.each<[AvatarSessionOptions, NodeJS.ProcessEnv, string]>([
    [{}, {}, 'apiKey is missing: give it, or set SPATIUS_API_KEY'],
    [{ ...ACCOUNT, appId: '' }, {}, 'appId is missing: give it, or set SPATIUS_APP_ID'],
    [{ ...ACCOUNT, avatarId: undefined }, { SPATIUS_AVATAR_ID: '' }, 'avatarId is missing: give it'],
    [{ ...ACCOUNT, avatarID: 'x' } as AvatarSessionOptions, {}, 'avatarID'],
    [{ ...ACCOUNT, idleTimeout: -1 }, {}, 'idleTimeout must be'],
    [
      { ...ACCOUNT, audioFormat: 'mp3' as never },
      {},
      'audioFormat must be one of pcm_s16le, ogg_opus, got "mp3"',
    ],
    [ACCOUNT, { SPATIUS_AUDIO_FORMAT: 'mp3' }, 'SPATIUS_AUDIO_FORMAT counts where it is not given'],
    [{ ...ACCOUNT, oggOpusEncoder: true } as AvatarSessionOptions, {}, 'unknown option'],
    [{ ...ACCOUNT, session: { appId: 'x' } as never }, {}, 'session.appId is the plugin'],
  ])('%j with %j are refused', (options, environment, message) => {
    expect(() => checkPluginOptions(options, environment)).toThrow(message);
  });
});

describe('the options of its start', () => {
  it('name the LiveKit server, which the environment may name as well', () => {
    const environment = { LIVEKIT_URL: 'wss://its', LIVEKIT_API_KEY: 'its key', LIVEKIT_API_SECRET: 'its' };
    const given = { url: 'wss://its', apiKey: 'its key', apiSecret: 'its', roomName: 'a room' };
    expect(checkStartOptions({ livekitRoomName: 'a room' }, environment)).toEqual(given);
    expect(checkStartOptions(SERVER, environment)).toMatchObject({
      url: 'wss://room',
      apiSecret: 'a secret',
    });
  });

  it.each<[StartOptions, string]>([
    [{ ...SERVER, livekitUrl: '' }, 'livekitUrl is missing: give it, or set LIVEKIT_URL'],
    [{ ...SERVER, livekitApiKey: undefined }, 'livekitApiKey is missing: give it, or set LIVEKIT_API_KEY'],
    [{ ...SERVER, livekitApiSecret: undefined }, 'livekitApiSecret is missing: give it, or set'],
    [{ ...SERVER, room: 'x' } as StartOptions, 'room'],
  ])('%j are refused', (options, message) => {
    expect(() => checkStartOptions(options, {})).toThrow(message);
  });
});

/** Which parts of the URL of an endpoint are secret. */
import { describe, expect, it } from 'vitest';
import { urlSecrets } from '../../../src/core/redaction/parameter-secrets.js';

describe('secrets of an address', () => {
  it.each<[string, string, readonly string[]]>([
    ['none', 'https://console.us-west.spatius.ai/v1/console', []],
    ['an avatar id', 'wss://host/v2/websocket?id=avatar-1234', []],
    ['a password', 'https://gw:pass-word@host/v1', ['gw:pass-word', 'pass-word']],
    [
      'a long user name, which may be a key',
      'https://sk_live_123:x@host/v1',
      ['sk_live_123:x', 'x', 'sk_live_123'],
    ],
    ['a user without a password', 'https://sk_live_123@host', ['sk_live_123']],
    ['an escaped password', 'https://u:p%40ss%2Fword@host', ['u:p@ss/word', 'p@ss/word']],
    ['a query', 'wss://host/v2?gw=GatewayKey123&region=us-west&v=2', ['GatewayKey123']],
    ['a query value with escapes', 'wss://host?sig=a%2Bb%3D%3D+1234', ['a+b== 1234']],
    ['a lone percent sign', 'wss://host?sig=100%abcdefgh', ['100%abcdefgh']],
    ['an @ in the path', 'https://host/@team/v1', []],
    ['no URL', 'nonsense @ all', []],
  ])('%s', (_what, address, secrets) => {
    expect(urlSecrets(address)).toEqual(secrets);
  });
});

/** A key or a token as the value of a wrong option: no error shows it, and no error shows any other long value. */
import { describe, expect, it } from 'vitest';
import { refusal, required } from './refused-options.js';

const ROOM = { url: 'wss://room.test', apiToken: 'room-token' };

/** The names of all options, from the error for an unknown name. */
const ALL_OPTIONS = (refusal({ ...required, '?': 1 })?.message ?? '')
  .replace(/^.*known names: /, '')
  .split(', ');

describe('a secret in the wrong place', () => {
  const SECRET = 'sk-3141592653589793';
  it.each<readonly [string, unknown]>([
    ['the API key in place of the options', SECRET],
    ['a token in place of tokenProvider', { ...required, tokenProvider: SECRET }],
    ['a room token in place of livekitEgress', { ...required, livekitEgress: SECRET }],
    ['a room token in place of agoraEgress', { ...required, agoraEgress: SECRET }],
    ['a secret in place of extraParams', { ...required, extraParams: SECRET }],
    ...ALL_OPTIONS.map(
      (name) => [`a key in place of ${name}`, { ...required, [name]: SECRET }] as const,
    ).filter(([, given]) => refusal(given) !== undefined),
    ['a key in place of an option of replay', { ...required, replay: { onLimit: SECRET, ttlMs: SECRET } }],
    ['a key in place of a rule', { ...required, retry: { rules: { unknown: SECRET } } }],
    ['a key in place of a jitter', { ...required, retry: { backoff: { jitter: SECRET } } }],
    ['a key as a name', { ...required, [SECRET]: true }],
    ['a key as a name in retry', { ...required, retry: { [SECRET]: true } }],
    ['a key as a parameter of the wrong kind', { ...required, extraParams: { [SECRET]: 5 } }],
    [
      'a key in place of a room’s attributes',
      { ...required, livekitEgress: { ...ROOM, extraAttributes: SECRET } },
    ],
    ['a key in place of a room’s uid', { ...required, agoraEgress: { channelName: 'c', uid: SECRET } }],
    ['a key in a list', { ...required, apiKey: [SECRET] }],
    ['credentials in a console URL', { ...required, consoleEndpointUrl: `ftp://user:${SECRET}@h.test` }],
    [
      'a session key in an ingress URL',
      { ...required, ingressEndpointUrl: `ftp://h.test?sessionKey=${SECRET}` },
    ],
    ['a session key in an invalid URL', { ...required, ingressEndpointUrl: `h?sessionKey=${SECRET}` }],
  ])('is refused without being shown: %s', (_name, given) => {
    const error = refusal(given);
    expect(error).toBeInstanceOf(Error);
    expect(`${String(error)} ${String(error?.stack)}`).not.toContain(SECRET);
    expect(error?.message.length).toBeLessThan(1_000);
  });
});

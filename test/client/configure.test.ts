/**
 * The configuration message of sessions without egress. Sessions with equal values share the message, other
 * sessions do not.
 */
import { describe, expect, it } from 'vitest';
import { encodedWithoutEgress } from '../../src/client/loop/dial-request.js';
import { resolveSessionOptions } from '../../src/client/options/resolve-session-options.js';
import type { AvatarSessionOptions } from '../../src/client/options/session-options.js';
import { UpgradeRefused } from '../../src/index.js';
import { decodeClientMessage } from '../../src/wire/decode.js';
import { virtualSession } from './virtual-session.js';

const configure = (options: Partial<AvatarSessionOptions>): Uint8Array =>
  encodedWithoutEgress(resolveSessionOptions({ apiKey: 'k', appId: 'a', avatarId: 'b', ...options }));

describe('the configuration without egress', () => {
  it('has the values of its session, for any sessions before it', () => {
    const given = [
      { sampleRate: 16_000 },
      { sampleRate: 24_000 },
      { sampleRate: 24_000, bitrate: 9 },
      { sampleRate: 24_000, bitrate: 9, audioFormat: 1 },
      { sampleRate: 24_000, bitrate: 9, audioFormat: 1, extraParams: { mood: 'glad' } },
      { sampleRate: 24_000, bitrate: 9, audioFormat: 1, extraParams: { mood: 'sad' } },
      { sampleRate: 16_000 },
    ] as const;
    for (const options of given) {
      expect(decodeClientMessage(configure(options))).toMatchObject({ type: 1, egressType: 0, ...options });
    }
  });

  it('is the same message for sessions with equal values', () => {
    expect(configure({ bitrate: 9 })).toBe(configure({ bitrate: 9 }));
  });
});

describe('an unusable egress configuration', () => {
  const room = { url: 'wss://room.test', roomName: 'room' };
  it.each<[string, string, object]>([
    ['a room token of bytes that are not UTF-8', 'livekitEgress.apiToken', { apiToken: new Uint8Array(16) }],
    ['a room secret that is a number', 'livekitEgress.apiSecret', { apiKey: 'key', apiSecret: 12_345_678 }],
    ['no credentials', 'an apiToken, or both an apiKey and an apiSecret', {}],
    ['an empty URL', 'livekitEgress.url must not be empty', { url: '', apiToken: 'token-of-room' }],
    ['a misspelt field', 'did you mean roomName?', { apiToken: 'token-of-room', room: 'r' }],
    [
      'a room name that is not a string',
      'livekitEgress.roomName must be a string, got object',
      { apiToken: 'token-of-room', roomName: {} },
    ],
  ])('is refused before the upgrade, and named (%s)', async (_name, named, fields) => {
    const { session, clock, dialsAtMs } = virtualSession({
      service: (dial) => dial.refuse(new UpgradeRefused(503, {}, '')),
      options: { livekitEgress: () => ({ ...room, ...fields }) },
    });
    const started = session.start();
    const outcome = expect(started).rejects.toMatchObject({
      code: 'invalidEgressConfig',
      origin: 'application',
      message: expect.stringContaining(named) as string,
    });
    await clock.settle();
    await outcome;
    expect([dialsAtMs, clock.pendingTimers]).toEqual([[], 0]);
  });
});

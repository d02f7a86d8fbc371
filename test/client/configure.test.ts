/** The configuration message of sessions without egress: made once for those that say the same, and never mixed up. */
import { describe, expect, it } from 'vitest';
import { encodedWithoutEgress } from '../../src/client/loop/egress.js';
import { resolveSessionOptions } from '../../src/client/options/resolve-session-options.js';
import type { AvatarSessionOptions } from '../../src/client/options/session-options.js';
import { decodeClientMessage } from '../../src/wire/decode.js';

const configure = (options: Partial<AvatarSessionOptions>): Uint8Array =>
  encodedWithoutEgress(resolveSessionOptions({ apiKey: 'k', appId: 'a', avatarId: 'b', ...options }));

describe('the configuration without egress', () => {
  it('says what its own session was given, whoever came before', () => {
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

  it('is the same message for sessions that say the same', () => {
    expect(configure({ bitrate: 9 })).toBe(configure({ bitrate: 9 }));
  });
});

/** speak() with the format of its source, which is converted, refused or cancelled, over real sockets. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AvatarEmulator } from '../../../src/emulator/index.js';
import { AudioFormat, newAvatarSession } from '../../../src/index.js';
import type { AvatarSession, AvatarSessionOptions, SourceFormat } from '../../../src/index.js';

let service: AvatarEmulator;
let session: AvatarSession;

function open(options: Partial<AvatarSessionOptions> = {}): AvatarSession {
  const { credentials, consoleEndpointUrl, ingressEndpointUrl } = service;
  return newAvatarSession({ ...credentials, consoleEndpointUrl, ingressEndpointUrl, ...options });
}

beforeEach(async () => {
  service = await AvatarEmulator.start();
  session = open();
});
afterEach(async () => {
  await session.close();
  await service.stop();
});

describe('speak with a format', () => {
  it.each<[SourceFormat, Uint8Array | Float32Array]>([
    [{ encoding: 'pcm_s16le', sampleRateHz: 48_000 }, new Uint8Array(96_000)],
    [{ encoding: 'pcm_f32le', sampleRateHz: 24_000 }, new Float32Array(24_000)],
    [{ encoding: 'pcm_mulaw', sampleRateHz: 8_000 }, new Uint8Array(8_000)],
    [{ encoding: 'pcm_alaw', sampleRateHz: 16_000 }, new Uint8Array(16_000)],
  ])('converts a second of %o to a second of the session’s PCM', async (format, audio) => {
    await session.start();
    expect((await session.speak(audio, { format }).finished).keyframes).toBe(25);
    const halves = [audio.subarray(0, audio.length / 2), audio.subarray(audio.length / 2)];
    expect((await session.speak(halves, { format }).finished).keyframes).toBe(25);
  });

  it('cancels the source when the utterance is interrupted', async () => {
    await session.start();
    let left: () => void = () => undefined;
    const leaving = new Promise<void>((resolve) => (left = resolve));
    const voice = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>(() => undefined),
        return: () => {
          left();
          return Promise.resolve({ done: true as const, value: undefined });
        },
      }),
    };
    const utterance = session.speak(voice, { format: { encoding: 'pcm_s16le', sampleRateHz: 48_000 } });
    await session.interrupt();
    await utterance.finished;
    await leaving;
  });

  it('refuses an unsuitable format at the call, before the utterance begins', () => {
    const speaking = (format: unknown) => () => session.speak(new Uint8Array(2), { format } as never);
    expect(speaking({ encoding: 'mp3', sampleRateHz: 16_000 })).toThrow(RangeError);
    expect(speaking({ encoding: 'pcm_s16le', sampleRateHz: 96_000 })).toThrow(
      new RangeError('format.sampleRateHz must be a whole number from 8000 to 48000, got 96000'),
    );
    expect(speaking({ encoding: 'pcm_s16le' })).toThrow(TypeError);
    expect(speaking('pcm_s16le')).toThrow(TypeError);
    const format = { encoding: 'pcm_s16le', sampleRateHz: 16_000 } as const;
    expect(() => session.speak(undefined, { format })).toThrow(TypeError);
    const opus = open({ audioFormat: AudioFormat.OGG_OPUS });
    expect(() => opus.speak(new Uint8Array(2), { format })).toThrow(RangeError);
  });
});

/**
 * Every function of `avatarkit-session/audio` accepts audio of another realm, as test frameworks and
 * `node:vm` create it.
 */
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { fromAlaw, fromFloat32, fromMulaw, pace, readWav, resample } from '../../src/audio/index.js';
import { AvatarEmulator } from '../../src/emulator/index.js';
import { newAvatarSession } from '../../src/index.js';
import type { AudioChunk, AudioEncoding, AudioSource } from '../../src/index.js';
import { collect } from './audio-bytes.js';
import { wavBytes } from './wav-bytes.js';

const REALM = runInNewContext('globalThis') as typeof globalThis;
const PCM = Uint8Array.from({ length: 1_280 }, (_, at) => at % 251);

/** The same bytes, in each form that audio can have. */
const FORMS: Readonly<Record<string, (bytes: Uint8Array) => unknown>> = {
  'an ArrayBuffer': (bytes) => REALM.Uint8Array.from(bytes).buffer,
  'a Uint8Array': (bytes) => REALM.Uint8Array.from(bytes),
  'an Int16Array': (bytes) => new REALM.Int16Array(REALM.Uint8Array.from(bytes).buffer),
  'a DataView': (bytes) => new REALM.DataView(REALM.Uint8Array.from(bytes).buffer),
  'a list of an ArrayBuffer': (bytes) => REALM.Array.of(REALM.Uint8Array.from(bytes).buffer),
};
const FUNCTIONS: Readonly<Record<string, (source: AudioChunk) => Promise<unknown>>> = {
  fromMulaw: (source) => collect(fromMulaw(source)),
  fromAlaw: (source) => collect(fromAlaw(source)),
  fromFloat32: (source) => collect(fromFloat32(source)),
  pace: (source) => collect(pace(source, { sampleRateHz: 16_000 })),
  resample: (source) => collect(resample(source, { fromHz: 16_000, toHz: 24_000 })),
};

describe.each(Object.entries(FUNCTIONS))('%s', (_name, convert) => {
  it.each(Object.entries(FORMS))(
    'returns the same for %s as for the same bytes of this realm',
    async (_form, of) => {
      expect(of(PCM)).not.toBeInstanceOf(Object);
      expect(await convert(of(PCM) as AudioChunk)).toEqual(await convert(PCM));
    },
  );
});

it.each(Object.entries(FORMS))('readWav reads %s', async (_form, of) => {
  const file = wavBytes({ pcm: PCM });
  expect(await readWav(of(file) as AudioChunk)).toEqual(await readWav(file));
});

it('fromFloat32 reads a Float32Array of another realm as floats', async () => {
  const floats = [0, 0.5, -0.5, 1, 2, NaN];
  const foreign = REALM.Float32Array.from(floats);
  expect(await collect(fromFloat32(foreign))).toEqual(await collect(fromFloat32(Float32Array.from(floats))));
});

describe('speak with a format', () => {
  it.each<[AudioEncoding, string, () => unknown]>([
    ['pcm_s16le', 'an ArrayBuffer', () => new REALM.ArrayBuffer(1_280)],
    ['pcm_f32le', 'a Float32Array', () => new REALM.Float32Array(640)],
    ['pcm_f32le', 'an ArrayBuffer', () => new REALM.ArrayBuffer(2_560)],
    ['pcm_mulaw', 'a Uint8Array', () => new REALM.Uint8Array(640)],
    ['pcm_alaw', 'a DataView', () => new REALM.DataView(new REALM.ArrayBuffer(640))],
  ])('%s accepts %s of another realm', async (encoding, _form, make) => {
    await using service = await AvatarEmulator.start();
    const { credentials, consoleEndpointUrl, ingressEndpointUrl } = service;
    await using session = newAvatarSession({ ...credentials, consoleEndpointUrl, ingressEndpointUrl });
    await session.start();
    const spoken = session.speak(make() as AudioSource, { format: { encoding, sampleRateHz: 16_000 } });
    expect(await spoken.finished).toMatchObject({ outcome: 'delivered', keyframes: 1 });
  });
});

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadFrom, OpusEncoders } from '../../../src/adapters/opus/opus-encoders.js';
import { OPUS_APPLICATIONS, OggOpusStream } from '../../../src/core/utterance/ogg-opus-stream.js';
import type { OpusEncoderSettings } from '../../../src/core/utterance/ogg-opus-stream.js';
import { OPUS_SAMPLE_RATES_HZ } from '../../../src/core/utterance/sample-aligner.js';
import { findProgram } from '../../proofs/proxies/proxy-process.mjs';
import { PROJECT } from '../../source-imports.js';

const run = promisify(execFile);
const missing = ['opusinfo', 'opusdec'].filter((program) => findProgram(program) === undefined);
if (missing.length > 0) process.stdout.write('left out: Ogg Opus by opusinfo and opusdec (not installed)\n');

const SPEECH: OpusEncoderSettings = {
  sampleRateHz: 16_000,
  frameDurationMs: 20,
  application: 'voip',
  bitrate: undefined,
};

async function encode(pcm: Uint8Array, settings: OpusEncoderSettings): Promise<Buffer> {
  const encoders = new OpusEncoders(settings, undefined);
  await encoders.load();
  const stream = new OggOpusStream(encoders.create(), { ...settings, serial: 1 });
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < pcm.length; at += 6_400)
    pieces.push(stream.push(pcm.subarray(at, at + 6_400), false));
  return Buffer.concat([...pieces, stream.push(new Uint8Array(0), true)]);
}

describe.skipIf(missing.length > 0)('Ogg Opus from the encoder of the package', () => {
  let folder = '';
  let speech = new Uint8Array(0);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ogg-opus-'));
    const wav = await readFile(join(PROJECT, 'examples/audio/speech.wav'));
    speech = Uint8Array.from(wav.subarray(44));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function inspected(stream: Buffer): Promise<{ info: string; samplesOf48kHz: number }> {
    const [ogg, raw] = [join(folder, 'a.opus'), join(folder, 'a.raw')];
    await writeFile(ogg, stream);
    const info = await run('opusinfo', [ogg]);
    await run('opusdec', ['--quiet', '--rate', '48000', '--force-stereo', ogg, raw]);
    const decoded = await readFile(raw);
    return { info: info.stdout + info.stderr, samplesOf48kHz: decoded.length / 4 };
  }

  it('has at most a tenth of the bytes of the PCM, and the requested bitrate', async () => {
    expect((await encode(speech, SPEECH)).length).toBeLessThan(speech.length / 12);
    const small = await encode(speech, { ...SPEECH, bitrate: 8_000 });
    const large = await encode(speech, { ...SPEECH, bitrate: 64_000 });
    expect(small.length * 2).toBeLessThan(large.length);
  });

  const cases = OPUS_SAMPLE_RATES_HZ.flatMap((sampleRateHz, at) =>
    OPUS_APPLICATIONS.map((application, nth) => ({
      sampleRateHz,
      application,
      frameDurationMs: [10, 20, 40, 60][(at + nth) % 4] ?? 20,
      bitrate: undefined,
    })),
  );
  it.each(cases)(
    'is valid, and as long as the audio: $sampleRateHz Hz, $application, frames of $frameDurationMs ms',
    async (settings) => {
      // The same samples are used for every rate; their sound does not matter here. Their number is not a
      // multiple of the frame length.
      const pcm = speech.subarray(0, 2 * (settings.sampleRateHz + 371));
      const { info, samplesOf48kHz } = await inspected(await encode(pcm, settings));
      expect(info).not.toMatch(/warning|error|invalid|negative|hole/i);
      expect(info).toMatch(new RegExp(`Original sample rate: ${settings.sampleRateHz} ?Hz`, 'i'));
      const expected = ((pcm.length / 2) * 48_000) / settings.sampleRateHz;
      expect(Math.abs(samplesOf48kHz - expected)).toBeLessThanOrEqual(settings.frameDurationMs * 48);
    },
  );
});

describe('the package of the encoder', () => {
  it('is named in the error, with its install command, when it is missing', async () => {
    const cause = new Error("Cannot find package '@evan/opus'");
    const missingPackage = loadFrom(() => Promise.reject(cause));
    await expect(missingPackage).rejects.toThrow('npm install @evan/opus');
    await expect(missingPackage).rejects.toMatchObject({ cause });
  });

  it('is not needed when the application provides encoders', () => {
    const encoder = { lookaheadSamples: 0, encode: () => new Uint8Array(1) };
    const seen: OpusEncoderSettings[] = [];
    const encoders = new OpusEncoders(SPEECH, (settings) => {
      seen.push(settings);
      return encoder;
    });
    expect(encoders.isLoaded).toBe(true);
    expect(encoders.create()).toBe(encoder);
    expect(seen).toEqual([SPEECH]);
  });
});

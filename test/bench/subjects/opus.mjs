// @ts-check
/**
 * Encodes a second of speech to Ogg Opus, including the pages, in chunks of 20 ms and in one piece. There is
 * no baseline.
 */
import { readFile } from 'node:fs/promises';
import { OpusEncoders } from '../../../dist/adapters/opus/opus-encoders.js';
import { OggOpusStream } from '../../../dist/core/utterance/ogg-opus-stream.js';
import { alone, cpuEach, median } from '../measure.mjs';

const SAMPLE_RATE_HZ = 16_000;
const FRAME_BYTES = 640;

/** @param {boolean} quick */
export async function measure(quick) {
  const wav = await readFile(new URL('../../../examples/audio/speech.wav', import.meta.url));
  const speech = wav.subarray(44);
  const seconds = speech.length / 2 / SAMPLE_RATE_HZ;
  const rows = [];
  for (const [how, chunkBytes] of /** @type {const} */ ([
    ['in chunks of 20 ms', FRAME_BYTES],
    ['in one piece', speech.length],
  ])) {
    const settings = /** @type {const} */ ({
      sampleRateHz: SAMPLE_RATE_HZ,
      frameDurationMs: 20,
      application: 'voip',
      bitrate: undefined,
    });
    const encoders = new OpusEncoders(settings, undefined);
    await encoders.load();
    const rounds = [];
    for (let round = 0; round < (quick ? 1 : 9); round += 1) {
      rounds.push(
        await cpuEach(() => {
          const stream = new OggOpusStream(encoders.create(), { ...settings, serial: 1 });
          for (let at = 0; at < speech.length; at += chunkBytes) {
            stream.push(speech.subarray(at, at + chunkBytes), at + chunkBytes >= speech.length);
          }
        }, 1_000 * seconds),
      );
    }
    rows.push(alone(`encode a second of speech to Ogg Opus, ${how}`, 'ours', 'ms', median(rounds)));
  }
  return rows;
}

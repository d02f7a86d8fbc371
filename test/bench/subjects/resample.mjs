// @ts-check
/**
 * Resamples a second of speech to 16 kHz, in chunks of 20 ms as a synthesizer gives them. There is no
 * baseline.
 */
import { resample } from '../../../dist/audio/index.js';
import { alone, cpuEach, median } from '../measure.mjs';

const TO_HZ = 16_000;
/** The duration of the speech in one round. */
const SECONDS = 10;
const CHUNKS_PER_SECOND = 50;

/** @param {boolean} quick */
export async function measure(quick) {
  const rows = [];
  for (const fromHz of [24_000, 44_100, 48_000]) {
    const chunks = Array.from({ length: SECONDS * CHUNKS_PER_SECOND }, () =>
      noise(fromHz / CHUNKS_PER_SECOND),
    );
    const rounds = [];
    for (let round = 0; round < (quick ? 1 : 9); round += 1) {
      rounds.push(
        await cpuEach(async () => {
          const resampled = resample(chunks, { fromHz, toHz: TO_HZ });
          while ((await resampled.next()).done !== true);
        }, 1_000 * SECONDS),
      );
    }
    rows.push(
      alone(`resample a second of speech, ${fromHz} Hz to ${TO_HZ} Hz`, 'ours', 'ms', median(rounds)),
    );
  }
  return rows;
}

/** @param {number} samples */
function noise(samples) {
  return new Uint8Array(
    Int16Array.from({ length: samples }, (_, at) => ((at * 7_919) % 20_011) - 10_005).buffer,
  );
}

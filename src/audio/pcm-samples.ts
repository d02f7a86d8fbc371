/** Samples of 16 bits, little endian, on a machine of any byte order; and the sample rates that the conversions take. */
import { requireNumber } from '../core/option/option-check.js';

const SAMPLE_MAX = 32_767;
const SAMPLE_MIN = -32_768;

/** Bytes of `count` samples, each a whole number from −32768 to 32767. */
export function writeSamples(count: number, sampleAt: (index: number) => number): Uint8Array {
  const bytes = new Uint8Array(count * 2);
  for (let at = 0; at < count; at += 1) {
    const sample = sampleAt(at);
    bytes[2 * at] = sample & 0xff;
    bytes[2 * at + 1] = (sample >> 8) & 0xff;
  }
  return bytes;
}

/** −1…1 to −32768…32767, as divided by 32768 in the other direction. Louder is clipped, NaN is silence. */
export function sampleOfFloat(value: number): number {
  const scaled = Math.round(value * (SAMPLE_MAX + 1));
  return Math.max(SAMPLE_MIN, Math.min(SAMPLE_MAX, scaled)) || 0;
}

/** Hz; speech of telephones. */
export const MIN_RATE_HZ = 8_000;
/** Hz; what the service takes at most. */
export const MAX_RATE_HZ = 48_000;

/** @throws TypeError for what is no number, RangeError for one out of bounds */
export function requireRate(name: string, value: unknown): number {
  return requireNumber(name, value, { min: MIN_RATE_HZ, max: MAX_RATE_HZ, integer: true });
}

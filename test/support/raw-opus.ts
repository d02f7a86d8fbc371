/**
 * Opus without a codec: a packet contains the PCM of its frame, with the delay of a real encoder. So the test
 * can compare encoded and spoken audio byte for byte, and detects every wrong position.
 */
import type { OpusEncoder, OpusEncoderSettings } from '../../src/core/utterance/ogg-opus-stream.js';

const LOOKAHEAD_MS = 6.5;

export function createRawOpusEncoder({
  sampleRateHz,
}: Pick<OpusEncoderSettings, 'sampleRateHz'>): OpusEncoder {
  const lookaheadSamples = Math.round((LOOKAHEAD_MS * sampleRateHz) / 1_000);
  let late = new Uint8Array(2 * lookaheadSamples);
  return {
    lookaheadSamples,
    encode(pcm) {
      const all = Buffer.concat([late, pcm]);
      late = Uint8Array.from(all.subarray(pcm.length));
      return Uint8Array.from(all.subarray(0, pcm.length));
    },
  };
}

/** The decoder for the embedded service. */
export const decodeRawOpus = (): ((packet: Uint8Array) => Uint8Array) => (packet) => packet;

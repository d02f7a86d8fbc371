/**
 * The recorded speech of an inspected session: levels of 40 ms for any split into pieces, keyframes as short
 * lists, and a limit for both.
 */
import { describe, expect, it } from 'vitest';
import { LevelMeter, SpeechRecording } from '../../src/inspector/speech-recording.js';

const samples = (...values: readonly number[]): Uint8Array => new Uint8Array(Int16Array.from(values).buffer);

describe('levels', () => {
  it('are the peak of each 40 ms, for any split of the audio into pieces', () => {
    // 40 ms of 100 Hz are four samples.
    const audio = samples(0, -16_384, 5, 0, 8_192, 0, 0, 0, 32_767);
    for (const pieceBytes of [1, 3, 8, 18]) {
      const meter = new LevelMeter(100);
      const levels: number[] = [];
      for (let at = 0; at < audio.length; at += pieceBytes)
        levels.push(...meter.push(audio.subarray(at, at + pieceBytes)));
      expect(levels, `${pieceBytes} bytes`).toEqual([0.5, 0.25]);
    }
  });

  it('are not measured if the audio is not PCM', () => {
    const recording = new SpeechRecording(0);
    recording.audio('r', samples(1, 2, 3));
    expect(recording.partsAfter(0)).toEqual({ parts: [], seen: 0 });
  });
});

describe('a recording', () => {
  it('returns each part once, and keeps two minutes', () => {
    const recording = new SpeechRecording(100);
    recording.audio('r', samples(0, 0, 0, 32_767));
    const { parts, seen } = recording.partsAfter(0);
    expect(parts).toMatchObject([{ reqId: 'r', from: 0, levels: [1] }]);
    expect(recording.partsAfter(seen).parts).toEqual([]);
    for (let at = 0; at < 10_000; at += 1) recording.audio('r', samples(0, 0, 0, 0));
    const kept = recording.partsAfter(0);
    expect(kept.parts.length).toBeLessThanOrEqual(6_000);
    expect(kept.seen).toBe(10_001);
    expect(kept.parts.at(-1)?.from).toBe(10_000);
  });
});

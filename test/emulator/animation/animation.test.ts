/** Keyframes for both audio formats, independent of how the audio is split into pieces. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AudioFormatError, PcmAnimator, animate } from '../../../src/emulator/animation/animator.js';
import { OggOpusAnimator } from '../../../src/emulator/animation/ogg-opus-animator.js';
import { encodeServerMessage } from '../../../src/wire/encode.js';
import { decodeKeyframes } from '../../../src/wire/keyframes.js';
import { MessageType } from '../../../src/ports/message.js';
import { opusStream } from '../ogg.js';
import { tone } from '../pcm.js';

describe('animation of PCM', () => {
  it.each([
    [8_000, 1_000, 25],
    [16_000, 1_000, 25],
    [22_050, 1_000, 25],
    [44_100, 2_000, 50],
    [48_000, 1_001, 26],
    [16_000, 39, 1],
    [16_000, 41, 2],
    [16_000, 0, 0],
  ])('at %i Hz, %i ms make %i keyframes', (sampleRate, durationMs, count) => {
    expect(animate(tone(durationMs, 1, sampleRate), sampleRate)).toHaveLength(count);
  });

  it('is the same for any split of the audio into pieces', () => {
    const pcm = tone(410);
    const cuts = fc.array(fc.nat({ max: pcm.length }), { maxLength: 20 });
    fc.assert(
      fc.property(cuts, (unsorted) => {
        const sorted = [0, ...unsorted.toSorted((a, b) => a - b), pcm.length];
        const animator = new PcmAnimator(16_000);
        const keyframes = sorted.flatMap((cut, index) =>
          animator.push(pcm.subarray(cut, sorted[index + 1] ?? cut)),
        );
        expect([...keyframes, ...animator.finish()]).toEqual(animate(pcm, 16_000));
        expect(animator.audioMs).toBe(410);
      }),
      { numRuns: 50 },
    );
  });

  it('is transmitted without a changed float', () => {
    const keyframes = animate(tone(2_000), 16_000);
    const raw = encodeServerMessage({
      type: MessageType.serverResponseAnimation,
      connectionId: 'c',
      reqId: 'r',
      end: false,
      avatarId: 'a',
      keyframes,
    });
    expect(decodeKeyframes(raw)).toEqual(keyframes);
  });

  it('has 120 floats per keyframe, all finite', () => {
    for (const keyframe of animate(tone(200), 16_000)) {
      const floats = Object.values(keyframe).flat();
      expect(floats).toHaveLength(120);
      expect(floats.every((float) => Number.isFinite(float))).toBe(true);
    }
  });

  it('opens the jaw by the root mean square of the 40 ms', () => {
    const square = Buffer.alloc(1_280);
    for (let at = 0; at < square.length; at += 2) square.writeInt16LE(at % 4 === 0 ? 16_384 : -16_384, at);
    const [keyframe] = animate(square, 16_000);
    expect(keyframe?.jawPose[0]).toBe(0.5);
    expect(keyframe?.expression[0]).toBe(0.5);
  });

  it('gives every keyframe of silence different values', () => {
    const keyframes = animate(new Uint8Array(32_000 * 4), 16_000).map((keyframe) => JSON.stringify(keyframe));
    expect(new Set(keyframes).size).toBe(100);
  });

  it('differs in every later keyframe after a changed, a lost or a repeated piece of audio', () => {
    const pcm = tone(400);
    const original = animate(pcm, 16_000);
    const changed = Uint8Array.from(pcm);
    changed[1_300] = (changed[1_300] ?? 0) ^ 1;
    const variants = [
      changed,
      Buffer.concat([pcm.subarray(0, 1_280), pcm.subarray(2_560)]),
      Buffer.concat([pcm.subarray(0, 2_560), pcm.subarray(1_280)]),
    ];
    for (const variant of variants) {
      const keyframes = animate(variant, 16_000);
      expect(keyframes[0]).toEqual(original[0]);
      keyframes.slice(2).forEach((keyframe, index) => {
        expect(keyframe).not.toEqual(original[index + 2]);
      });
    }
  });
});

describe('animation of Ogg Opus', () => {
  const stream = opusStream(1_010);

  it('makes 25 keyframes per second of granule position, the last one for the rest', () => {
    const animator = new OggOpusAnimator();
    const keyframes = [...animator.push(stream), ...animator.finish()];
    expect(keyframes).toHaveLength(26);
    expect(animator.audioMs).toBe(1_010);
  });

  it('is the same for any split into pieces', () => {
    const whole = new OggOpusAnimator();
    const bytewise = new OggOpusAnimator();
    const expected = [...whole.push(stream), ...whole.finish()];
    const got = Array.from(stream, (byte) => bytewise.push(Uint8Array.of(byte))).flat();
    expect([...got, ...bytewise.finish()]).toEqual(expected);
  });

  it('refuses bytes that are not an Ogg stream', () => {
    expect(() => new OggOpusAnimator().push(tone(40))).toThrow(AudioFormatError);
  });
});

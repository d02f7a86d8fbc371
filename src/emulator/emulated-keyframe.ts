/**
 * The one formula that turns a moment of audio into a keyframe: its loudness, its index in the request, and a hash of all
 * audio up to its end. Every float survives the wire unchanged (32-bit representable), so keyframes compare with
 * `toEqual`, and a lost, repeated, reordered or wrong one can be told, in silence too.
 */
import type { Keyframe } from '../wire/message.js';

/** Floats in `expression`; with the other lists 120 in all, about as many as the real service sends. */
const EXPRESSION_LENGTH = 100;
/** One blink every four seconds. */
const BLINK_EVERY_KEYFRAMES = 100;

/**
 * `expression` begins with loudness (0 to 1), index, and the two hash numbers; the rest moves with both.
 * `jawPose[0]` is the loudness.
 */
export function emulatedKeyframe(
  index: number,
  loudness: number,
  [digestA, digestB]: readonly [number, number],
): Keyframe {
  const expression = [loudness, index, digestA, digestB];
  let state = digestA ^ Math.imul(digestB, 0x9e3779b1);
  while (expression.length < EXPRESSION_LENGTH) {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) | 0;
    expression.push(Math.fround(((state >>> 8) / 0x800000 - 1) * loudness));
  }
  const lid = index % BLINK_EVERY_KEYFRAMES < 3 ? 1 : 0;
  const sway = ((index % 64) - 32) / 1024;
  return {
    translation: [0, sway / 8, 0],
    rotation: [0, sway, 0],
    neckPose: [sway, 0, 0],
    jawPose: [loudness, 0, 0],
    eyePose: [sway, 0, 0, sway, 0, 0],
    eyeLid: [lid, lid],
    expression,
  };
}

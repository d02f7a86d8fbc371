// @ts-check
/** A keyframe with the size of the service's keyframes: 120 floats in seven lists. */
const floats = (/** @type {number} */ length) => Array.from({ length }, (_, i) => i / 7);

export const KEYFRAME = {
  translation: floats(3),
  rotation: floats(3),
  neckPose: floats(3),
  jawPose: floats(3),
  eyePose: floats(6),
  eyeLid: floats(2),
  expression: floats(100),
};

// @ts-check
import './built.mjs';

export const { fromAlaw, fromBase64, fromFloat32, fromMulaw, pace, readWav, resample } =
  await import('../../dist/audio/index.js');

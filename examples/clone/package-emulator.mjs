// @ts-check
import './built.mjs';

export const {
  AvatarEmulator,
  FAULT_PLANS,
  animate,
  animateFrom,
  createFakeTimersClock,
  createVirtualClock,
  parseFaults,
} = await import('../../dist/emulator/index.js');

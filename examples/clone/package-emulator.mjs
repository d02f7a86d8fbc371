// @ts-check
import './built.mjs';

export const { AvatarEmulator, FAULT_PLANS, animate, animateFrom, parseFaults } =
  await import('../../dist/emulator/index.js');

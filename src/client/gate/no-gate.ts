/** `connectGate: false`: every dial may begin, and nobody learns from anybody. */
import type { DialGate, GatePass } from './gate-pass.js';

const PASS: GatePass = {
  admission: undefined,
  confirmed: () => undefined,
  failed: () => undefined,
  lost: () => undefined,
  left: () => undefined,
};

export const NO_GATE: DialGate = {
  standing: { level: 'healthy', waiting: 0, inFlight: 0, limit: Infinity },
  nextAtMs: undefined,
  enrol: () => undefined,
  resign: () => undefined,
  enter: () => PASS,
  answered: () => undefined,
  resendInMs: () => 0,
};

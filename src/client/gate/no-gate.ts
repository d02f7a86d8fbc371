/** `connectGate: false`: every dial may begin, and nobody learns from anybody. */
import type { DialGate, GatePass } from './gate-pass.js';

const nothing = (): undefined => undefined;

const PASS: GatePass = {
  admission: undefined,
  prepared: nothing,
  confirmed: nothing,
  failed: nothing,
  decided: nothing,
  lost: nothing,
  left: nothing,
  whyWaiting: () => ({ why: 'nothing is waited for', leastMs: 0 }),
};

export const NO_GATE: DialGate = {
  standing: { level: 'healthy', waiting: 0, inFlight: 0, limit: Infinity },
  enrol: nothing,
  resign: nothing,
  enter: () => PASS,
  answered: nothing,
  resendInMs: () => 0,
};

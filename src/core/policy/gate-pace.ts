/**
 * How close together dials may start: a burst after a pause, then one per interval. In any stretch of W milliseconds
 * at most `burst + W / interval` of them start, and a timer that fires late costs no throughput while it is less late
 * than the burst is worth. One number is all its memory (the virtual-scheduling form of a leaky bucket).
 */
import type { GateNumbers } from './gate-numbers.js';

/** When the pace will have forgotten every dial so far, milliseconds. */
export type GatePace = number;

/** No dial yet. */
export const UNPACED: GatePace = -Infinity;

/** The earliest time for the next dial. */
export function paceAllowsAtMs(pace: GatePace, { paceBurst, paceIntervalMs }: GateNumbers): number {
  return pace - (paceBurst - 1) * paceIntervalMs;
}

/** A dial starts. */
export function paced(pace: GatePace, { paceIntervalMs }: GateNumbers, nowMs: number): GatePace {
  return Math.max(pace, nowMs) + paceIntervalMs;
}

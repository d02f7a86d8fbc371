/**
 * The situations of the proof with real proxies (test/proofs/proxies), for the simulated network: their
 * duration in that proof, and the disturbances for any other duration.
 */
import type { Climate } from '../network/weather.js';
import type { Disturbance } from '../world/schedule.js';

export interface Situation {
  readonly name: string;
  /** The duration of the trouble in the proof with real proxies. */
  readonly lastsMs: number;
  readonly climate?: Partial<Climate>;
  /** Silence between two pieces of the speech, in milliseconds. Default 500. */
  readonly pauseMs?: number;
  /** The disturbances for trouble of this duration. It begins at `TROUBLE_BEGINS_MS`. */
  disturbances(lastsMs: number): readonly Disturbance[];
}

/** At this time, the session speaks on a connection that counts as stable. */
export const TROUBLE_BEGINS_MS = 6_000;

const atMs = TROUBLE_BEGINS_MS;
/** No process listens for this time while a proxy replaces its process. */
const RELOAD_MS = 50;
const RELOAD_EVERY_MS = 10_000;

const unreachable = (name: string, lastsMs: number): Situation => ({
  name,
  lastsMs,
  disturbances: (durationMs) => [{ kind: 'outage', atMs, durationMs }],
});

const pages = (name: string, status: number, lastsMs: number): Situation => ({
  name,
  lastsMs,
  disturbances: (durationMs) => [{ kind: 'gateway', atMs, durationMs, status, cuts: true }],
});

const idleTimeOut = (idleCutMs: number): Situation => ({
  name: `idle time-out of ${idleCutMs / 1_000} s`,
  lastsMs: 40_000,
  climate: { idleCutMs },
  pauseMs: 7_000,
  disturbances: () => [],
});

const repeated = (name: string, times: number, everyMs: number, durationMs: number): Situation => ({
  name,
  lastsMs: times * everyMs,
  disturbances: (lastsMs) =>
    Array.from({ length: Math.ceil(lastsMs / everyMs) }, (_nothing, index) => ({
      kind: 'outage',
      atMs: atMs + index * everyMs,
      durationMs,
    })),
});

export const SITUATIONS: readonly Situation[] = [
  repeated('repeated reloads', 2, RELOAD_EVERY_MS, RELOAD_MS),
  unreachable('restart', 1_000),
  unreachable('hard stop and restart', 4_000),
  pages('502 pages', 502, 5_000),
  pages('503 pages', 503, 5_000),
  pages('504 pages', 504, 5_000),
  pages('a rate limit with 429 that refuses every request', 429, 20_000),
  pages('a rate limit with 503 that refuses every request', 503, 20_000),
  idleTimeOut(4_000),
  idleTimeOut(5_000),
  repeated('rolling restart of three services', 3, 3_000, 1_500),
  {
    name: 'frozen',
    lastsMs: 14_000,
    disturbances: (durationMs) => [{ kind: 'freeze', atMs, durationMs }],
  },
];

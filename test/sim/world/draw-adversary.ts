/**
 * Draws the adversary of a world, if it has one. Uses its own random stream, so that a seed without an
 * adversary always means the same world.
 */
import { ALL_ADVERSARIES, LATER_ADVERSARIES } from '../adversaries/all-adversaries.js';
import { Draws } from './draws.js';
import type { Schedule } from './schedule.js';

const PROBABILITY = 0.5;
const [FIRST, ...OTHERS] = ALL_ADVERSARIES;
/**
 * These are drawn as before the later ones existed, which replace only a few of them. So most seeds still
 * mean the same world.
 */
const EARLIER = [FIRST, ...OTHERS.filter((one) => !LATER_ADVERSARIES.includes(one))] as const;

/** @param name this adversary, independent of the seed */
export function drawAdversary(seed: number, schedule: Schedule, name?: string): Schedule {
  const draws = new Draws(seed, 'adversary');
  const meetsOne = draws.chance(PROBABILITY);
  const earlier = draws.pick(EARLIER);
  const later = new Draws(seed, 'later adversary');
  const meetsLater = later.chance(LATER_ADVERSARIES.length / ALL_ADVERSARIES.length);
  const drawn = meetsLater ? later.pick(LATER_ADVERSARIES) : earlier;
  const adversary = name === undefined ? drawn : ALL_ADVERSARIES.find((one) => one.name === name);
  if (adversary === undefined || (name === undefined && !meetsOne)) return schedule;
  return { ...adversary.change(draws, schedule), adversaries: [adversary.name] };
}

/** Which adversary a world has, if any. Drawn from a stream of its own: without one a seed means the same world as ever. */
import { ALL_ADVERSARIES } from '../adversaries/all-adversaries.js';
import { Draws } from './draws.js';
import type { Schedule } from './schedule.js';

const PROBABILITY = 0.5;

/** `name`: this one, whatever the seed says. */
export function drawAdversary(seed: number, schedule: Schedule, name?: string): Schedule {
  const draws = new Draws(seed, 'adversary');
  const meetsOne = draws.chance(PROBABILITY);
  const drawn = draws.pick(ALL_ADVERSARIES);
  const adversary = name === undefined ? drawn : ALL_ADVERSARIES.find((one) => one.name === name);
  if (adversary === undefined || (name === undefined && !meetsOne)) return schedule;
  return { ...adversary.change(draws, schedule), adversaries: [adversary.name] };
}

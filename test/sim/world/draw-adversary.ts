/** Which adversary a world has, if any. Drawn from a stream of its own: without one a seed means the same world as ever. */
import { ALL_ADVERSARIES, LATER_ADVERSARIES } from '../adversaries/all-adversaries.js';
import { Draws } from './draws.js';
import type { Schedule } from './schedule.js';

const PROBABILITY = 0.5;
const [FIRST, ...OTHERS] = ALL_ADVERSARIES;
/** They are drawn as before there were later ones, which take the place of a few: most seeds mean the same world as ever. */
const EARLIER = [FIRST, ...OTHERS.filter((one) => !LATER_ADVERSARIES.includes(one))] as const;

/** `name`: this one, whatever the seed says. */
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

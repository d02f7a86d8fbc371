/** The picture of the gap is drawn from measurements in virtual time. `UPDATE_README=1` writes it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { gapMs } from '../client/measure-gap.js';
import { PROJECT, readSource } from '../source-imports.js';
import { gapPicture } from './gap-picture.js';
import type { GapPoint } from './gap-picture.js';

const FILE = 'docs/pictures/gap.svg';
const POSITIONS_MS = [2_000, 10_000, 60_000, 180_000, 600_000];

/**
 * The random value in the middle of its range gives the median. Nothing else in the measurement is random.
 */
async function pointsOf(recovery: 'tail' | 'replay'): Promise<GapPoint[]> {
  const points: GapPoint[] = [];
  for (const positionMs of POSITIONS_MS) {
    points.push({ positionMs, gapMs: await gapMs({ positionMs, recovery, draw: 0.5 }) });
  }
  return points;
}

it('shows the result of the measurement', async () => {
  const drawn = gapPicture({ replay: await pointsOf('replay'), tail: await pointsOf('tail') });
  if (process.env['UPDATE_README'] === '1') writeFileSync(join(PROJECT, FILE), drawn);
  expect(readSource(FILE)).toBe(drawn);
  expect(readSource('docs/performance.md')).toContain('"pictures/gap.svg"');
});

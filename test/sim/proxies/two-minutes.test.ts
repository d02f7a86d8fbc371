/**
 * A speaking session behind a proxy with trouble, in virtual time, with many random delays: it loses no audio
 * and does not fail. `npm test` runs one seed of each situation: in turns as long as with real proxies, and two minutes.
 * `npm run prove -- searches` runs all seeds and durations. `npm run prove -- proxies` runs the same situations once with
 * real proxies.
 */
import { describe, expect, it } from 'vitest';
import { searched } from '../../support/search.js';
import { operationsOf, piecesOf, PLAIN_SPEECH, PLAIN_TRAITS, START } from '../adversaries/adversary.js';
import { runSchedule } from '../world/run-schedule.js';
import type { Run } from '../world/run-schedule.js';
import { SITUATIONS, TROUBLE_BEGINS_MS } from './situations.js';
import type { Situation } from './situations.js';

const TWO_MINUTES_MS = 120_000;
const AFTERWARDS_MS = 15_000;
const CHUNK_MS = 500;
/**
 * A generous limit for busy machines. A world that is still running after its test would share the memory for
 * re-sends with the next one.
 */
const WITHIN_MS = 120_000;
const SEEDS = Array.from({ length: searched(8, 1) }, (_nothing, index) => index + 1);
const LONGEST = [120, 1] as const;
const LENGTHS = searched<readonly (readonly [lastsS: number, seed: number])[]>(
  [[60, 1], [90, 2], [110, 1], [119, 2], LONGEST],
  [LONGEST],
);

/** A ping may arrive in time, before a silent connection is cut. Then there is no outage. */
const OUTCOME = /^(delivered|replayed)$/;

const INDEXED = SITUATIONS.map((situation, index) => ({ situation, index, name: situation.name }));

describe.each(INDEXED)('a speaking session: $name', ({ situation, index }) => {
  const seeds = searched(SEEDS, index % 2 === 0 ? SEEDS : []);
  it.each(seeds)('loses nothing and does not fail (seed %i)', { timeout: WITHIN_MS }, async (seed) => {
    await expectDelivered(situation, situation.lastsMs, seed);
  });

  it.each(searched(LENGTHS, index % 2 === 0 ? [] : LENGTHS))(
    'loses nothing and does not fail when it lasts for %i s (seed %i)',
    { timeout: WITHIN_MS },
    async (lastsS, seed) => {
      await expectDelivered(situation, lastsS * 1_000, seed);
    },
  );
});

async function expectDelivered(situation: Situation, lastsMs: number, seed: number): Promise<void> {
  const run = await speak(situation, lastsMs, seed);
  expect(run.violation).toBeUndefined();
  const { entries } = run;
  const begun = entries.find((entry) => entry.kind === 'did' && entry.what.endsWith('to be finished'));
  const finished = entries.find(
    (entry) => entry.kind === 'settled' && begun?.kind === 'did' && entry.id === begun.id,
  );
  const outcome = finished?.kind === 'settled' ? finished.outcome : undefined;
  expect(outcome, `seed ${seed}`).toMatchObject({
    how: 'resolved',
    value: { outcome: expect.stringMatching(OUTCOME) as string },
  });
  const closed = entries.flatMap((entry) =>
    entry.kind === 'emitted' && entry.name === 'close' ? [entry.payload.reason] : [],
  );
  expect(closed, `seed ${seed}`).toEqual(['closed']);
}

/** Speaks from before the trouble until after it. */
function speak(situation: Situation, lastsMs: number, seed: number): Promise<Run> {
  const traits = PLAIN_TRAITS;
  const saidMs = TROUBLE_BEGINS_MS + lastsMs + AFTERWARDS_MS;
  const { pauseMs = CHUNK_MS } = situation;
  const pieces = Math.ceil(saidMs / pauseMs);
  const chunkBytes = piecesOf(pieces * CHUNK_MS, pieces, traits);
  return runSchedule({
    seed,
    adversaries: [],
    climate: { latencyMs: 20, jitterMs: 5, windowBytes: 262_144, ...situation.climate },
    echoesSecrets: false,
    service: { seed, idleTimeoutMs: Infinity },
    accounts: [{}],
    sessions: [traits],
    operations: operationsOf(0, [0, START], [1, { ...PLAIN_SPEECH, chunkBytes, gapMs: pauseMs }]),
    disturbances: situation.disturbances(lastsMs),
    endsAtMs: saidMs + 2 * TWO_MINUTES_MS,
  });
}

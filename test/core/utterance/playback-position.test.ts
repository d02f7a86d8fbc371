/**
 * The playback position in a room. The service reports it, the clock advances it, and it never exceeds the sent
 * audio.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  NOTHING_HEARD,
  positionAt,
  resumed,
  stated,
  stopped,
  supplied,
} from '../../../src/core/utterance/playback-position.js';
import type { PlaybackPosition } from '../../../src/core/utterance/playback-position.js';

const SENT_MS = 4_000;
const says = (
  positionMs: number,
  nowMs: number,
  { playing = true, before = NOTHING_HEARD, run = 'r1', sentMs = SENT_MS } = {},
): PlaybackPosition => stated(before, { run, positionMs, playing, sentMs }, nowMs);

describe('a position', () => {
  it('is 0 before the playback starts, at any time', () => {
    expect(positionAt(NOTHING_HEARD, 1e6, SENT_MS)).toBe(0);
  });

  it.each<readonly [string, PlaybackPosition, nowMs: number, expected: number]>([
    ['advances with the clock while the room plays', says(1_000, 50), 650, 1_600],
    ['stays while the room is paused', says(1_000, 50, { playing: false }), 650, 1_000],
    ['never exceeds the audio that was sent', says(1_000, 50), 60_000, SENT_MS],
    [
      'of the service can exceed the sent audio by less than a millisecond, which is ignored',
      says(4_000.5, 0),
      500,
      SENT_MS,
    ],
    ['of the service can be more than the computed duration', says(4_010, 0), 500, 4_010],
    [
      'is corrected when the service reports less than the clock',
      says(1_000, 1_100, { before: says(0, 0) }),
      1_200,
      1_100,
    ],
    [
      'does not go back when the service reports less than before',
      says(500, 100, { before: says(1_000, 0) }),
      100,
      1_000,
    ],
    ['stays at the position of a pause', stopped(says(1_000, 0), 700, SENT_MS), 5_000, 1_700],
    [
      'advances from there when playback is resumed',
      resumed(stopped(says(1_000, 0), 700, SENT_MS), 5_000),
      5_300,
      2_000,
    ],
    ['is the furthest position of all runs', says(200, 0, { before: says(1_500, 0), run: 'r2' }), 100, 1_500],
    [
      'is that of the next run when this is further',
      says(200, 0, { before: says(1_500, 0), run: 'r2' }),
      1_400,
      1_600,
    ],
  ])('%s', (_what, position, nowMs, expected) => {
    expect(positionAt(position, nowMs, SENT_MS)).toBe(expected);
  });

  it('of a room without further audio advances only when more audio is sent', () => {
    const starved = says(0, 0, { sentMs: 1_000 });
    expect(positionAt(starved, 3_000, 1_000)).toBe(1_000);
    expect(positionAt(supplied(starved, 3_000, 1_000), 3_100, 2_000)).toBe(1_100);
    expect(supplied(starved, 900, 1_000)).toBe(starved);
  });

  it('of a stopped run is the position of this run, not the furthest', () => {
    const second = says(200, 0, { before: says(1_500, 0), run: 'r2' });
    expect(stopped(second, 100, SENT_MS)).toMatchObject({
      positionMs: 300,
      furthestMs: 1_500,
      playing: false,
    });
  });

  it('never goes back behind a reported position or that of a pause', () => {
    const step = fc.record({
      what: fc.constantFrom('states', 'stops', 'resumes', 'supplies'),
      positionMs: fc.nat(5_000),
      playing: fc.boolean(),
      run: fc.constantFrom('r1', 'r2'),
      waitMs: fc.nat(1_000),
      moreMs: fc.nat(500),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let [position, nowMs, sentMs, before] = [NOTHING_HEARD, 0, 0, 0];
        for (const { what, positionMs, playing, run, waitMs, moreMs } of steps) {
          nowMs += waitMs;
          if (what === 'states') position = stated(position, { run, positionMs, playing, sentMs }, nowMs);
          if (what === 'stops') position = stopped(position, nowMs, sentMs);
          if (what === 'resumes') position = resumed(position, nowMs);
          if (what === 'supplies') {
            position = supplied(position, nowMs, sentMs);
            sentMs += moreMs;
          }
          const now = positionAt(position, nowMs, sentMs);
          expect(now).toBeGreaterThanOrEqual(before);
          // Between two reports it is an estimate, which the service can correct.
          if (what === 'states' || what === 'stops') before = now;
        }
      }),
    );
  });
});

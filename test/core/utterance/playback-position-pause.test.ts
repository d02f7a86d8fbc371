/** The pause of a session as an immutable value. */
import { describe, expect, it } from 'vitest';
import {
  controlOwed,
  effectOfPause,
  pauseAt,
  pauseLimitMs,
} from '../../../src/core/utterance/playback-position.js';

const PAUSED = pauseAt(undefined, 100);

describe('a pause', () => {
  it('begins once, and later requests have no effect', () => {
    expect(PAUSED).toEqual({ sinceMs: 100 });
    expect(pauseAt(PAUSED, 200)).toBe(PAUSED);
  });

  it.each<readonly [boolean, boolean, ReturnType<typeof effectOfPause>]>([
    [false, false, { holdsFrames: true, asksService: false, withholdsAudio: false }],
    [false, true, { holdsFrames: true, asksService: true, withholdsAudio: false }],
    [true, true, { holdsFrames: false, asksService: true, withholdsAudio: false }],
    [true, false, { holdsFrames: false, asksService: false, withholdsAudio: true }],
  ])('with egress %s, and a service that can pause %s: %o', (usesEgress, serviceCanPause, effect) => {
    expect(effectOfPause(usesEgress, serviceCanPause)).toEqual(effect);
  });

  it.each<readonly [string, typeof PAUSED, boolean, boolean, string | undefined]>([
    ['a request that plays', PAUSED, true, false, 'pause'],
    ['a request that is paused already', PAUSED, true, true, undefined],
    ['a request that is unknown to the service', PAUSED, false, false, undefined],
    ['a paused request, when the pause is over', undefined, true, true, 'resume'],
    ['a request that plays, without a pause', undefined, true, false, undefined],
  ])('requires the right message for %s', (_what, pause, begun, paused, owed) => {
    expect(controlOwed(pause, { begun, paused })).toBe(owed);
  });

  it('is bounded by the silence that is allowed', () => {
    expect(pauseLimitMs(30_000)).toBe(120_000);
  });
});

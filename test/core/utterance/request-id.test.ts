/** Request ids: the protocol defines their form, and their first half identifies the session. */
import { describe, expect, it } from 'vitest';
import { RequestIds } from '../../../src/core/utterance/request-id.js';
import { seededRandom } from '../policy/seeded-random.js';

const AT_MS = Date.UTC(2025, 0, 2, 3, 4, 5, 678);
const FORM = /^\d{14}_[A-Za-z0-9_-]{12}$/;

describe('a request id', () => {
  it('is the UTC second and twelve URL-safe characters', () => {
    const id = new RequestIds({ next: seededRandom(1) }).next(AT_MS);
    expect(id).toMatch(FORM);
    expect(id.slice(0, 15)).toBe('20250102030405_');
    expect(encodeURIComponent(id)).toBe(id);
  });

  it.each([
    ['the least draw', 0],
    ['the greatest draw', 1 - Number.EPSILON],
  ])('has its form also for %s', (_name, draw) => {
    expect(new RequestIds({ next: () => draw }).next(AT_MS)).toMatch(FORM);
  });

  it('is made 100 000 times in the same second without a repetition', () => {
    const ids = new RequestIds({ next: seededRandom(2) });
    const made = new Set(Array.from({ length: 100_000 }, () => ids.next(AT_MS)));
    expect(made.size).toBe(100_000);
  });

  it.each([
    ['is always the same', [0.5]],
    ['comes round again', [0, 0, 0, 0, 0, 0.99, 0.5, 0.99]],
    ['is always at its end', [1 - Number.EPSILON]],
  ])('is never made twice in a second, even when the random source %s', (_name, cycle) => {
    let draws = 0;
    const ids = new RequestIds({ next: () => cycle[draws++ % cycle.length] ?? 0 });
    const made = Array.from({ length: 200 }, () => ids.next(AT_MS));
    expect(new Set(made).size).toBe(200);
    expect(made.every((id) => FORM.test(id))).toBe(true);
  });

  it.each([
    [0, ['AAAAAA', 'AAAAAB', 'AAAAAC']],
    [62 / 64, ['------', '-----_', '----_A']],
    [63 / 64, ['______', 'AAAAAA', 'AAAAAB']],
  ])('counts up from a repeated random value: a draw of %d gives %j', (draw, ends) => {
    const ids = new RequestIds({ next: () => draw });
    expect(ends.map(() => ids.next(AT_MS).slice(-6))).toEqual(ends);
    // In another second the same draw makes another id by itself.
    expect(ids.next(AT_MS + 1_000).slice(-6)).toBe(ends[0]);
  });

  it('is known to the session that made it, for ever', () => {
    const ids = new RequestIds({ next: seededRandom(3) });
    const made = Array.from({ length: 1_000 }, (_, second) => ids.next(AT_MS + second * 1_000));
    expect(made.every((id) => ids.made(id))).toBe(true);
  });

  it.each([
    ['of another session', () => new RequestIds({ next: seededRandom(5) }).next(AT_MS)],
    ['that the service made up', () => 'greeting-1'],
    ['that is empty', () => ''],
    ['cut short', () => '20250102030405_'],
  ])('is foreign when it is one %s', (_name, foreign) => {
    expect(new RequestIds({ next: seededRandom(4) }).made(foreign())).toBe(false);
  });
});

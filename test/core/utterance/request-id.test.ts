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
    ['the smallest draw', 0],
    ['the largest draw', 1 - Number.EPSILON],
  ])('has the same form for %s', (_name, draw) => {
    expect(new RequestIds({ next: () => draw }).next(AT_MS)).toMatch(FORM);
  });

  it('is never repeated among 100 000 ids of the same second', () => {
    const ids = new RequestIds({ next: seededRandom(2) });
    const made = new Set(Array.from({ length: 100_000 }, () => ids.next(AT_MS)));
    expect(made.size).toBe(100_000);
  });

  it.each([
    ['is always the same', [0.5]],
    ['repeats a cycle', [0, 0, 0, 0, 0, 0.99, 0.5, 0.99]],
    ['always returns its maximum', [1 - Number.EPSILON]],
  ])('is never repeated in a second, also when the random source %s', (_name, cycle) => {
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
    // In another second the same draw makes another id, so the value is not changed.
    expect(ids.next(AT_MS + 1_000).slice(-6)).toBe(ends[0]);
  });

  it('is recognised by the session that made it, at any later time', () => {
    const ids = new RequestIds({ next: seededRandom(3) });
    const made = Array.from({ length: 1_000 }, (_, second) => ids.next(AT_MS + second * 1_000));
    expect(made.every((id) => ids.made(id))).toBe(true);
  });

  it.each([
    ['of another session', () => new RequestIds({ next: seededRandom(5) }).next(AT_MS)],
    ['that the service made', () => 'greeting-1'],
    ['that is empty', () => ''],
    ['cut short', () => '20250102030405_'],
  ])('is foreign when it is one %s', (_name, foreign) => {
    expect(new RequestIds({ next: seededRandom(4) }).made(foreign())).toBe(false);
  });
});

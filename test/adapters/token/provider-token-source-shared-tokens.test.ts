/** Sessions share the tokens of one provider only when the provider marks them as reusable. */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { DeadlinePassed } from '../../../src/ports/end-signal.js';
import { LIFE_MS, scripted, texts } from './scripted-provider.js';

const MARGIN_MS = 30_000;

describe('tokens that are not marked as reusable', () => {
  it('are fetched for each dial, also at the same time', async () => {
    const { fetch, calls, answer } = scripted();
    const both = [fetch(), fetch('start', 1)];
    await answer(1, { reusable: false });
    await answer(2, { reusable: false });
    expect(await texts(both)).toEqual(['t1', 't2']);
    const later = fetch('reconnect');
    await answer(3, { reusable: false });
    expect(await texts([later])).toEqual(['t3']);
    expect(calls.map(({ reason }) => reason)).toEqual(['start', 'start', 'reconnect']);
  });
});

describe('reusable tokens', () => {
  it('are given to later dials of all sessions with the same provider, marked as reused', async () => {
    const { fetch, calls, learnReusable } = scripted();
    await learnReusable();
    expect(await texts([fetch('reconnect'), fetch('start', 1)])).toEqual(['t1 again', 't1 again']);
    expect(calls).toHaveLength(1);
  });

  it.each([
    [MARGIN_MS + 1, 1],
    [MARGIN_MS, 2],
    [0, 2],
  ])('with %i ms until their expiry lead to %i calls', async (leftMs, expected) => {
    const { fetch, calls, clock, learnReusable, answer } = scripted();
    await learnReusable();
    await clock.advance(LIFE_MS - leftMs);
    const later = fetch('reconnect', 1);
    await answer(2);
    expect(await texts([later])).toEqual([expected === 1 ? 't1 again' : 't2']);
    expect(calls).toHaveLength(expected);
  });

  it('without an expiry are used until the service refuses one', async () => {
    const { fetch, clock, learnReusable, answer, refused } = scripted();
    await learnReusable({ expiresAt: undefined });
    await clock.advance(100 * LIFE_MS);
    expect(await texts([fetch('reconnect')])).toEqual(['t1 again']);
    refused('t1');
    const anew = fetch('refused');
    await answer(2);
    expect(await texts([anew])).toEqual(['t2']);
  });

  it('share one fetch between concurrent dials, for any dial that started it', async () => {
    const { fetch, calls, clock, learnReusable, answer } = scripted();
    await learnReusable();
    await clock.advance(LIFE_MS);
    const dials = [fetch('reconnect'), fetch('start', 1), fetch('reconnect', 1)];
    await answer(2);
    expect(await texts(dials)).toEqual(['t2', 't2 again', 't2 again']);
    expect(calls).toHaveLength(2);
  });

  it('are fetched again when one is refused, and the fresh one replaces the shared one', async () => {
    const { fetch, calls, learnReusable, answer, refused } = scripted();
    await learnReusable();
    refused('t1');
    const anew = fetch('refused');
    const joined = fetch('start', 1);
    await answer(2);
    expect(await texts([anew, joined])).toEqual(['t2', 't2 again']);
    expect(await texts([fetch('reconnect', 1)])).toEqual(['t2 again']);
    expect(calls.map(({ reason }) => reason)).toEqual(['start', 'refused']);
  });

  it('are fetched once for two that are refused at the same time', async () => {
    const { fetch, calls, learnReusable, answer, refused } = scripted();
    await learnReusable();
    refused('t1');
    refused('t1');
    const both = [fetch('refused'), fetch('refused', 1)];
    await answer(2);
    expect(await texts(both)).toEqual(['t2', 't2 again']);
    expect(calls).toHaveLength(2);
  });

  it('whose fetch began before a refusal do not replace the token that was fetched after the refusal', async () => {
    const { fetch, clock, learnReusable, answer } = scripted();
    await learnReusable();
    await clock.advance(LIFE_MS);
    const before = fetch('reconnect');
    await turn();
    const anew = fetch('refused', 1);
    await answer(3);
    await answer(2);
    expect(await texts([before, anew])).toEqual(['t2', 't3']);
    expect(await texts([fetch('reconnect')])).toEqual(['t3 again']);
  });

  it('that are no longer marked as reusable are given only to the dial that started the fetch', async () => {
    const { fetch, calls, clock, learnReusable, answer } = scripted();
    await learnReusable();
    await clock.advance(LIFE_MS);
    const dials = [fetch('reconnect'), fetch('reconnect', 1)];
    await answer(2, { reusable: undefined });
    await answer(3, { reusable: undefined });
    expect(await texts(dials)).toEqual(['t2', 't3']);
    expect(calls).toHaveLength(3);
  });
});

describe('a shared fetch', () => {
  async function underWay() {
    const run = scripted();
    await run.learnReusable();
    await run.clock.advance(LIFE_MS);
    const first = new AbortController();
    const second = new AbortController();
    const dials = [
      run.fetch('reconnect', 0, first.signal),
      run.fetch('reconnect', 1, second.signal),
    ] as const;
    await turn();
    return { ...run, first, second, dials };
  }

  it('continues for the other dials when the dial that started it is aborted', async () => {
    const { first, dials, answer, calls } = await underWay();
    first.abort(new Error('closed'));
    await expect(dials[0]).rejects.toThrow('closed');
    expect(calls[1]?.signal.aborted).toBe(false);
    await answer(2);
    expect(await texts([dials[1]])).toEqual(['t2 again']);
  });

  it('is aborted when its last dial is aborted; the next dial begins another', async () => {
    const { first, second, dials, answer, calls, fetch } = await underWay();
    first.abort(new Error('closed'));
    second.abort(new Error('too late'));
    await expect(dials[1]).rejects.toThrow('too late');
    expect(calls[1]?.signal.aborted).toBe(true);
    await expect(dials[0]).rejects.toThrow('closed');
    const next = fetch('reconnect');
    await answer(2);
    await answer(3);
    expect(await texts([next, fetch('reconnect', 1)])).toEqual(['t3', 't3 again']);
  });

  it('is given up at the time limit of the dial that has waited longest: the others share another one', async () => {
    const { first, second, dials, answer, calls, fetch } = await underWay();
    const third = fetch('reconnect', 1);
    first.abort(new DeadlinePassed(1_000));
    await expect(dials[0]).rejects.toThrow('1000 ms');
    await turn();
    expect(calls.map((call) => call.signal.aborted)).toEqual([false, true, false]);
    // The limit of this one began before the new fetch, so it says nothing about it.
    second.abort(new DeadlinePassed(1_000));
    await expect(dials[1]).rejects.toThrow('1000 ms');
    const fourth = fetch('reconnect');
    await answer(3);
    expect(await texts([third, fourth])).toEqual(['t3 again', 't3 again']);
    expect(calls).toHaveLength(3);
  });

  it('continues when a dial that joined it later reaches its time limit', async () => {
    const { second, dials, answer, calls } = await underWay();
    second.abort(new DeadlinePassed(10));
    await expect(dials[1]).rejects.toThrow('10 ms');
    expect(calls[1]?.signal.aborted).toBe(false);
    await answer(2);
    expect(await texts([dials[0]])).toEqual(['t2']);
  });

  it('that fails rejects for all dials that wait, and the next dial begins another', async () => {
    const { dials, calls, answer, fetch } = await underWay();
    calls[1]?.fail(new Error('backend down'));
    for (const dial of dials) await expect(dial).rejects.toMatchObject({ name: 'TokenProviderError' });
    const next = fetch('reconnect');
    await answer(3);
    expect(await texts([next])).toEqual(['t3']);
  });
});

/** A reusable token that the service has refused to one session is used by no other one. */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createProviderTokenSource } from '../../../src/adapters/token/provider-token-source.js';
import type { ProvidedToken } from '../../../src/adapters/token/provider-token-source.js';
import type { SessionToken } from '../../../src/ports/token-source.js';
import { VirtualClock } from '../../virtual-clock.js';
import { LIFE_MS, scripted, texts } from './scripted-provider.js';

describe('an old token that is refused late', () => {
  it('does not remove the new token that another dial has fetched meanwhile', async () => {
    const clock = new VirtualClock();
    let calls = 0;
    const provider = (): ProvidedToken => ({ token: `t${(calls += 1)}`, reusable: true });
    const { signal: until } = new AbortController();
    const source = createProviderTokenSource(provider, clock);
    const fetch = (refusedToken: string): Promise<SessionToken> => {
      source.refused(refusedToken);
      return source.fetchToken({ reason: 'refused', signal: until });
    };
    await source.fetchToken({ reason: 'start', signal: until });
    const got = [await fetch('t1'), await fetch('t1'), await fetch('t2'), await fetch('t1')];
    expect(got.map(({ token, reused }) => [token, reused])).toEqual([
      ['t2', undefined],
      ['t2', true],
      ['t3', undefined],
      ['t3', true],
    ]);
    expect(calls).toBe(3);
  });
});

describe('a token that is refused while an answer with it is under way', () => {
  it('is not used by the session that gets this answer: the provider is called again, with the reason', async () => {
    const { fetch, calls, answer, refused } = scripted();
    const first = fetch();
    const second = fetch('start', 1);
    await answer(1);
    expect(await texts([first])).toEqual(['t1']);
    refused('t1');
    await answer(2, { token: 't1' });
    await answer(3);
    expect(await texts([second, fetch('reconnect')])).toEqual(['t3', 't3 again']);
    expect(calls.map(({ reason }) => reason)).toEqual(['start', 'start', 'refused']);
  });

  it('is not used by sessions that share this answer', async () => {
    const { fetch, calls, answer, learnReusable, refused, clock } = scripted();
    await learnReusable();
    await clock.advance(LIFE_MS);
    const both = [fetch('reconnect'), fetch('reconnect', 1)];
    refused('t1');
    await answer(2, { token: 't1' });
    await answer(3);
    expect(await texts(both)).toEqual(['t3', 't3 again']);
    expect(calls.map(({ reason }) => reason)).toEqual(['start', 'reconnect', 'refused']);
  });

  it('is not asked for again by a session that has left meanwhile', async () => {
    const { fetch, calls, answer, refused } = scripted();
    const first = fetch();
    const left = new AbortController();
    const second = fetch('start', 1, left.signal);
    await answer(1);
    await first;
    refused('t1');
    left.abort(new Error('closed'));
    await expect(second).rejects.toThrow('closed');
    await answer(2, { token: 't1' });
    expect(calls).toHaveLength(2);
  });

  it('is used if the provider answers the refusal with it', async () => {
    const { fetch, answer, learnReusable, refused } = scripted();
    await learnReusable();
    refused('t1');
    const next = fetch('reconnect');
    await answer(2, { token: 't1' });
    expect(await texts([next, fetch('start', 1)])).toEqual(['t1', 't1 again']);
  });
});

describe('a kept token that is refused', () => {
  it('is not returned again, and the next fetch has the reason refused, whichever session makes it', async () => {
    const { fetch, calls, answer, learnReusable, refused } = scripted();
    await learnReusable();
    refused('t1');
    const next = [fetch('start', 1), fetch('reconnect')];
    await answer(2);
    expect(await texts(next)).toEqual(['t2', 't2 again']);
    expect(calls.map(({ reason }) => reason)).toEqual(['start', 'refused']);
    expect(await texts([fetch('reconnect')])).toEqual(['t2 again']);
  });

  it('is not learned from a fetch that began before the refusal', async () => {
    const { fetch, calls, answer, learnReusable, refused, clock } = scripted();
    await learnReusable();
    await clock.advance(LIFE_MS);
    const before = fetch('reconnect', 1);
    await turn();
    refused('t1');
    await answer(2);
    expect(await texts([before])).toEqual(['t2']);
    const next = fetch('reconnect');
    await answer(3);
    expect(await texts([next])).toEqual(['t3']);
    expect(calls.map(({ reason }) => reason)).toEqual(['start', 'reconnect', 'refused']);
  });
});

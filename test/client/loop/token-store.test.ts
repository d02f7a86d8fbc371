/** The token that a dial gets, and whether it was fetched for this dial. */
import { describe, expect, it } from 'vitest';
import { makeAvatarSDKError } from '../../../src/core/failure/avatar-sdk-error.js';
import type { TokenSource } from '../../../src/ports/token-source.js';
import { TokenStore } from '../../../src/client/loop/token-store.js';
import type { SessionToken, TokenReason, TokenRequest } from '../../../src/ports/token-source.js';
import { VirtualClock } from '../../virtual-clock.js';

const { signal } = new AbortController();

function store(answer: (call: number, request: TokenRequest) => SessionToken | Promise<SessionToken>) {
  const clock = new VirtualClock();
  const reasons: TokenReason[] = [];
  const refused: string[] = [];
  const hidden: unknown[] = [];
  const tokens = new TokenStore(
    {
      name: 'scripted',
      fetchToken: async (request) => {
        reasons.push(request.reason);
        return answer(reasons.length, request);
      },
      refused: (token) => void refused.push(token),
      wasRefused: (token) => refused.includes(token),
    },
    clock,
    { protect: (token) => void hidden.push(token) },
  );
  return { tokens, reasons, refused, hidden, clock };
}
const numbered = (call: number): SessionToken => ({ token: `t${call}` });

describe('a token for a dial', () => {
  it('is fetched for this dial, with its reason', async () => {
    const { tokens, reasons } = store(numbered);
    await expect(tokens.take('start', signal)).resolves.toEqual({ token: 't1', stale: false });
    await expect(tokens.take('reconnect', signal)).resolves.toEqual({ token: 't2', stale: false });
    expect(reasons).toEqual(['start', 'reconnect']);
  });

  it('is stale when the source returns the latest token again, and only then', async () => {
    const { tokens } = store((call) => ({ token: ['a', 'a', 'b', 'a'][call - 1] ?? '' }));
    const stale = [];
    for (let dial = 0; dial < 4; dial += 1) stale.push((await tokens.take('reconnect', signal)).stale);
    expect(stale).toEqual([false, true, false, false]);
  });

  it('fails with the error of the source when there is none', async () => {
    const { tokens } = store(() => Promise.reject(new Error('console down')));
    await expect(tokens.take('start', signal)).rejects.toThrow('console down');
  });
});

describe('a refused token', () => {
  const failure = { message: 'refused', phase: 'websocket_connect', remediation: '' } as const;
  const unauthorized = makeAvatarSDKError({
    ...failure,
    code: 'upstreamError',
    step: 'upgrade',
    httpStatus: 401,
  });
  const roomRefused = makeAvatarSDKError({
    ...failure,
    code: 'invalidEgressConfig',
    step: 'handshake',
    serverCode: '16',
  });

  it('is reported to its source, and is the reason of each fetch until another token has come', async () => {
    const { tokens, reasons, refused } = store((call) =>
      call === 2 ? Promise.reject(new Error('down')) : numbered(call),
    );
    const take = () => tokens.take(tokens.reasons('reconnect').token, signal);
    await take();
    tokens.failed(unauthorized);
    expect(refused).toEqual(['t1']);
    await expect(take()).rejects.toThrow('down');
    await take();
    await take();
    expect(reasons).toEqual(['reconnect', 'refused', 'refused', 'reconnect']);
  });

  it('of a room is the reason until the application has answered', () => {
    const { tokens } = store(numbered);
    tokens.failed(roomRefused);
    expect(tokens.reasons('reconnect')).toEqual({ token: 'reconnect', room: 'refused' });
    tokens.roomConfigured();
    expect(tokens.reasons('reconnect')).toEqual({ token: 'reconnect', room: 'reconnect' });
  });

  it('is known to the store of a restart, which does not know the token', () => {
    const { tokens } = store(numbered);
    tokens.failed(unauthorized);
    tokens.failed(roomRefused);
    const source = {
      name: 'other',
      fetchToken: () => new Promise<never>(() => undefined),
      refused: () => undefined,
      wasRefused: () => false,
    };
    const again = new TokenStore(source, new VirtualClock(), { protect: () => undefined }, tokens);
    expect(again.reasons('start')).toEqual({ token: 'refused', room: 'refused' });
  });
});

const fetch = (source: TokenSource): Promise<SessionToken> => source.fetchToken({ reason: 'start', signal });

describe('a token that was fetched ahead', () => {
  it('is replaced, with the reason, when the service has refused it to another session', async () => {
    const { tokens, reasons, refused } = store(numbered);
    await tokens.fetchAhead(fetch);
    refused.push('t1');
    expect(tokens.needsRequest).toBe(true);
    await expect(tokens.take('start', signal)).resolves.toEqual({ token: 't2', stale: false });
    expect(reasons).toEqual(['start', 'refused']);
  });
});

describe('a token that is not used', () => {
  it('is not shown either: a fetched token that has expired already', async () => {
    const { tokens, hidden, clock } = store((call) =>
      call === 1
        ? { token: 't1', expiresAtMs: clock.epochMs() - 1 }
        : Promise.reject(new Error('t1 is over')),
    );
    await expect(tokens.take('start', signal)).rejects.toThrow('t1 is over');
    expect(hidden).toEqual(['t1']);
  });
});

describe('a dial begins with its own token request', () => {
  it('unless a token was fetched ahead, or is being fetched', async () => {
    let answer: ((token: SessionToken) => void) | undefined;
    const { tokens } = store(() => new Promise((resolve) => (answer = resolve)));
    expect(tokens.needsRequest).toBe(true);
    const ahead = tokens.fetchAhead(fetch);
    expect(tokens.needsRequest).toBe(false);
    answer?.({ token: 'ahead' });
    await ahead;
    expect(tokens.needsRequest).toBe(false);
    await tokens.take('start', signal);
    expect(tokens.needsRequest).toBe(true);
  });

  it('when the token that was fetched ahead is too old, or when there is none', async () => {
    const { tokens, clock } = store((call) =>
      call === 1
        ? Promise.reject(new Error('down'))
        : { token: 'ahead', expiresAtMs: new VirtualClock().epochMs() + 60_000 },
    );
    await tokens.fetchAhead(fetch).catch(() => undefined);
    expect(tokens.needsRequest).toBe(true);
    await tokens.fetchAhead(fetch);
    expect(tokens.needsRequest).toBe(false);
    await clock.advance(31_000);
    expect(tokens.needsRequest).toBe(true);
  });
});

describe('a token fetched ahead', () => {
  it('is used once, as a stale one', async () => {
    const { tokens, reasons } = store(numbered);
    await tokens.fetchAhead(fetch);
    await expect(tokens.take('start', signal)).resolves.toEqual({ token: 't1', stale: true });
    await expect(tokens.take('reconnect', signal)).resolves.toEqual({ token: 't2', stale: false });
    expect(reasons).toEqual(['start', 'reconnect']);
  });

  it('is fetched once for two calls', async () => {
    const { tokens, reasons } = store(numbered);
    await Promise.all([tokens.fetchAhead(fetch), tokens.fetchAhead(fetch)]);
    await tokens.fetchAhead(fetch);
    expect(reasons).toEqual(['start']);
  });

  it('is waited for by a dial that begins meanwhile', async () => {
    let answer: ((token: SessionToken) => void) | undefined;
    const { tokens, reasons } = store(() => new Promise((resolve) => (answer = resolve)));
    const ahead = tokens.fetchAhead(fetch);
    const taken = tokens.take('start', signal);
    answer?.({ token: 'late' });
    await ahead;
    await expect(taken).resolves.toEqual({ token: 'late', stale: true });
    expect(reasons).toEqual(['start']);
  });

  it('that fails also fails the dial that waits for it, which does not request another token', async () => {
    let fail: ((error: Error) => void) | undefined;
    const { tokens, reasons } = store(() => new Promise((_resolve, reject) => (fail = reject)));
    const ahead = tokens.fetchAhead(fetch);
    const taken = tokens.take('start', signal);
    fail?.(new Error('down'));
    await expect(ahead).rejects.toThrow('down');
    await expect(taken).rejects.toThrow('down');
    expect(reasons).toEqual(['start']);
  });

  it('that failed is not kept: the caller gets the error, and the next dial fetches its own token', async () => {
    const { tokens, reasons } = store((call) =>
      call === 1 ? Promise.reject(new Error('down')) : numbered(call),
    );
    await expect(tokens.fetchAhead(fetch)).rejects.toThrow('down');
    await expect(tokens.take('start', signal)).resolves.toEqual({ token: 't2', stale: false });
    expect(reasons).toEqual(['start', 'start']);
  });

  it.each([
    ['already over', -1, false],
    ['exactly half a minute away', 30_000, false],
    ['one millisecond more than half a minute away', 30_001, true],
    ['unknown', undefined, true],
  ])('whose expiry is %s is used: %s ms → %s', async (_name, leftMs, used) => {
    const { tokens, clock } = store((call) => ({
      token: `t${call}`,
      ...(leftMs === undefined || call > 1 ? {} : { expiresAtMs: new VirtualClock().epochMs() + leftMs }),
    }));
    expect(clock.nowMs()).toBe(0);
    await tokens.fetchAhead(fetch);
    await expect(tokens.take('start', signal)).resolves.toEqual(
      used ? { token: 't1', stale: true } : { token: 't2', stale: false },
    );
  });
});

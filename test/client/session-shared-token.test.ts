/**
 * Reusable tokens, expiry dates of tokens, and transports that ignore their signal, in a whole session.
 */
import { describe, expect, it } from 'vitest';
import { UpgradeRefused } from '../../src/index.js';
import type { ProvidedToken, TokenProviderRequest, TokenReason } from '../../src/index.js';
import { closeSession, tokensOf } from '../support/confirmed-session.js';
import { FakeTransport } from './fake-transport.js';
import type { FakeDial } from './fake-transport.js';
import { virtualSession } from './virtual-session.js';
import type { VirtualSession } from './virtual-session.js';

const START_S = Date.UTC(2025, 0, 2, 3, 4, 5) / 1_000;
const refusal = (): UpgradeRefused => new UpgradeRefused(401, {}, '{"message":"Token expired"}');
const invalid = (): UpgradeRefused => new UpgradeRefused(400, {}, '{"message":"Invalid session token"}');

function provider(answer: (call: number) => Partial<ProvidedToken>) {
  const reasons: TokenReason[] = [];
  const tokenProvider = ({ reason }: TokenProviderRequest): ProvidedToken => {
    reasons.push(reason);
    return { token: `t${reasons.length}`, ...answer(reasons.length) };
  };
  return { reasons, tokenProvider };
}
const tokenOf = ({ request }: FakeDial): string | undefined => request.headers['X-Session-Key'];
const up = async (run: VirtualSession): Promise<void> => {
  void run.session.start();
  await run.clock.until(() => run.session.state === 'websocket_runtime');
};

describe('reusable tokens', () => {
  it('are used by the dials of all sessions with the same provider; a refused one is replaced once for all sessions', async () => {
    const { reasons, tokenProvider } = provider(() => ({ expiresAt: START_S + 3_600, reusable: true }));
    const service = (dial: FakeDial): void => void dial.confirm();
    const first = virtualSession({ service, options: { tokenProvider } });
    await up(first);
    // The first dial of the second session uses the token of the first session, so its refusal leads to another
    // dial.
    const second = virtualSession({
      service: (dial) => (dial.number === 1 ? dial.refuse(invalid()) : void dial.confirm()),
      options: { tokenProvider },
    });
    await up(second);
    await first.clock.advance(6_000);
    first.transport.latest.drop(1006);
    await first.clock.until(() => first.reconnects.length === 1);
    expect([tokensOf(first), tokensOf(second)]).toEqual([
      ['t1', 't2'],
      ['t1', 't2'],
    ]);
    expect(reasons).toEqual(['start', 'refused']);
    await closeSession(first);
    await closeSession(second);
  });

  it.each([
    [401, ''],
    [401, '{"message":"token expired"}'],
    [403, '<html><title>Forbidden</title></html>'],
  ])('are replaced after an upgrade was refused with %s and the body %j', async (status, body) => {
    const { reasons, tokenProvider } = provider(() => ({ reusable: true }));
    const run = virtualSession({
      service: (dial) =>
        dial.number === 2 ? dial.refuse(new UpgradeRefused(status, {}, body)) : void dial.confirm(),
      options: { tokenProvider },
    });
    await up(run);
    await run.clock.advance(6_000);
    run.transport.latest.drop(1006);
    await run.clock.until(() => run.reconnects.length === 1);
    // Such an answer may be a gateway's, so the session continues by the rule of `upstreamError`.
    expect(run.errors.at(-1)).toMatchObject({ code: 'upstreamError', origin: 'gateway', httpStatus: status });
    expect([tokensOf(run), reasons]).toEqual([
      ['t1', 't1', 't2'],
      ['start', 'refused'],
    ]);
    await closeSession(run);
  });

  it('are fetched again by the next session, if one was refused and its session made no other attempt', async () => {
    const { reasons, tokenProvider } = provider(() => ({ reusable: true }));
    const run = (refused: string): VirtualSession =>
      virtualSession({
        service: (dial) => (tokenOf(dial) === refused ? dial.refuse(refusal()) : void dial.confirm()),
        options: { tokenProvider, retry: false },
      });
    const first = run('');
    await up(first);
    await closeSession(first);
    const refused = run('t1');
    const started = refused.session.start();
    await refused.clock.settle();
    await expect(started).rejects.toMatchObject({ code: 'sessionTokenExpired', httpStatus: 401 });
    const next = run('t1');
    await up(next);
    expect([tokensOf(refused), tokensOf(next), reasons]).toEqual([['t1'], ['t2'], ['start', 'refused']]);
    await closeSession(next);
  });

  it('that init() fetched an hour before, and that have expired, are fetched again by start()', async () => {
    const { reasons, tokenProvider } = provider((call) => ({
      expiresAt: START_S + 600 + (call === 1 ? 0 : 7_200),
      reusable: true,
    }));
    const run = virtualSession({ service: (dial) => void dial.confirm(), options: { tokenProvider } });
    await run.session.init();
    await run.clock.advance(3_600_000);
    await up(run);
    expect([tokensOf(run), reasons]).toEqual([['t2'], ['start', 'start']]);
    await closeSession(run);
  });
});

describe('the reason refused', () => {
  /** An application with a cache of its own, which it clears for this reason. */
  function cachingProvider(replace: (nth: number) => ProvidedToken) {
    const reasons: TokenReason[] = [];
    let cached: ProvidedToken | undefined;
    let replaced = 0;
    const tokenProvider = ({ reason }: TokenProviderRequest): ProvidedToken => {
      reasons.push(reason);
      if (reason === 'refused') cached = undefined;
      return (cached ??= replace((replaced += 1)));
    };
    return { reasons, tokenProvider };
  }

  it.each<[string, () => ProvidedToken]>([
    [
      'throws',
      () => {
        throw new Error('backend: HTTP 503');
      },
    ],
    ['answers with a token that has expired', () => ({ token: 'old', expiresAt: START_S - 1 })],
  ])('is given until another token has come: the provider %s at first', async (_what, failing) => {
    let failures = 1;
    const { reasons, tokenProvider } = cachingProvider((nth) => {
      if (nth > 1 && failures-- > 0) return failing();
      return { token: nth === 1 ? 'first' : 'second' };
    });
    const run = virtualSession({
      service: (dial) => (dial.number === 2 ? dial.refuse(refusal()) : void dial.confirm()),
      options: { tokenProvider },
    });
    await up(run);
    await run.clock.advance(6_000);
    run.transport.latest.drop(1006);
    await run.clock.until(() => run.reconnects.length === 1);
    expect([tokensOf(run), reasons]).toEqual([
      ['first', 'first', 'second'],
      ['start', 'reconnect', 'refused', 'refused'],
    ]);
    await closeSession(run);
  });

  it('is given by a restart after a refusal, whatever the policy decided about that', async () => {
    const { reasons, tokenProvider } = cachingProvider((nth) => ({ token: `t${nth}` }));
    const run = virtualSession({
      service: (dial) => (tokenOf(dial) === 't1' ? dial.refuse(refusal()) : void dial.confirm()),
      options: { tokenProvider, retry: false },
    });
    const started = run.session.start();
    await run.clock.settle();
    await expect(started).rejects.toMatchObject({ code: 'sessionTokenExpired' });
    void run.session.restart();
    await run.clock.until(() => run.session.state === 'websocket_runtime');
    expect([tokensOf(run), reasons]).toEqual([
      ['t1', 't2'],
      ['start', 'refused'],
    ]);
    await closeSession(run);
  });
});

describe('a token that has already expired when the provider returns it', () => {
  it('is not used for a dial: the provider is called once more, with the reason', async () => {
    const { reasons, tokenProvider } = provider((call) => ({ expiresAt: START_S + (call === 1 ? -1 : 600) }));
    const run = virtualSession({ service: (dial) => void dial.confirm(), options: { tokenProvider } });
    await up(run);
    expect([tokensOf(run), reasons]).toEqual([['t2'], ['start', 'refused']]);
    await closeSession(run);
  });

  it('is an error of the provider when the second one has expired, too', async () => {
    const { reasons, tokenProvider } = provider(() => ({ expiresAt: START_S - 1 }));
    const run = virtualSession({ service: (dial) => void dial.confirm(), options: { tokenProvider } });
    const outcome = expect(run.session.start()).rejects.toMatchObject({
      code: 'sessionTokenInvalid',
      origin: 'application',
      message: expect.stringContaining('an unusable time: expiresAt must be in the future, got ') as unknown,
      cause: { message: expect.stringContaining('expiresAt must be in the future') as unknown },
    });
    await run.clock.settle();
    await outcome;
    expect([tokensOf(run), reasons]).toEqual([[], ['start', 'refused']]);
  });

  it('is replaced when it was valid for less than half a minute, and the service refuses it', async () => {
    const { reasons, tokenProvider } = provider((call) => ({ expiresAt: START_S + (call === 1 ? 20 : 600) }));
    const run = virtualSession({
      service: (dial) => (dial.number === 1 ? dial.refuse(invalid()) : void dial.confirm()),
      options: { tokenProvider },
    });
    await up(run);
    expect([tokensOf(run), reasons]).toEqual([
      ['t1', 't2'],
      ['start', 'refused'],
    ]);
    await closeSession(run);
  });
});

describe('a transport that ignores its signal', () => {
  /** Opens its socket only when the test says so, also after an abort. */
  function signalIgnoringTransport() {
    const transport = new FakeTransport(() => undefined);
    const dial: FakeTransport['dial'] = (request, sink) =>
      FakeTransport.prototype.dial.call(
        transport,
        { ...request, signal: new AbortController().signal },
        sink,
      );
    return { transport, options: { transport: { name: 'deaf', sendsHeaders: true, dial } } };
  }

  it('does not delay close() or the end of the process, and its late socket is destroyed', async () => {
    const { transport, options } = signalIgnoringTransport();
    const run = virtualSession({ service: () => undefined, options });
    const started = run.session.start();
    await run.clock.settle();
    const closed = run.session.close();
    await run.clock.settle();
    await closed;
    await expect(started).rejects.toMatchObject({ reason: 'closed' });
    const late = transport.dials[0]?.accept();
    await run.clock.settle();
    expect([late?.terminated, late?.received, transport.openSockets]).toEqual([true, [], 0]);
  });

  it('has the usual time limit, and the socket of a dial that timed out is destroyed', async () => {
    const { transport, options } = signalIgnoringTransport();
    const run = virtualSession({
      service: () => undefined,
      options: { ...options, retry: { maxAttempts: 2 } },
    });
    const started = run.session.start();
    await run.clock.until(() => transport.dials.length === 2);
    const late = transport.dials[0]?.accept();
    await run.clock.advance(10_000);
    await expect(started).rejects.toMatchObject({
      code: 'connectionFailed',
      step: 'upgrade',
      reason: 'attempts',
    });
    expect([late?.terminated, late?.received, transport.openSockets]).toEqual([true, [], 0]);
  });
});

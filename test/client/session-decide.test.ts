/**
 * `retry.decide`: the application decides about each failure. An error in this function does not affect the session.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UpgradeRefused } from '../../src/index.js';
import type { Decision, RetryContext, RetryDecider, SessionRetryOptions } from '../../src/index.js';
import { closeSession } from '../support/confirmed-session.js';
import { LooseEnds } from './scenario-support/loose-ends.js';
import { gapsMs, virtualSession } from './virtual-session.js';
import type { VirtualSession, VirtualSessionPlan } from './virtual-session.js';

let loose: LooseEnds;
beforeEach(() => void (loose = new LooseEnds()));
afterEach(() => loose[Symbol.dispose]());

const unavailable: VirtualSessionPlan['service'] = (dial) =>
  dial.refuse(new UpgradeRefused(503, { 'retry-after-ms': '40' }, ''));
const steady: VirtualSessionPlan['service'] = (dial) => void dial.confirm();

async function started(
  service: VirtualSessionPlan['service'],
  decide: unknown,
  retry: SessionRetryOptions = {},
  forMs = 600_000,
): Promise<VirtualSession> {
  const run = virtualSession({ service, options: { retry: { ...retry, decide: decide as RetryDecider } } });
  run.session.start().catch(() => undefined);
  await run.clock.advance(forMs);
  return run;
}

describe('the function retry.decide', () => {
  it('gets the facts and the proposed decision of the policy', async () => {
    const seen: [RetryContext, string][] = [];
    await started(
      unavailable,
      (context: RetryContext, proposed: Decision) => void seen.push([context, proposed.action]),
      {
        maxAttempts: 2,
      },
    );
    const facts = { code: 'upstreamError', phase: 'websocket_connect', step: 'upgrade', permanent: false };
    expect(seen).toMatchObject([
      [{ ...facts, httpStatus: 503, retryAfterMs: 40, attempt: 1, elapsedMs: 0 }, 'retry'],
      [{ ...facts, httpStatus: 503, retryAfterMs: 40, attempt: 2 }, 'giveUp'],
    ]);
  });

  it('returns delays that are used and reported with their source', async () => {
    const { dialsAtMs, retries, session } = await started(
      unavailable,
      ({ attempt }: RetryContext) =>
        attempt < 4 ? { action: 'retry', delayMs: 1_000 * attempt } : undefined,
      { maxAttempts: 1 },
    );
    expect(dialsAtMs).toEqual([0, 1_000, 3_000, 6_000]);
    expect(retries.map(({ source }) => source)).toEqual(['application', 'application', 'application']);
    const [decision] = session.explain().filter(({ kind }) => kind === 'retry');
    expect(decision).toMatchObject({
      why: 'retry.decide chose: attempt 2, 1.0 s; the policy proposed: given up: 1 attempt made, upstreamError allows 1',
    });
  });

  it('cannot make the interval between dials shorter than the minimum', async () => {
    const { dialsAtMs } = await started(
      unavailable,
      ({ attempt }: RetryContext) => (attempt < 5 ? { action: 'retry', delayMs: 0 } : { action: 'giveUp' }),
      { backoff: { minIntervalMs: 300 } },
    );
    expect(gapsMs(dialsAtMs)).toEqual([300, 300, 300, 300]);
  });

  it('ends the session by rule when it gives up', async () => {
    const { errors, closes, dialsAtMs } = await started(unavailable, () => ({ action: 'giveUp' }));
    expect(dialsAtMs).toHaveLength(1);
    expect(errors).toMatchObject([{ reason: 'rule', willRetry: false }]);
    expect(closes).toMatchObject([{ reason: 'failed' }]);
  });

  it('is also called for the refusal of a request', async () => {
    const seen: RetryContext[] = [];
    const run = await started(
      steady,
      (context: RetryContext) => {
        seen.push(context);
        return { action: 'giveUp' };
      },
      {},
      0,
    );
    const utterance = run.session.speak(new Uint8Array(640));
    utterance.finished.catch(() => undefined);
    await run.clock.settle();
    run.transport.latest.refuseRequest(utterance.reqId, 14, 'x');
    // A close with the same code within this second would end the session.
    await run.clock.advance(1_000);
    await expect(utterance.finished).rejects.toMatchObject({ code: 'upstreamError', outcome: 'failed' });
    expect(seen).toMatchObject([{ code: 'upstreamError', step: 'receive', attempt: 1 }]);
    await closeSession(run);
  });

  it('makes all retries with the preset never', async () => {
    const decide = ({ attempt }: RetryContext) =>
      attempt < 3 ? { action: 'retry', delayMs: 200 } : undefined;
    expect((await started(unavailable, decide, { preset: 'never' })).dialsAtMs).toEqual([0, 200, 400]);
  });
});

describe('retry.decide does not break the session', () => {
  const broken: [string, () => unknown, RegExp][] = [
    [
      'throws',
      () => {
        throw new Error('the rules are not available');
      },
      /retry\.decide of an avatar session failed, so the policy’s decision stands: .*the rules are not available/,
    ],
    ['rejects', () => Promise.reject(new Error('later')), /returned a promise, so the policy/],
    ['returns a promise of a decision', () => Promise.resolve({ action: 'giveUp' }), /returned a promise/],
    [
      'returns NaN',
      () => ({ action: 'retry', delayMs: NaN }),
      /returned no answer, .*it may return \{ action/,
    ],
    ['returns a negative delay', () => ({ action: 'retry', delayMs: -1 }), /returned no answer/],
    ['returns an unknown action', () => ({ action: 'pause' }), /returned no answer/],
    [
      'returns a value that cannot be read',
      () =>
        Object.defineProperty({}, 'action', {
          get: () => {
            throw new Error('broken');
          },
        }),
      /decide of an avatar session failed/,
    ],
  ];

  it.each(broken)(
    'when it %s: the proposed decision is used, and one warning reports it',
    async (_name, decide, message) => {
      const { retries, errors } = await started(unavailable, decide, { maxAttempts: 3 });
      await loose.settle();
      expect(retries.map(({ source }) => source)).toEqual(['backoff', 'backoff']);
      expect(errors.at(-1)).toMatchObject({ reason: 'attempts' });
      expect(loose.found).toEqual([]);
      // Further failures cause no further warning.
      expect(loose.warnings.map(({ name }) => name)).toEqual(['AvatarKitHandlerWarning']);
      expect(loose.warnings[0]?.message).toMatch(message);
    },
  );

  it('when it changes its arguments', async () => {
    const { dialsAtMs } = await started(
      unavailable,
      (context: RetryContext, proposed: object) => {
        Object.assign(context, { attempt: 0, code: 'unknown' });
        Object.assign(proposed, { delayMs: 1e9, why: '' });
      },
      { maxAttempts: 3 },
    );
    expect(dialsAtMs).toHaveLength(3);
  });

  it('when it closes the session', async () => {
    let close: () => void = () => undefined;
    const run = virtualSession({ service: unavailable, options: { retry: { decide: () => close() } } });
    close = () => void run.session.close();
    const start = run.session.start();
    await run.clock.advance(2_000);
    await expect(start).rejects.toMatchObject({ reason: 'closed' });
    await loose.settle();
    expect([run.closes, loose.found, run.clock.pendingTimers]).toEqual([[{ reason: 'closed' }], [], 0]);
  });

  it.each(['close', 'interrupt'] as const)('when it calls %s while a request is refused', async (call) => {
    let act: () => void = () => undefined;
    const run = virtualSession({ service: steady, options: { retry: { decide: () => act() } } });
    act = () => void run.session[call]();
    void run.session.start();
    await run.clock.settle();
    const utterance = run.session.speak(new Uint8Array(640));
    await run.clock.settle();
    run.transport.latest.refuseRequest(utterance.reqId, 14, 'x');
    await (call === 'close'
      ? expect(utterance.finished).rejects.toMatchObject({ reason: 'closed' })
      : expect(utterance.finished).resolves.toMatchObject({ outcome: 'interrupted' }));
    await closeSession(run);
    await loose.settle();
    expect([run.errors, run.retries, loose.found, run.clock.pendingTimers]).toEqual([[], [], [], 0]);
  });
});

describe('an invalid retry.decide', () => {
  it.each<[unknown, string]>([
    [{ decide: 'always' }, 'retry.decide must be a function, got a string of 6 characters'],
    [{ decider: () => undefined }, 'unknown option retry.decider; known names: rules, maxAttempts'],
  ])('%o is refused', (retry, beginning) => {
    const options = { retry: retry as SessionRetryOptions };
    expect(() => virtualSession({ service: steady, options })).toThrow(beginning);
  });
});

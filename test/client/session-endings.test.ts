/**
 * close() and the caller's signal in every state and at every moment: the session settles, no socket is open, no timer
 * is left, and no event follows. The tests end the session after each number of microtasks in turn.
 */
import { describe, expect, it } from 'vitest';
import { AvatarSDKError, UpgradeRefused } from '../../src/index.js';
import type { SessionState } from '../../src/index.js';
import { virtualSession } from './virtual-session.js';
import type { VirtualSession, VirtualSessionPlan } from './virtual-session.js';

type Ending = 'close' | 'abort';
const ENDINGS: readonly Ending[] = ['close', 'abort'];

const PLANS: Readonly<Record<Exclude<SessionState, 'closing' | 'closed'>, VirtualSessionPlan>> = {
  idle: { service: () => undefined },
  session_token: {
    service: () => undefined,
    options: { tokenProvider: () => new Promise<string>(() => undefined) },
  },
  websocket_connect: { service: () => undefined },
  websocket_runtime: { service: (dial) => void dial.confirm() },
  waiting: { service: (dial) => dial.refuse(new UpgradeRefused(503, { 'retry-after': '5' }, '')) },
};
const STATES = Object.keys(PLANS) as (keyof typeof PLANS)[];

async function expectNothingLeft({ clock, transport, reported, session }: VirtualSession): Promise<void> {
  expect(session.state).toBe('closed');
  expect([transport.openSockets, clock.pendingTimers]).toEqual([0, 0]);
  const reportedSoFar = reported.length;
  const dialsSoFar = transport.dials.length;
  await clock.advance(300_000);
  expect([reported.length, transport.dials.length]).toEqual([reportedSoFar, dialsSoFar]);
}

describe.each(STATES)('in %s', (state) => {
  it('close() ends the session once, and leaves no socket and no timer', async () => {
    const run = virtualSession(PLANS[state]);
    const started = state === 'idle' ? undefined : run.session.start();
    await run.clock.settle();
    expect(run.session.state).toBe(state);
    const closed = run.session.close();
    await run.clock.settle();
    await closed;
    expect(run.closes).toEqual([{ reason: 'closed' }]);
    expect(run.lines().slice(-3)).toEqual(['state closing', 'state closed', 'close closed']);
    if (state === 'websocket_runtime') await expect(started).resolves.toBe('connection-1');
    else if (started !== undefined) await expect(started).rejects.toMatchObject({ reason: 'closed' });
    await expect(run.session.start()).rejects.toBeInstanceOf(AvatarSDKError);
    await expectNothingLeft(run);
  });

  it('a second close() settles with the first one', async () => {
    const run = virtualSession(PLANS[state]);
    if (state !== 'idle') void run.session.start();
    await run.clock.settle();
    const both = Promise.all([run.session.close(), run.session.close()]);
    await run.clock.settle();
    await both;
    await run.session.close();
    expect(run.closes).toHaveLength(1);
    await expectNothingLeft(run);
  });

  it('an abort ends a session whose start() is pending, and has no effect afterwards', async () => {
    const run = virtualSession(PLANS[state]);
    const controller = new AbortController();
    if (state === 'idle') controller.abort();
    const started = run.session.start({ signal: controller.signal });
    await run.clock.settle();
    controller.abort(new Error('the caller has left'));
    await run.clock.settle();
    if (state === 'websocket_runtime') {
      await expect(started).resolves.toBe('connection-1');
      expect(run.session.state).toBe('websocket_runtime');
      const closed = run.session.close();
      await run.clock.settle();
      await closed;
    } else {
      await expect(started).rejects.toMatchObject({ reason: 'aborted', willRetry: false });
      expect(run.closes).toMatchObject([{ reason: 'aborted', error: { reason: 'aborted' } }]);
    }
    await expectNothingLeft(run);
  });

  it('the time-out of a start is reported once, as one failure', async () => {
    const run = virtualSession(PLANS[state]);
    const controller = new AbortController();
    const timedOut = new DOMException('the time of the start is up', 'TimeoutError');
    if (state === 'idle') controller.abort(timedOut);
    const started = run.session.start({ signal: controller.signal });
    started.catch(() => undefined);
    await run.clock.settle();
    controller.abort(timedOut);
    await run.clock.settle();
    const isOver = state !== 'websocket_runtime';
    expect(run.session.state).toBe(isOver ? 'closed' : state);
    const aborts = run.errors.filter((error) => error.reason === 'aborted');
    expect(aborts).toHaveLength(isOver ? 1 : 0);
    await run.session.close();
    await expectNothingLeft(run);
  });
});

describe('during an outage', () => {
  it('close() while waiting ends the session at once', async () => {
    const run = virtualSession({
      service: (dial) =>
        dial.number === 1 ? void dial.confirm() : dial.refuse(new UpgradeRefused(503, {}, '')),
    });
    void run.session.start();
    await run.clock.advance(6_000);
    run.transport.latest.drop(1006);
    await run.clock.settle();
    expect(run.session.state).toBe('waiting');
    const closed = run.session.close();
    await run.clock.settle();
    await closed;
    expect(run.closes).toEqual([{ reason: 'closed' }]);
    await expectNothingLeft(run);
  });
});

describe('a peer that never answers the close frame', () => {
  it('delays close() by a bounded time, then the socket is destroyed', async () => {
    const run = virtualSession({
      service: (dial) => {
        dial.confirm().answersClose = false;
      },
    });
    void run.session.start();
    await run.clock.settle();
    const closed = run.session.close();
    await run.clock.settle();
    expect(run.session.state).toBe('closing');
    await run.clock.advance(1_000);
    await closed;
    expect([run.transport.latest.closes, run.transport.latest.terminated]).toEqual([[1000], true]);
    await expectNothingLeft(run);
  });
});

/** Ends the session after this number of microtasks. */
function endAfter(run: VirtualSession, controller: AbortController, ending: Ending, gap: number): void {
  let left = gap;
  const step = (): void => {
    left -= 1;
    if (left >= 0) queueMicrotask(step);
    else if (ending === 'abort') controller.abort();
    else void run.session.close();
  };
  step();
}

const GAPS = Array.from({ length: 60 }, (_, gap) => gap);

describe.each(ENDINGS)('%s after any number of microtasks', (ending) => {
  it('of a first connect leaves the session closed or connected', async () => {
    for (const gap of GAPS) {
      const run = virtualSession(PLANS.websocket_runtime);
      const controller = new AbortController();
      const started = run.session.start({ signal: controller.signal });
      endAfter(run, controller, ending, gap);
      await run.clock.settle();
      await run.clock.advance(2_000);
      const outcome = await Promise.race([
        started.then(
          () => 'up',
          () => 'failed',
        ),
        Promise.resolve('pending').then((late) => run.clock.settle().then(() => late)),
      ]);
      expect([gap, outcome]).not.toEqual([gap, 'pending']);
      if (ending === 'abort' && outcome === 'up') {
        expect(run.session.state).toBe('websocket_runtime');
        const closed = run.session.close();
        await run.clock.settle();
        await closed;
      }
      expect(run.errors, `event after gap ${gap}`).toEqual([]);
      expect(run.closes).toHaveLength(1);
      await expectNothingLeft(run);
    }
  });

  it('of a reconnect leaves no socket', async () => {
    if (ending === 'abort') return;
    for (const gap of GAPS) {
      const run = virtualSession({
        service: (dial) => {
          dial.confirm();
          if (dial.number === 2) endAfter(run, new AbortController(), 'close', gap);
        },
      });
      void run.session.start();
      await run.clock.advance(6_000);
      run.transport.latest.drop(1006);
      await run.clock.advance(10_000);
      expect(run.closes).toEqual([{ reason: 'closed' }]);
      await expectNothingLeft(run);
    }
  });

  it('of a lost connection leaves no socket and no timer', async () => {
    if (ending === 'abort') return;
    for (const gap of GAPS) {
      const run = virtualSession(PLANS.websocket_runtime);
      void run.session.start();
      await run.clock.advance(6_000);
      run.transport.latest.drop(1006);
      endAfter(run, new AbortController(), 'close', gap);
      await run.clock.advance(10_000);
      expect(run.closes).toEqual([{ reason: 'closed' }]);
      await expectNothingLeft(run);
    }
  });
});

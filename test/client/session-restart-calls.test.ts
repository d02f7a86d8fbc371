/** When `restart()` is refused, and what ends a pending restart. Virtual time. */
import { getEventListeners } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { newAvatarSession, UpgradeRefused } from '../../src/index.js';
import { VirtualClock } from '../virtual-clock.js';
import { failedSession, fragileSession, settled } from './failed-session.js';
import { FakeTransport } from './fake-transport.js';
import { virtualSession } from './virtual-session.js';
import type { VirtualSession } from './virtual-session.js';

const AUDIO = new Uint8Array(3_200);

const STILL_STARTS = 'the session is not over: start() still waits for its first connection';
const GOES_ON = 'the session is not over: it continues by itself (state websocket_runtime)';

describe('restart() is refused', () => {
  const refused = { code: 'invalidRequest', remediation: expect.stringMatching(/start\(\)/) as unknown };

  it('before start(), without any effect', async () => {
    const run = virtualSession({ service: (dial) => void dial.confirm() });
    const error = {
      ...refused,
      willRetry: false,
      message: expect.stringMatching(/not been started/) as unknown,
    };
    expect(await settled(run, run.session.restart())).toMatchObject({ reason: error });
    expect(run.reported).toEqual([]);
    expect(await settled(run, run.session.start())).toMatchObject({ value: 'connection-1' });
  });

  it('while the session starts, is connected, or reconnects', async () => {
    const run = virtualSession({
      service: (dial) => {
        if (dial.number === 1) dial.confirm();
      },
      options: { retry: 'default' },
    });
    const misuse = { reason: { ...refused, willRetry: true } };
    const started = run.session.start();
    const refusedAtOnce = await run.session.restart().catch((error: unknown) => error);
    expect(refusedAtOnce).toMatchObject({ ...misuse.reason, message: STILL_STARTS });
    await run.clock.settle();
    await started;
    expect(await settled(run, run.session.restart())).toMatchObject({
      reason: { ...misuse.reason, message: GOES_ON },
    });
    run.transport.latest.drop(1006);
    await run.clock.settle();
    expect(run.session.state).toBe('waiting');
    expect(await settled(run, run.session.restart())).toMatchObject(misuse);
    await run.session.close();
    expect(run.closes).toEqual([{ reason: 'closed' }]);
  });

  it('after close(), also of a failed session, and while the session closes', async () => {
    const closed = { reason: { code: 'connectionClosed', reason: 'closed' } };
    const open = await fragileSession();
    open.transport.latest.answersClose = false;
    const closing = open.session.close();
    expect(await settled(open, open.session.restart())).toMatchObject(closed);
    await open.clock.advance(5_000);
    await closing;
    expect(await settled(open, open.session.restart())).toMatchObject(closed);

    const failed = await failedSession();
    await failed.session.close();
    expect(await settled(failed, failed.session.restart())).toMatchObject(closed);
    expect(failed.closes).toEqual([expect.objectContaining({ reason: 'failed' })]);
  });

  it('while the session drains, and after a failure during the drain', async () => {
    const run = await fragileSession();
    const utterance = run.session.speak();
    void utterance.write(AUDIO);
    const drained = run.session.close({ drain: true });
    await run.clock.settle();
    const closed = { reason: { code: 'connectionClosed', reason: 'closed' } };
    expect(await settled(run, run.session.restart())).toMatchObject(closed);
    run.transport.latest.drop(4002);
    await drained;
    expect(run.closes).toMatchObject([{ reason: 'failed' }]);
    expect(await settled(run, run.session.restart())).toMatchObject(closed);
  });

  it('after an abort by the signal of start()', async () => {
    const run = virtualSession({ service: () => undefined });
    const controller = new AbortController();
    const started = run.session.start({ signal: controller.signal });
    controller.abort();
    expect(await settled(run, started)).toMatchObject({ reason: { reason: 'aborted' } });
    const { length } = run.reported;
    expect(await settled(run, run.session.restart())).toMatchObject({ reason: { reason: 'aborted' } });
    expect([run.session.state, run.reported.length]).toEqual(['closed', length]);
  });

  it('with invalid options by a TypeError, and can be called again', async () => {
    const run = await failedSession();
    const wrong = { signal: 5 } as unknown as { signal: AbortSignal };
    expect(await settled(run, run.session.restart(wrong))).toMatchObject({
      reason: expect.any(TypeError) as unknown,
    });
    expect(run.session.state).toBe('closed');
    expect(await settled(run, run.session.restart())).toMatchObject({ value: 'connection-2' });
  });
});

describe('a pending restart', () => {
  it('is shared by all calls of restart() and start()', async () => {
    const run = await failedSession();
    const [one, other] = [run.session.restart(), run.session.restart()];
    expect(other).toBe(one);
    const started = run.session.start();
    await run.clock.settle();
    expect(await Promise.all([one, started])).toEqual(['connection-2', 'connection-2']);
    expect(run.transport.dials).toHaveLength(2);
  });

  it('is shared also while the failed life still ends', async () => {
    const run = await fragileSession();
    const calls: Promise<string>[] = [];
    run.session.on('error', () => calls.push(run.session.restart(), run.session.restart()));
    run.transport.latest.drop(4002);
    await run.clock.settle();
    expect(calls[1]).toBe(calls[0]);
    await expect(calls[0]).resolves.toBe('connection-2');
  });

  it.each(['before the failed life has ended', 'after it'])('ends with close(), called %s', async (when) => {
    const run = await fragileSession();
    const results: Promise<unknown>[] = [];
    const restartAndClose = (): void => {
      results.push(run.session.restart(), run.session.close());
    };
    if (when.startsWith('before')) run.session.once('error', restartAndClose);
    run.transport.latest.drop(4002);
    await run.clock.settle();
    if (!when.startsWith('before')) restartAndClose();
    await run.clock.settle();
    const settledResults = await Promise.allSettled(results);
    expect(settledResults).toMatchObject([{ reason: { reason: 'closed' } }, { status: 'fulfilled' }]);
    expect(run.session.state).toBe('closed');
    expect(run.closes.map(({ reason }) => reason)).toEqual(['failed', 'closed']);
    expect([run.transport.dials.length, run.transport.openSockets, run.clock.pendingTimers]).toEqual([
      1, 0, 0,
    ]);
    expect(await settled(run, run.session.restart())).toMatchObject({ reason: { reason: 'closed' } });
  });

  const hanging = async (): Promise<VirtualSession> => {
    let isFirst = true;
    return failedSession({
      tokenProvider: () => {
        const token = isFirst ? 'token' : never;
        isFirst = false;
        return token;
      },
    });
  };

  it('continues when the signal of one call is aborted, which rejects; ends with the last call; leaves no listener', async () => {
    const run = await hanging();
    const controllers = [new AbortController(), new AbortController()];
    const [one = never, other = never] = controllers.map(({ signal }) => run.session.restart({ signal }));
    await run.clock.settle();
    controllers[1]?.abort(new Error('gone'));
    const rejected = await settled(run, other);
    expect(rejected).toMatchObject({
      reason: { code: 'connectionClosed', willRetry: true, cause: { message: 'gone' } },
    });
    expect(rejected).not.toMatchObject({ reason: { reason: expect.anything() as unknown } });
    expect([run.session.state, run.closes.length]).toEqual(['session_token', 1]);
    controllers[0]?.abort();
    expect(await settled(run, one)).toMatchObject({ reason: { reason: 'aborted', willRetry: false } });
    expect(run.closes.map(({ reason }) => reason)).toEqual(['failed', 'aborted']);
    for (const { signal } of controllers) expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('continues for a call without a signal, also when start() was called with one', async () => {
    const run = await failedSession();
    const controller = new AbortController();
    const restarted = run.session.restart();
    const joined = run.session.start({ signal: controller.signal });
    const late = run.session.restart({ signal: AbortSignal.abort() });
    controller.abort();
    for (const each of [joined, late])
      expect(await settled(run, each)).toMatchObject({ reason: { willRetry: true } });
    expect(await settled(run, restarted)).toMatchObject({ value: 'connection-2' });
    expect(run.closes.map(({ reason }) => reason)).toEqual(['failed']);
  });

  it('ends when the common signal of all calls is aborted, also if it was aborted before', async () => {
    const run = await hanging();
    const controller = new AbortController();
    const { signal } = controller;
    const restarted = [run.session.restart({ signal }), run.session.restart({ signal })];
    await run.clock.settle();
    controller.abort();
    for (const each of restarted)
      expect(await settled(run, each)).toMatchObject({ reason: { reason: 'aborted', willRetry: false } });
    const other = await failedSession();
    expect(await settled(other, other.session.restart({ signal: AbortSignal.abort() }))).toMatchObject({
      reason: { reason: 'aborted' },
    });
    expect(other.closes.map(({ reason }) => reason)).toEqual(['failed', 'aborted']);
  });

  it('that fails without a handler or a listener causes a process warning, as a start does', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const clock = new VirtualClock();
    const transport = new FakeTransport((dial) => dial.refuse(new UpgradeRefused(402, {}, '')));
    const quiet = newAvatarSession({
      appId: 'app',
      avatarId: 'avatar',
      ingressEndpointUrl: 'wss://ingress.test/v2',
      tokenProvider: () => 'a-token',
      transport,
      clock,
    });
    await Promise.all([expect(quiet.start()).rejects.toMatchObject({ httpStatus: 402 }), clock.settle()]);
    expect(warned).not.toHaveBeenCalled();
    void quiet.restart();
    await clock.settle();
    expect(warned.mock.calls).toEqual([
      [expect.stringMatching(/could not start: billingRequired/), 'AvatarKitUnheardFailureWarning'],
    ]);
  });
});

const never = new Promise<never>(() => undefined);

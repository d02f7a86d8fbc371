/** `restart()`: a session that has ended without a close by the application begins another life. Virtual time. */
import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { UpgradeRefused } from '../../src/index.js';
import { failedSession, fragileSession, settled } from './failed-session.js';
import { GatedWorld } from './gated-world.js';
import { virtualSession } from './virtual-session.js';

const AUDIO = new Uint8Array(3_200);

describe('a session that has failed', () => {
  it('can be started again as the same object, with the same listeners', async () => {
    const run = await failedSession();
    run.reported.length = 0;
    expect(await settled(run, run.session.restart())).toMatchObject({ value: 'connection-2' });
    expect(run.session.connectionId).toBe('connection-2');
    expect(run.lines()).toEqual([
      'state idle',
      'state session_token',
      'state websocket_connect',
      'state websocket_runtime',
    ]);
    const utterance = run.session.speak(AUDIO);
    await run.clock.settle();
    run.transport.latest.animate(utterance.reqId, 3, { end: true });
    expect(await settled(run, utterance.finished)).toMatchObject({ value: { keyframes: 3 } });
    await run.session.close();
    expect(run.closes.map(({ reason }) => reason)).toEqual(['failed', 'closed']);
  });

  it('accepts audio as soon as restart() is called', async () => {
    const run = await failedSession();
    void run.session.restart();
    const utterance = run.session.speak(AUDIO);
    await run.clock.settle();
    expect(run.transport.latest.received.map(({ type }) => type)).toHaveLength(2);
    run.transport.latest.animate(utterance.reqId, 1, { end: true });
    expect(await settled(run, utterance.finished)).toMatchObject({ status: 'fulfilled' });
  });

  it('can be restarted by a handler of the error, or of the close', async () => {
    for (const event of ['error', 'close'] as const) {
      const run = await fragileSession();
      const restarted: Promise<string>[] = [];
      const said: Promise<unknown>[] = [];
      run.session.once(event, () => {
        restarted.push(run.session.restart());
        said.push(run.session.speak(AUDIO).finished);
      });
      run.transport.latest.drop(4002);
      await run.clock.settle();
      await expect(restarted[0]).resolves.toBe('connection-2');
      expect(run.lines().filter((line) => /clos|idle/.test(line))).toEqual([
        'state closing',
        'state closed',
        'close failed',
        'state idle',
      ]);
      expect(run.transport.mostOpen).toBe(1);
      run.transport.latest.drop(4002);
      await run.clock.settle();
      await expect(said[0]).rejects.toMatchObject({ outcome: 'failed' });
    }
  });

  it('counts attempts and time from the beginning again', async () => {
    let refusals = 0;
    const run = virtualSession({
      service: (dial) => {
        if (refusals-- > 0) dial.refuse(new UpgradeRefused(503, {}, ''));
        else dial.confirm();
      },
      options: { retry: { maxAttempts: 3 } },
    });
    refusals = 3;
    const first = Promise.allSettled([run.session.start()]);
    await run.clock.until(() => run.session.state === 'closed');
    expect(await first).toMatchObject([{ reason: { reason: 'attempts', attempt: 3 } }]);
    refusals = 2;
    const second = run.session.restart();
    await run.clock.until(() => run.session.state === 'websocket_runtime');
    expect(await settled(run, second)).toMatchObject({ status: 'fulfilled' });
    expect(run.errors.map(({ attempt, willRetry }) => [attempt, willRetry])).toEqual([
      [1, true],
      [2, true],
      [3, false],
      [1, true],
      [2, true],
    ]);
    expect(run.reconnects).toEqual([]);
    expect(run.tokenReasons.at(-1)).not.toBe('refused');
    await run.session.close();
  });

  it('reconnects after the restart like any other session, with a reconnect event', async () => {
    const run = await failedSession({ retry: { rules: { sessionDurationExceeded: 'surface' } } });
    await settled(run, run.session.restart());
    await run.clock.advance(10_000);
    run.transport.latest.drop(1006);
    await run.clock.until(() => run.reconnects.length > 0);
    expect(run.reconnects).toMatchObject([{ previousConnectionId: 'connection-2', attempts: 1 }]);
    await run.session.close();
  });

  it('fails again if the service has not changed, as start() would', async () => {
    const run = virtualSession({
      service: (dial) => dial.refuse(new UpgradeRefused(402, {}, '')),
      options: { retry: 'default' },
    });
    for (const begin of ['start', 'restart', 'restart'] as const) {
      expect(await settled(run, run.session[begin]())).toMatchObject({
        reason: { code: 'billingRequired', reason: 'rule' },
      });
    }
    expect(run.closes.map(({ reason }) => reason)).toEqual(['failed', 'failed', 'failed']);
  });

  it('has the number of each life in explain()', async () => {
    const run = await failedSession();
    await settled(run, run.session.restart());
    const entries = run.session.explain();
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_entry, index) => index + 1));
    const begun = entries.findIndex((entry) => entry.kind === 'state' && entry.from === 'closed');
    expect(entries[begun]).toMatchObject({ to: 'idle', reason: 'restart', life: 2 });
    expect(entries.slice(0, begun).every(({ life }) => life === 1)).toBe(true);
    expect(entries.slice(begun).every(({ life }) => life === 2)).toBe(true);
    await run.session.close();
    expect(run.session.explain().at(-1)).toMatchObject({ life: 2, to: 'closed' });
  });

  it('can be restarted after a normal end by the service, and after the time-out of a start', async () => {
    const ended = await fragileSession();
    ended.transport.latest.drop(1000);
    await ended.clock.settle();
    expect(ended.closes).toEqual([{ reason: 'ended' }]);
    expect(await settled(ended, ended.session.restart())).toMatchObject({ value: 'connection-2' });

    const late = virtualSession({
      service: (dial) => {
        if (dial.number > 1) dial.confirm();
      },
    });
    const time = new AbortController();
    const started = late.session.start({ signal: time.signal });
    await late.clock.settle();
    time.abort(new DOMException('the time is up', 'TimeoutError'));
    expect(await settled(late, started)).toMatchObject({ reason: { reason: 'aborted' } });
    expect(await settled(late, late.session.restart())).toMatchObject({ value: 'connection-2' });
  });
});

describe('an utterance of the life before', () => {
  it('stays settled, and gets nothing from the next life', async () => {
    const run = await fragileSession();
    const utterance = run.session.speak();
    void utterance.write(AUDIO);
    await run.clock.settle();
    run.transport.latest.drop(4002);
    const before = await settled(run, utterance.finished);
    expect(before).toMatchObject({ status: 'rejected', reason: { outcome: 'failed' } });
    await settled(run, run.session.restart());
    expect(await settled(run, utterance.write(AUDIO))).toMatchObject({ reason: { outcome: 'failed' } });
    await utterance.interrupt();
    run.transport.latest.animate(utterance.reqId, 2);
    await run.clock.settle();
    expect(run.lines().filter((line) => line.startsWith('frame'))).toEqual([]);
    expect(await settled(run, utterance.finished)).toEqual(before);
    expect(run.transport.latest.received).toHaveLength(1);
  });

  it('is not the current request of sendAudio, and is recognised by its id', async () => {
    const run = await fragileSession();
    const first = await run.session.sendAudio(AUDIO);
    run.transport.latest.drop(4002);
    await run.clock.settle();
    await settled(run, run.session.restart());
    expect(await settled(run, run.session.sendAudio(AUDIO, { reqId: first }))).toMatchObject({
      reason: { code: 'invalidRequest', outcome: 'failed' },
    });
    const second = await run.session.sendAudio(AUDIO, true);
    expect(second).not.toBe(first);
    const later = run.session.speak(AUDIO, { after: first });
    await run.clock.settle();
    run.transport.latest.animate(second, 1, { end: true });
    run.transport.latest.animate(later.reqId, 1, { end: true });
    expect(await settled(run, later.finished)).toMatchObject({ status: 'fulfilled' });
  });

  it('leaves no pause', async () => {
    const run = await fragileSession();
    await run.session.pause();
    run.transport.latest.drop(4002);
    await run.clock.settle();
    await settled(run, run.session.restart());
    const utterance = run.session.speak(AUDIO);
    await run.clock.settle();
    run.transport.latest.animate(utterance.reqId, 1, { end: true });
    expect(await settled(run, utterance.finished)).toMatchObject({ value: { keyframes: 1 } });
  });
});

describe('a life that is over', () => {
  it('has left the connect gate: the next life does not wait for its permit', async () => {
    const world = await GatedWorld.recovering();
    const run = world.add({ retry: false });
    world.down = true;
    const first = Promise.allSettled([run.session.start()]);
    await world.clock.until(() => run.session.state === 'closed');
    await first;
    for (let lives = 0; lives < 20; lives += 1) {
      const restarted = Promise.allSettled([run.session.restart()]);
      await world.clock.until(() => run.session.state === 'closed');
      await restarted;
    }
    world.down = false;
    const last = run.session.restart();
    await world.clock.until(() => run.session.state === 'websocket_runtime');
    await expect(last).resolves.toMatch(/connection/);
  });

  it('leaves no timer, no listener and no socket, after a thousand restarts', async () => {
    const { signal } = new AbortController();
    const run = await failedSession();
    for (let lives = 1; lives <= 1_000; lives += 1) {
      const restarted = run.session.restart({ signal });
      await run.clock.settle();
      await restarted;
      expect(getEventListeners(signal, 'abort')).toEqual([]);
      const { finished } = run.session.speak(AUDIO);
      run.transport.latest.drop(4002);
      expect(await settled(run, finished)).toMatchObject({ status: 'rejected' });
      expect([run.clock.pendingTimers, run.transport.openSockets]).toEqual([0, 0]);
      run.transport.dials.splice(0);
    }
    expect(run.session.explain()).toHaveLength(100);
    expect(run.session.explain().at(-1)).toMatchObject({ life: 1_001 });
  });
});

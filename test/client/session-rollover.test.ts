/**
 * The planned replacement of a connection before the limit of the service, and the close that waits for open
 * utterances,
 * in virtual time.
 */
import { describe, expect, it } from 'vitest';
import { MessageType } from '../../src/ports/message.js';
import type { AvatarSessionOptions, Utterance } from '../../src/index.js';
import { gapsMs, virtualSession } from './virtual-session.js';
import type { VirtualSession } from './virtual-session.js';

const LIMIT_MS = 100_000;

async function started(options: Partial<AvatarSessionOptions> = {}): Promise<VirtualSession> {
  const run = virtualSession({
    service: (dial) => void dial.confirm(),
    options: { maxSessionMs: LIMIT_MS, ...options },
  });
  void run.session.start();
  await run.clock.settle();
  return run;
}
/** The service completes the open request of the current connection. */
function answer({ transport }: VirtualSession): void {
  const reqIds = transport.latest.received.flatMap((message) =>
    message.type === MessageType.clientAudioInput ? [message.reqId] : [],
  );
  for (const reqId of new Set(reqIds)) {
    transport.latest.say({
      type: MessageType.serverResponseAnimation,
      connectionId: 'connection',
      reqId,
      end: true,
      keyframes: [],
      avatarId: '',
    });
  }
}
async function end({ session, clock }: VirtualSession, drain = false): Promise<void> {
  const closed = session.close({ drain });
  await clock.advance(31_000);
  await closed;
}
const speaking = async (run: VirtualSession): Promise<Utterance> => {
  const said = run.session.speak();
  await said.write(new Uint8Array(640));
  return said;
};

describe('a session with maxSessionMs', () => {
  it('replaces each connection before the limit, one after the other, and reports no failure', async () => {
    const run = await started();
    await run.clock.advance(10 * LIMIT_MS);
    expect(run.transport.dials.length).toBeGreaterThanOrEqual(10);
    expect(Math.max(...gapsMs(run.dialsAtMs))).toBeLessThan(LIMIT_MS);
    expect(Math.min(...gapsMs(run.dialsAtMs))).toBeGreaterThanOrEqual(0.9 * LIMIT_MS);
    expect([run.transport.mostOpen, run.errors, run.retries]).toEqual([1, [], []]);
    expect(run.tokenReasons.slice(0, 2)).toEqual(['start', 'reconnect']);
    await end(run);
    expect([run.transport.openSockets, run.clock.pendingTimers]).toEqual([0, 0]);
  });

  it('closes the old socket before it dials, also if the peer does not answer the close frame', async () => {
    const run = await started();
    run.transport.latest.answersClose = false;
    const [first] = run.transport.dials;
    await run.clock.until(() => first?.socket?.closes.length === 1);
    expect([run.session.state, run.transport.dials.length]).toEqual(['waiting', 1]);
    await run.clock.until(() => run.transport.dials.length === 2);
    expect([first?.socket?.open, run.transport.mostOpen]).toEqual([false, 1]);
    await end(run);
  });

  it('waits for the end of the open utterance, and then replaces the connection', async () => {
    const run = await started();
    await run.clock.advance(0.89 * LIMIT_MS);
    const said = await speaking(run);
    await said.end();
    await run.clock.advance(0.05 * LIMIT_MS);
    expect(run.transport.dials).toHaveLength(1);
    answer(run);
    await expect(said.finished).resolves.toMatchObject({ outcome: 'delivered' });
    await run.clock.until(() => run.reconnects.length === 1);
    expect(run.clock.nowMs()).toBe(0.94 * LIMIT_MS);
    expect(run.reconnects).toMatchObject([{ attempts: 1, previousConnectionId: 'connection-1' }]);
    await end(run);
  });

  it('keeps waiting when the next utterance begins in the same turn', async () => {
    const run = await started();
    await run.clock.advance(0.89 * LIMIT_MS);
    const first = await speaking(run);
    await first.end();
    run.session.once('frame', () => void speaking(run));
    await run.clock.advance(0.02 * LIMIT_MS);
    answer(run);
    await first.finished;
    await run.clock.advance(0.02 * LIMIT_MS);
    expect(run.transport.dials).toHaveLength(1);
    await end(run);
  });

  it('replaces the connection during an utterance that does not end in time, and sends it again', async () => {
    const run = await started();
    await run.clock.advance(0.89 * LIMIT_MS);
    const said = await speaking(run);
    await run.clock.until(() => run.reconnects.length === 1);
    expect(run.clock.nowMs()).toBeLessThan(LIMIT_MS);
    await said.end();
    await run.clock.settle();
    answer(run);
    await expect(said.finished).resolves.toMatchObject({ outcome: 'replayed' });
    await end(run);
  });

  it('dials no sooner than 100 ms after the last dial, for any limit', async () => {
    const run = await started({ maxSessionMs: 100 });
    await run.clock.advance(2_000);
    expect(Math.min(...gapsMs(run.dialsAtMs))).toBeGreaterThanOrEqual(100);
    await end(run);
  });
});

describe('close({ drain: true })', () => {
  it('finishes the open utterances, then ends', async () => {
    const run = await started();
    const said = await speaking(run);
    const closed = run.session.close({ drain: true });
    await run.clock.advance(5_000);
    expect(run.session.state).toBe('websocket_runtime');
    await said.end(new Uint8Array(320));
    answer(run);
    await run.clock.settle();
    await closed;
    await expect(said.finished).resolves.toMatchObject({ outcome: 'delivered' });
    expect([run.closes, run.clock.pendingTimers]).toEqual([[{ reason: 'closed' }], 0]);
  });

  it('finishes the open utterances also when the connection is lost meanwhile', async () => {
    const run = await started();
    const said = await speaking(run);
    await said.end();
    const closed = run.session.close({ drain: true });
    run.transport.latest.drop(1006);
    await run.clock.until(() => run.reconnects.length === 1);
    await run.clock.settle();
    answer(run);
    await run.clock.settle();
    await closed;
    await expect(said.finished).resolves.toMatchObject({ outcome: 'replayed' });
  });

  it('refuses a new utterance meanwhile, and accepts the rest of the open ones', async () => {
    const run = await started();
    await run.session.sendAudio(new Uint8Array(640));
    const closed = run.session.close({ drain: true });
    await expect(run.session.speak(new Uint8Array(640)).finished).rejects.toMatchObject({ reason: 'closed' });
    await run.session.sendAudio(new Uint8Array(640), true);
    await expect(run.session.sendAudio(new Uint8Array(640))).rejects.toMatchObject({ reason: 'closed' });
    answer(run);
    await run.clock.settle();
    await closed;
    expect(run.closes).toEqual([{ reason: 'closed' }]);
  });

  it('waits at most timeoutMs; utterances that are unfinished then fail', async () => {
    const run = await started();
    const said = await speaking(run);
    const closed = run.session.close({ drain: true, timeoutMs: 4_000 });
    await run.clock.advance(3_999);
    expect(run.session.state).toBe('websocket_runtime');
    await run.clock.advance(1);
    await closed;
    await expect(said.finished).rejects.toMatchObject({ outcome: 'failed', reason: 'closed' });
    expect(run.session.state).toBe('closed');
  });

  it('ends at once when no utterance is open, and when close() follows without drain', async () => {
    const silent = await started();
    const closed = silent.session.close({ drain: true });
    await silent.clock.settle();
    await closed;
    const run = await started();
    const said = await speaking(run);
    const both = Promise.all([run.session.close({ drain: true }), run.session.close()]);
    await run.clock.settle();
    await both;
    await expect(said.finished).rejects.toMatchObject({ reason: 'closed' });
  });

  it.each([-1, Number.NaN, 2 ** 31])(
    'rejects a timeoutMs of %d, and the session continues',
    async (timeoutMs) => {
      const run = await started();
      await expect(run.session.close({ drain: true, timeoutMs })).rejects.toThrow('timeoutMs');
      expect(run.session.state).toBe('websocket_runtime');
      await end(run);
    },
  );
});

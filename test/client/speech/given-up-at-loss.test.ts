/**
 * An utterance that cannot be sent again after a loss fails at the loss, not at the next connection. In virtual
 * time.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { AvatarSDKError, AvatarSession } from '../../../src/index.js';
import type { AvatarSessionOptions, Recovery, Utterance } from '../../../src/index.js';
import { MessageType } from '../../../src/ports/message.js';
import { confirmedSession, stateOf } from '../../support/confirmed-session.js';
import type { VirtualSession } from '../virtual-session.js';

afterEach(() => AvatarSession.closeAll());

const AUDIO = new Uint8Array(640);

/** A session whose service accepts only the first connection. */
function started(options: Partial<AvatarSessionOptions> = {}): Promise<VirtualSession> {
  return confirmedSession(options, {
    service: (dial) => {
      if (dial.number === 1) dial.confirm();
    },
  });
}

function outcomeOf(virtual: VirtualSession, promise: Promise<unknown>): Promise<unknown> {
  return stateOf(virtual, promise, { value: () => 'resolved', error: (error) => error });
}

/** Begins an utterance, and resolves when its audio was sent. */
async function spoken(virtual: VirtualSession, recovery: Recovery): Promise<Utterance> {
  const utterance = virtual.session.speak(undefined, { recovery });
  await utterance.write(AUDIO);
  return utterance;
}

describe('an utterance that is not sent again', () => {
  it.each(['fail', 'drop'] as const)(
    '%s: fails at the loss, after the verdict about the session is emitted',
    async (recovery) => {
      const virtual = await started();
      const utterance = await spoken(virtual, recovery);
      virtual.transport.latest.drop();
      await virtual.clock.settle();
      const error = await outcomeOf(virtual, utterance.finished);
      expect(error).toMatchObject({
        code: 'connectionClosed',
        reqId: utterance.reqId,
        outcome: 'failed',
        willRetry: true,
      });
      const reported = virtual.lines().slice(virtual.lines().indexOf('state websocket_runtime') + 1);
      const own = recovery === 'fail' ? ['error connectionClosed'] : [];
      expect(reported).toEqual(['error connectionClosed', 'state waiting', 'retry 2', ...own]);
      expect(virtual.errors.filter(({ reqId }) => reqId !== undefined)).toEqual(
        recovery === 'fail' ? [error] : [],
      );
      expect(virtual.clock.nowMs()).toBe(0);
    },
  );

  it.each(['fail', 'drop'] as const)('%s: refuses writes from the loss on', async (recovery) => {
    const virtual = await started();
    const utterance = await spoken(virtual, recovery);
    const { finished } = utterance;
    // The handler runs at the moment of the loss, before any decision.
    const atOnce = new Promise((resolve) => {
      virtual.session.once('state', () => resolve(utterance.write(AUDIO).catch((error: unknown) => error)));
    });
    virtual.transport.latest.drop();
    const error = await outcomeOf(virtual, finished);
    expect(await atOnce).toBe(error);
    expect(await outcomeOf(virtual, utterance.write(AUDIO))).toBe(error);
    expect(await outcomeOf(virtual, utterance.end())).toBe(error);
  });

  it('refuses a write that waited for the socket', async () => {
    const virtual = await started();
    const utterance = virtual.session.speak(undefined, { recovery: 'drop' });
    virtual.transport.latest.bufferedBytes = 10_000_000;
    const writing = (async () => {
      for (let nth = 0; nth < 10; nth += 1) await utterance.write(AUDIO);
    })();
    const written = outcomeOf(virtual, writing);
    await virtual.clock.settle();
    virtual.transport.latest.drop();
    const error = await outcomeOf(virtual, utterance.finished);
    expect(await outcomeOf(virtual, writing)).toBe(error);
    await written;
  });

  it('ends a loop over its frames after the received ones', async () => {
    const virtual = await started();
    const utterance = await spoken(virtual, 'drop');
    const indices: number[] = [];
    const reading = (async () => {
      for await (const { index } of utterance) indices.push(index);
    })();
    const head = { type: MessageType.serverResponseAnimation, connectionId: 'c', avatarId: '' } as const;
    virtual.transport.latest.say({ ...head, reqId: utterance.reqId, end: false, keyframes: [] });
    await virtual.clock.settle();
    virtual.transport.latest.drop();
    expect(await outcomeOf(virtual, reading)).toMatchObject({ outcome: 'failed' });
    expect(indices).toEqual([0]);
  });

  it('fails a request of sendAudio: its next chunk is refused, and the one after its end begins a new one', async () => {
    const virtual = await started({ recovery: 'fail' });
    const reqId = await virtual.session.sendAudio(AUDIO);
    virtual.transport.latest.drop();
    await virtual.clock.settle();
    expect(virtual.errors.at(-1)).toMatchObject({ reqId, outcome: 'failed' });
    expect(await outcomeOf(virtual, virtual.session.sendAudio(AUDIO))).toMatchObject({ reqId });
    expect(await outcomeOf(virtual, virtual.session.sendAudio(AUDIO, true))).toMatchObject({ reqId });
    expect(await virtual.session.sendAudio(AUDIO)).not.toBe(reqId);
  });

  it('has the same order of events when its audio is no longer kept', async () => {
    const virtual = await started({ replay: { maxBytes: 700, onLimit: 'stopReplaying' } });
    const utterance = await spoken(virtual, 'replay');
    await utterance.write(AUDIO);
    virtual.transport.latest.drop();
    const error = await outcomeOf(virtual, utterance.finished);
    expect(error).toMatchObject({ outcome: 'failed' });
    expect((error as AvatarSDKError).remediation).toContain('replay.maxBytes');
  });

  it('has the same order of events when it has ended and is too old', async () => {
    const virtual = await started({ replay: { ttlMs: 1_000 } });
    const ended = virtual.session.speak(AUDIO);
    const open = await spoken(virtual, 'replay');
    await virtual.clock.advance(1_001);
    virtual.transport.latest.drop();
    expect(await outcomeOf(virtual, ended.finished)).toMatchObject({ outcome: 'expired' });
    // A later write resets its age.
    expect(await outcomeOf(virtual, open.finished)).toBe('pending');
  });

  it('continues when none of its audio was sent', async () => {
    const virtual = await started();
    virtual.transport.latest.bufferedBytes = 10_000_000;
    void virtual.session.speak(AUDIO);
    const waiting = virtual.session.speak(AUDIO, { recovery: 'fail' });
    await virtual.clock.settle();
    virtual.transport.latest.drop();
    expect(await outcomeOf(virtual, waiting.finished)).toBe('pending');
  });

  it('fails with the error of the session when the session does not continue', async () => {
    const virtual = await started({ retry: false });
    const utterance = await spoken(virtual, 'fail');
    const atOnce = new Promise((resolve) => {
      virtual.session.once('state', () => resolve(utterance.write(AUDIO).catch((error: unknown) => error)));
    });
    virtual.transport.latest.drop();
    const error = await outcomeOf(virtual, utterance.finished);
    expect(error).toMatchObject({ outcome: 'failed', willRetry: false, reason: 'rule' });
    expect(await atOnce).toBe(error);
    // Only the loss is emitted as an error.
    expect(virtual.errors).toHaveLength(1);
  });

  it('stays interrupted when it is interrupted at the loss', async () => {
    const virtual = await started();
    const utterance = await spoken(virtual, 'fail');
    virtual.session.once('error', () => void utterance.interrupt());
    virtual.transport.latest.drop();
    expect(await outcomeOf(virtual, utterance.finished)).toBe('resolved');
    expect(await utterance.finished).toMatchObject({ outcome: 'interrupted' });
    const refused = await outcomeOf(virtual, utterance.write(AUDIO));
    expect(refused).toBeInstanceOf(AvatarSDKError);
  });

  it('fails at a planned rollover during speech', async () => {
    const virtual = await started({ maxSessionMs: 10_000 });
    const utterance = await spoken(virtual, 'fail');
    await virtual.clock.advance(10_000);
    expect(await outcomeOf(virtual, utterance.finished)).toMatchObject({
      outcome: 'failed',
      willRetry: true,
    });
    expect(virtual.errors).toMatchObject([{ reqId: utterance.reqId }]);
  });
});

/**
 * Every promise of speech settles once, with a definite outcome, when the service handles one utterance after the other.
 * Virtual time.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { silentKeyframes } from '../../../src/emulator/animation/animator.js';
import { AvatarSession } from '../../../src/index.js';
import type { AvatarSDKError, AvatarSessionOptions, Utterance } from '../../../src/index.js';
import { MessageType } from '../../../src/ports/message.js';
import { confirmedSession, wireIdsOf } from '../../support/confirmed-session.js';
import { startedVirtualSession } from '../virtual-session.js';
import type { VirtualSession } from '../virtual-session.js';
import { livekitEgress } from './room.js';

afterEach(() => AvatarSession.closeAll());

const MINUTE = new Uint8Array(60 * 32_000);
const RIFF = Buffer.from('RIFF\0\0\0\0WAVEfmt ');

function started(options: Partial<AvatarSessionOptions> = {}): Promise<VirtualSession> {
  return confirmedSession({ silenceTimeoutMs: 30_000, ...options });
}

function answer({ transport }: VirtualSession, reqId: string, end: boolean): void {
  const head = { type: MessageType.serverResponseAnimation, connectionId: 'c', avatarId: '' } as const;
  transport.latest.say({ ...head, reqId, end, keyframes: silentKeyframes(1) });
}

function refuse({ transport }: VirtualSession, reqId: string, code: number): void {
  transport.latest.say({ type: MessageType.serverError, connectionId: 'c', reqId, code, message: 'busy' });
}

async function outcome({ clock }: VirtualSession, { finished }: Utterance): Promise<string> {
  let state = 'pending';
  finished.then(
    (result) => (state = result.outcome),
    (error: unknown) => {
      const { code, outcome: what } = error as AvatarSDKError;
      state = `${String(what)} ${code}`;
    },
  );
  await clock.settle();
  return state;
}

describe('audio that begins as a WAV file', () => {
  it.each<readonly [string, Uint8Array | Uint8Array[]]>([
    ['in one piece', RIFF],
    ['in chunks', [RIFF]],
    ['in chunks smaller than its header', [...RIFF].map((byte) => Uint8Array.of(byte))],
  ])('%s: speak() fails with the reason', async (_how, audio) => {
    const virtual = await started();
    const utterance = virtual.session.speak(audio);
    await expect(utterance.finished).rejects.toMatchObject({
      code: 'invalidRequest',
      outcome: 'failed',
      message: expect.stringContaining('RIFF') as string,
    });
  });

  it.each([true, false])('sendAudio(…, %s) rejects, and no request is left open', async (end) => {
    const virtual = await started();
    await expect(virtual.session.sendAudio(RIFF, end)).rejects.toMatchObject({ code: 'invalidRequest' });
    await virtual.session.close({ drain: true });
    expect(virtual.clock.nowMs()).toBe(0);
  });
});

describe('silence after the end of an utterance', () => {
  it('fails it after silenceTimeoutMs, and the next one is not blocked', async () => {
    const virtual = await started();
    const stuck = virtual.session.speak(new Uint8Array(640));
    await virtual.clock.advance(29_999);
    expect(await outcome(virtual, stuck)).toBe('pending');
    await virtual.clock.advance(1);
    expect(await outcome(virtual, stuck)).toBe('expired upstreamError');
    const next = virtual.session.speak(new Uint8Array(640));
    await virtual.clock.settle();
    answer(virtual, next.reqId, true);
    expect(await outcome(virtual, next)).toBe('delivered');
  });

  it('does not count if the last frame was waiting in the socket at the end of a stall', async () => {
    const virtual = await started();
    const utterance = virtual.session.speak(new Uint8Array(640));
    await virtual.clock.advance(29_000);
    await virtual.clock.stall(5_000, () => answer(virtual, utterance.reqId, true));
    expect(await outcome(virtual, utterance)).toBe('delivered');
  });

  it('does not count while the service animates an older one', async () => {
    const virtual = await started();
    const [older, younger] = [virtual.session.speak(MINUTE), virtual.session.speak(MINUTE)];
    for (let nth = 0; nth < 3; nth += 1) {
      await virtual.clock.advance(20_000);
      answer(virtual, older.reqId, nth === 2);
    }
    expect(await outcome(virtual, younger)).toBe('pending');
    await virtual.clock.advance(30_000);
    expect(await outcome(virtual, younger)).toBe('expired upstreamError');
  });

  it('fails the older one, although the younger one is animated', async () => {
    const virtual = await started();
    const [older, younger] = [virtual.session.speak(MINUTE), virtual.session.speak(MINUTE)];
    await virtual.clock.advance(20_000);
    answer(virtual, younger.reqId, false);
    await virtual.clock.advance(10_000);
    expect(await outcome(virtual, older)).toBe('expired upstreamError');
    expect(await outcome(virtual, younger)).toBe('pending');
  });

  it('does not include the time of the playback in a room', async () => {
    const virtual = await started({ livekitEgress });
    const utterance = virtual.session.speak(MINUTE);
    await virtual.clock.advance(89_000);
    expect(await outcome(virtual, utterance)).toBe('pending');
    await virtual.clock.advance(1_000);
    expect(await outcome(virtual, utterance)).toBe('expired upstreamError');
  });

  it('counts also when the loop of the application takes no frames', async () => {
    const virtual = await started({ readerTimeoutMs: 60_000 });
    const utterance = virtual.session.speak(MINUTE);
    utterance[Symbol.asyncIterator]();
    await virtual.clock.settle();
    virtual.transport.latest.animate(utterance.reqId, 400, { floats: 1_000 });
    await virtual.clock.advance(29_900);
    expect(await outcome(virtual, utterance)).toBe('pending');
    await virtual.clock.advance(200);
    expect(await outcome(virtual, utterance)).toBe('expired upstreamError');
  });

  it('does not count without a connection, but the utterance expires after its ttlMs', async () => {
    let up = true;
    const virtual = await startedVirtualSession({
      service: (dial) => {
        if (up) dial.confirm();
        else dial.refuse(new Error('refused'));
      },
      options: { heartbeat: false, retry: { maxAttempts: Infinity, maxElapsedMs: Infinity } },
    });
    up = false;
    virtual.transport.latest.drop();
    await virtual.clock.settle();
    const utterance = virtual.session.speak(new Uint8Array(640), { ttlMs: 50_000 });
    await virtual.clock.advance(50_000);
    expect(await outcome(virtual, utterance)).toBe('pending');
    await virtual.clock.advance(1);
    expect(await outcome(virtual, utterance)).toBe('expired connectionClosed');
  });
});

describe('a request that is refused for a temporary reason', () => {
  const BUSY = 4503;

  it('is sent again on the same connection with a new id', async () => {
    const virtual = await started();
    const utterance = virtual.session.speak(new Uint8Array(640));
    await virtual.clock.settle();
    refuse(virtual, utterance.reqId, BUSY);
    await virtual.clock.until(() => wireIdsOf(virtual).length === 2);
    answer(virtual, wireIdsOf(virtual)[1] ?? '', true);
    expect(await outcome(virtual, utterance)).toBe('replayed');
    expect(virtual.transport.dials).toHaveLength(1);
    expect(virtual.retries).toMatchObject([{ error: { reqId: utterance.reqId, code: 'upstreamError' } }]);
  });

  it('is not overtaken by utterances that begin meanwhile', async () => {
    const virtual = await started();
    const first = virtual.session.speak(new Uint8Array(640));
    await virtual.clock.settle();
    refuse(virtual, first.reqId, BUSY);
    const second = virtual.session.speak(new Uint8Array(640));
    await virtual.clock.settle();
    expect(wireIdsOf(virtual)).toEqual([first.reqId]);
    await virtual.clock.until(() => wireIdsOf(virtual).length === 3);
    expect(wireIdsOf(virtual)[2]).toBe(second.reqId);
  });

  it('no longer delays the waiting utterances after it when it is interrupted', async () => {
    const virtual = await started();
    const first = virtual.session.speak(new Uint8Array(640));
    await virtual.clock.settle();
    refuse(virtual, first.reqId, BUSY);
    const second = virtual.session.speak(new Uint8Array(640));
    await first.interrupt();
    await virtual.clock.settle();
    expect(wireIdsOf(virtual)).toEqual([first.reqId, second.reqId]);
  });

  it('fails by the same policy, with its own error', async () => {
    const virtual = await started({ retry: { maxAttempts: 3 } });
    const utterance = virtual.session.speak(new Uint8Array(640));
    for (let nth = 1; nth <= 3; nth += 1) {
      await virtual.clock.until(() => wireIdsOf(virtual).length === nth);
      refuse(virtual, wireIdsOf(virtual).at(-1) ?? '', BUSY);
    }
    // A close with the same meaning would end the session.
    await virtual.clock.advance(1_000);
    expect(await outcome(virtual, utterance)).toBe('failed upstreamError');
    const error: unknown = await utterance.finished.catch((failed: unknown) => failed);
    expect(error).toMatchObject({ outcome: 'failed', willRetry: true });
    expect(error).not.toHaveProperty('reason');
    expect(virtual.session.explain().at(-1)).toMatchObject({ kind: 'giveUp', reason: 'attempts' });
    expect(virtual.session.state).toBe('websocket_runtime');
  });

  it('counts the time of silence from its re-send', async () => {
    const virtual = await started({
      silenceTimeoutMs: 1_000,
      retry: { backoff: { baseMs: 900, jitter: 'none' } },
    });
    const utterance = virtual.session.speak(new Uint8Array(640));
    await virtual.clock.settle();
    refuse(virtual, utterance.reqId, BUSY);
    await virtual.clock.until(() => wireIdsOf(virtual).length === 2);
    await virtual.clock.advance(999);
    expect(await outcome(virtual, utterance)).toBe('pending');
  });
});

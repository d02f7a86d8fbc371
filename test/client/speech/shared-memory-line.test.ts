/** Writes of several sessions that wait for space in their shared memory. In virtual time. */
import { afterEach, describe, expect, it } from 'vitest';
import { AvatarSession } from '../../../src/index.js';
import { MessageType } from '../../../src/ports/message.js';
import type { VirtualSession } from '../virtual-session.js';
import { finish, VirtualProcess } from './virtual-process.js';

// Sessions that a test leaves open would use shared memory in the next test.
afterEach(() => AvatarSession.closeAll());

const KIB = 1024;
const bytes = (count: number): Uint8Array => new Uint8Array(count);
const tenantA = (): string => 'token of a';

describe('writes of several sessions that wait for memory', () => {
  const replay = { maxProcessBytes: 20 * KIB } as const;

  it('continue in order: later small writes do not overtake a large one', async () => {
    const process = new VirtualProcess();
    const small = await Promise.all([1, 2, 3].map(() => process.started({ replay, tokenProvider: tenantA })));
    const large = await process.started({ replay, tokenProvider: tenantA });
    let said = 0;
    const speakOn = async (virtual: VirtualSession): Promise<void> => {
      for (;;) {
        const utterance = virtual.session.speak(bytes(5 * KIB));
        // The frames come some time after the audio.
        process.clock.schedule(50, () => finish(virtual, utterance));
        await utterance.finished;
        said += 1;
      }
    };
    for (const virtual of small) speakOn(virtual).catch(() => undefined);
    await process.clock.advance(500);
    expect(said).toBeGreaterThan(10);
    const write = large.session.speak().write(bytes(15 * KIB));
    expect(await process.stateOf(write)).toBe('pending');
    await process.clock.advance(500);
    expect(await process.stateOf(write)).toBe('done');
  });

  it('do not wait for one whose session is closed, or whose utterance is interrupted', async () => {
    const process = new VirtualProcess();
    const [holder, closing, interrupting, last] = await Promise.all(
      [1, 2, 3, 4].map(() => process.started({ replay })),
    );
    if (holder === undefined || closing === undefined || interrupting === undefined || last === undefined)
      throw new Error('the utterance has not begun');
    await holder.session.speak().write(bytes(10 * KIB));
    const first = closing.session.sendAudio(bytes(12 * KIB));
    const utterance = interrupting.session.speak();
    const second = utterance.write(bytes(12 * KIB));
    const third = last.session.sendAudio(bytes(6 * KIB));
    expect(await process.stateOf(Promise.race([first, second, third]))).toBe('pending');
    await closing.session.close();
    expect(await process.stateOf(first)).toMatchObject({ code: 'connectionClosed' });
    expect(await process.stateOf(third)).toBe('pending');
    await utterance.interrupt();
    expect(await process.stateOf(second)).toMatchObject({ outcome: 'interrupted' });
    expect(await process.stateOf(third)).toBe('done');
    expect(process.clock.pendingTimers).toBe(0);
  });

  it('wait while memory is released, and fail after silenceTimeoutMs without a release', async () => {
    const process = new VirtualProcess();
    const holder = await process.started({ replay, tokenProvider: tenantA });
    const utterances = [1, 2, 3, 4].map(() => holder.session.speak());
    for (const utterance of utterances) await utterance.end(bytes(4 * KIB));
    const { session } = await process.started({ replay, tokenProvider: tenantA, silenceTimeoutMs: 1_000 });
    const waiting = session.speak();
    const write = waiting.write(bytes(17 * KIB));
    for (const utterance of utterances.slice(0, 3)) {
      await process.clock.advance(900);
      finish(holder, utterance);
    }
    await process.clock.advance(900);
    expect(await process.stateOf(write)).toBe('pending');
    await process.clock.advance(1_200);
    expect(await process.stateOf(write)).toMatchObject({ code: 'invalidRequest', outcome: 'failed' });
    expect(await process.stateOf(waiting.finished)).toMatchObject({ outcome: 'failed' });
  });

  it('that wait for the bound of their own session ignore memory that other sessions release', async () => {
    const process = new VirtualProcess();
    const own = { maxBytes: 10 * KIB } as const;
    const { session } = await process.started({ replay: own, silenceTimeoutMs: 1_000 });
    // Without an end, its audio is kept for any time.
    await session.speak().write(bytes(8 * KIB));
    const write = session.speak().write(bytes(8 * KIB));
    const busy = await process.started({});
    for (let said = 0; said < 5; said++) {
      const utterance = busy.session.speak(bytes(4 * KIB));
      await process.clock.advance(500);
      finish(busy, utterance);
    }
    expect(await process.stateOf(write)).toMatchObject({ code: 'invalidRequest', outcome: 'failed' });
  });

  it('of an utterance that has begun come before those of others, because only its end frees memory', async () => {
    const process = new VirtualProcess();
    const speaking = await process.started({ replay });
    const utterance = speaking.session.speak();
    await utterance.write(bytes(8 * KIB));
    const other = await process.started({ replay });
    const large = other.session.speak(bytes(16 * KIB));
    await process.clock.settle();
    expect(await process.stateOf(utterance.end(bytes(8 * KIB)))).toBe('done');
    finish(speaking, utterance);
    await process.clock.settle();
    finish(other, large);
    expect(await process.stateOf(large.finished)).toBe('done');
  });

  it('share a promise when they are small, so that a write without await costs little memory', async () => {
    const process = new VirtualProcess();
    const holder = await process.started({ replay });
    const begun = holder.session.speak();
    await begun.end(bytes(17 * KIB));
    const waiting = await process.started({ replay });
    const utterance = waiting.session.speak();
    const writes = Array.from({ length: 5_000 }, (_, nth) => utterance.write(Uint8Array.of(nth, nth >> 8)));
    expect(new Set(writes).size).toBeLessThan(5);
    expect(await process.stateOf(Promise.all(writes))).toBe('pending');
    finish(holder, begun);
    await process.clock.settle();
    expect(await process.stateOf(Promise.all([...writes, utterance.end()]))).toBe('done');
    const said: number[] = [];
    for (const message of waiting.transport.latest.received) {
      if (message.type === MessageType.clientAudioInput) said.push(...message.audio);
    }
    expect(said).toEqual(writes.flatMap((_, nth) => [nth & 0xff, (nth >> 8) & 0xff]));
  });
});

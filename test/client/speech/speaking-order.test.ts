/** The order of the frames of overlapping utterances, in virtual time with a scripted service. */
import { describe, expect, it } from 'vitest';
import type { Utterance } from '../../../src/index.js';
import { MessageType } from '../../../src/ports/message.js';
import type { ClientAudioInput } from '../../../src/ports/message.js';
import { audio, stage } from './scripted-stage.js';

const settled = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

describe('frames of utterances that overlap', () => {
  it('come one utterance after the other, for any order in which the service sends them', async () => {
    const { session, animate, heard, played } = await stage();
    const [first, second] = [session.speak(audio()), session.speak(audio())];
    await animate(second, 2);
    await animate(first, 1);
    await animate(second, 1, true);
    expect(heard).toEqual([`${first.reqId} 0`]);
    await animate(first, 1, true);
    expect(heard).toEqual([`${first.reqId} 0`, `${first.reqId} 1`, `${second.reqId} 0`, `${second.reqId} 2`]);
    expect(played.map(({ reqId, state }) => `${state} ${reqId}`)).toEqual([
      `started ${first.reqId}`,
      `ended ${first.reqId}`,
      `started ${second.reqId}`,
      `ended ${second.reqId}`,
    ]);
    await expect(second.finished).resolves.toMatchObject({ outcome: 'delivered', keyframes: 3 });
  });

  it.each(['session', 'utterance'])(
    'come as the service sends them if the %s has overlap: parallel',
    async (by) => {
      const { session, animate, heard } = await stage(by === 'session' ? { overlap: 'parallel' } : {});
      const first = session.speak(audio());
      const second = session.speak(audio(), by === 'utterance' ? { overlap: 'parallel' } : {});
      await animate(second, 1);
      await animate(first, 1);
      expect(heard).toEqual([`${second.reqId} 0`, `${first.reqId} 0`]);
    },
  );

  it('begin at once when the one before is interrupted', async () => {
    const { session, animate, heard } = await stage();
    const [first, second] = [session.speak(audio()), session.speak(audio())];
    await animate(first, 1);
    await animate(second, 1);
    await first.interrupt();
    await Promise.resolve();
    expect(heard).toEqual([`${first.reqId} 0`, `${second.reqId} 0`]);
    await animate(first, 1);
    await animate(second, 1, true);
    expect(heard.slice(2)).toEqual([`${second.reqId} 1`]);
  });

  it('begin at once when the one before fails', async () => {
    const { session, animate, heard, transport, clock } = await stage({
      retry: { rules: { invalidRequest: 'surface' } },
    });
    const [first, second] = [session.speak(audio()), session.speak(audio())];
    await animate(second, 1);
    transport.latest.refuseRequest(first.reqId, 3, 'voice not found');
    await clock.advance(2_000);
    await settled(first.finished);
    expect(heard).toEqual([`${second.reqId} 0`]);
  });

  it('come to loops in that order, too: the next loop begins when the one before has taken its last frame', async () => {
    const { session, animate, clock } = await stage({}, false);
    const order: string[] = [];
    const read = async (name: string, utterance: Utterance): Promise<void> => {
      for await (const { index } of utterance) {
        order.push(`${name} ${index}`);
        await new Promise<void>((resolve) => void clock.schedule(40, resolve));
      }
    };
    const [first, second] = [session.speak(audio()), session.speak(audio())];
    const loops = [read('first', first), read('second', second)];
    await animate(second, 1, true);
    for (const end of [false, false, true]) await animate(first, 1, end);
    await clock.advance(1_000);
    await Promise.all(loops);
    expect(order).toEqual(['first 0', 'first 1', 'first 2', 'second 0']);
  });

  it('do not wait for a client that has not yet reported that it has played those before', async () => {
    const { session, animate, heard, played, clock } = await stage();
    const [first, second] = [session.speak(audio(3_200)), session.speak(audio(3_200))];
    await animate(first, 1);
    first.played(20);
    await animate(second, 1);
    await animate(first, 2, true);
    expect(heard).toEqual([`${first.reqId} 0`, `${first.reqId} 1`, `${second.reqId} 0`]);
    const after = session.speak(audio(3_200), { after: first });
    await animate(second, 2, true);
    await animate(after, 3, true);
    expect(heard.slice(3)).toEqual([`${second.reqId} 1`, `${after.reqId} 0`]);
    expect(played.map(({ state, reqId }) => [state, reqId])).not.toContainEqual(['ended', first.reqId]);
    // Only the end of the utterance waits for the report of the client.
    first.played(100);
    await clock.settle();
    expect(played.at(-1)).toEqual({ state: 'ended', reqId: first.reqId, positionMs: 100 });
    await expect(first.finished).resolves.toMatchObject({ outcome: 'delivered', positionMs: 100 });
  });

  it('come when the loop before has taken its last frame, although its client still plays', async () => {
    const { session, animate, clock } = await stage({}, false);
    const taken: string[] = [];
    const read = async (name: string, utterance: Utterance): Promise<void> => {
      for await (const { index } of utterance) {
        taken.push(`${name} ${index} at ${clock.nowMs() - beganAtMs}`);
        await new Promise<void>((resolve) => void clock.schedule(40, resolve));
        utterance.played(index * 40);
      }
    };
    const beganAtMs = clock.nowMs();
    const [first, second] = [session.speak(audio(3_200)), session.speak(audio(3_200))];
    await clock.settle();
    const loops = [read('first', first), read('second', second)];
    await animate(second, 1, true);
    for (const end of [false, false, true]) await animate(first, 1, end);
    await clock.advance(1_000);
    await Promise.all(loops);
    expect(taken).toEqual(['first 0 at 0', 'first 1 at 40', 'first 2 at 80', 'second 0 at 80']);
    await clock.advance(4_000);
    await expect(first.finished).resolves.toMatchObject({ outcome: 'delivered', positionMs: 80 });
  });

  it('of one that is still played end when all utterances are interrupted', async () => {
    const { session, animate, clock } = await stage();
    const [first, second] = [session.speak(audio(3_200)), session.speak(audio(3_200))];
    await animate(first, 1);
    first.played(20);
    await animate(first, 2, true);
    await animate(second, 1);
    first.played(60);
    const interrupted = session.interruptAll();
    await clock.settle();
    expect(await interrupted).toMatchObject([
      { reqId: first.reqId, positionMs: 60 },
      { reqId: second.reqId, positionMs: 40 },
    ]);
  });

  it('follow the one that `after` names, before others that wait', async () => {
    const { session, animate, heard } = await stage();
    const first = session.speak(audio());
    const third = session.speak(audio());
    const second = session.speak(audio(), { after: first });
    for (const one of [third, second, first]) await animate(one, 1, true);
    expect(heard).toEqual([first, second, third].map(({ reqId }) => `${reqId} 0`));
  });

  it('follow an utterance that ended long ago in their order, and ignore one of another session', async () => {
    const { session, animate, heard, clock } = await stage();
    const first = session.speak(audio());
    await animate(first, 1, true);
    await clock.advance(3_600_000);
    const second = session.speak(audio(), { after: first.reqId });
    await animate(second, 1, true);
    expect(heard).toEqual([first, second].map(({ reqId }) => `${reqId} 0`));
    for (const after of ['no-such-id', `${first.reqId.slice(0, 15)}AAAAAAAAAAAA`])
      expect(() => session.speak(audio(), { after })).toThrow(RangeError);
    expect(() => session.speak(audio(), { after: 'no-such-id' })).toThrow(
      /pass the utterance that speak\(\)/,
    );
  });

  it('follow the one that `after` names, after earlier utterances with the same `after` and those that follow them', async () => {
    const { session, animate, heard } = await stage();
    const first = session.speak(audio());
    const second = session.speak(audio(), { after: first });
    const third = session.speak(audio(), { after: second });
    const last = session.speak(audio());
    const fourth = session.speak(audio(), { after: first });
    for (const one of [last, fourth, third, second, first]) await animate(one, 1, true);
    expect(heard).toEqual([first, second, third, fourth, last].map(({ reqId }) => `${reqId} 0`));
  });

  it('that wait are kept over a reconnect, and come once', async () => {
    const { session, animate, heard, transport, clock } = await stage();
    const [first, second] = [session.speak(audio()), session.speak(audio())];
    await animate(first, 2);
    await animate(second, 3, true);
    transport.latest.drop();
    await clock.advance(5_000);
    const run = transport.latest.received.findLast(({ type }) => type === MessageType.clientAudioInput);
    // The earlier keyframes come again, and are skipped.
    await animate(run as ClientAudioInput, 30, true);
    expect(heard.map((line) => line.split(' ')[0])).toEqual([
      ...heard.filter((line) => line.startsWith(first.reqId)).map(() => first.reqId),
      second.reqId,
    ]);
    expect(heard.at(-1)).toBe(`${second.reqId} 0`);
  });

  it('wait in bounded memory: frames beyond it are requested again in their turn', async () => {
    const { session, heard, transport, clock } = await stage();
    const [first, second] = [session.speak(audio()), session.speak(audio(32_000 * 60))];
    for (let index = 0; index < 40; index += 1) transport.latest.animate(second.reqId, 25, { floats: 3_000 });
    await clock.settle();
    const cancelled = transport.latest.received.some(({ type }) => type === MessageType.clientInterrupt);
    expect(cancelled).toBe(true);
    expect(heard).toEqual([]);
    await first.interrupt();
    await clock.advance(5_000);
    const resent = transport.latest.received.findLast(({ type }) => type === MessageType.clientAudioInput);
    expect((resent as ClientAudioInput).reqId).not.toBe(second.reqId);
    expect(heard.length).toBeGreaterThan(5);
  });
});

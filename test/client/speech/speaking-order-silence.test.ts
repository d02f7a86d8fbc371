/**
 * Utterances that are never ended do not block the following ones for ever. In virtual time, with a scripted service.
 */
import { describe, expect, it } from 'vitest';
import type { Overlap } from '../../../src/index.js';
import { audio, stage } from './scripted-stage.js';

describe('frames after those of a silent utterance', () => {
  it('overtake an utterance that is never ended after sourceTimeoutMs', async () => {
    const { session, animate, heard, clock } = await stage({ sourceTimeoutMs: 5_000 });
    const forgotten = session.speak();
    await forgotten.write(audio());
    const next = session.speak(audio());
    await animate(next, 1, true);
    expect(heard).toEqual([]);
    await clock.advance(5_100);
    expect(heard).toEqual([`${next.reqId} 0`]);
  });

  it('leave no timer when the waiting utterance is interrupted', async () => {
    const { session, clock, animate } = await stage({ overlap: 'parallel' });
    const first = session.speak();
    await first.write(audio());
    const timers = clock.pendingTimers;
    const second = session.speak(audio(), { after: first.reqId });
    await second.interrupt();
    expect(clock.pendingTimers).toBe(timers);
    void first.end();
    await animate(first, 1, true);
    await session.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('overtake several utterances that are never ended, with few timers', async () => {
    const { session, animate, heard, clock } = await stage({ sourceTimeoutMs: 5_000 });
    const timersOfAMinute = async (): Promise<number> => {
      await session.speak().write(audio());
      await clock.advance(20_000);
      const { scheduled } = clock;
      await clock.advance(60_000);
      return clock.scheduled - scheduled;
    };
    const ofOne = await timersOfAMinute();
    await timersOfAMinute();
    // One check every 5 s.
    expect((await timersOfAMinute()) - ofOne).toBeLessThanOrEqual(60 / 5 + 1);
    const next = session.speak(audio());
    await animate(next, 1, true);
    await clock.advance(5_100);
    expect(heard).toEqual([`${next.reqId} 0`]);
    await expect(next.finished).resolves.toMatchObject({ outcome: 'delivered' });
  });

  it.each<Overlap>(['queue', 'parallel'])(
    'overtake an utterance that after names and that is never ended (%s)',
    async (overlap) => {
      const { session, animate, heard, clock } = await stage({ sourceTimeoutMs: 5_000 });
      const forgotten = session.speak(undefined, { overlap: 'parallel' });
      await forgotten.write(audio());
      const next = session.speak(audio(), { overlap, after: forgotten });
      await animate(next, 1, true);
      await clock.advance(4_900);
      expect(heard).toEqual([]);
      await clock.advance(200);
      expect(heard).toEqual([`${next.reqId} 0`]);
      await expect(next.finished).resolves.toMatchObject({ outcome: 'delivered' });
    },
  );

  it('of an overtaken utterance come after the others, also if these name one that waits for it', async () => {
    const { session, animate, heard, clock } = await stage({ sourceTimeoutMs: 5_000 });
    const slow = session.speak();
    const beside = session.speak(audio(), { overlap: 'parallel', after: slow });
    const last = session.speak(audio(), { after: beside });
    for (const one of [last, beside]) await animate(one, 1, true);
    await clock.advance(5_100);
    expect(heard).toEqual([beside, last].map(({ reqId }) => `${reqId} 0`));
    await slow.end(audio());
    await animate(slow, 1, true);
    expect(heard.at(-1)).toBe(`${slow.reqId} 0`);
  });

  it('of an utterance with new audio overtake a silent one that after names', async () => {
    const { session, animate, heard, clock } = await stage({ sourceTimeoutMs: 5_000 });
    const forgotten = session.speak(undefined, { overlap: 'parallel' });
    const late = session.speak(undefined, { overlap: 'parallel', after: forgotten });
    await clock.advance(30_000);
    await late.write(audio());
    await animate(late, 1);
    await clock.advance(1);
    expect(heard).toEqual([`${late.reqId} 0`]);
  });

  it('of an utterance with new audio come in order, when those before it stay silent', async () => {
    const { session, animate, heard, clock } = await stage({ sourceTimeoutMs: 5_000 });
    const forgotten = [session.speak(), session.speak()];
    for (const one of forgotten) await one.write(audio());
    const late = session.speak();
    await late.write(audio());
    await clock.advance(30_000);
    await late.write(audio());
    await animate(late, 1);
    await clock.advance(5_100);
    expect(heard).toEqual([`${late.reqId} 0`]);
  });
});

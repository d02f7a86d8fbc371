/**
 * The order of frames while a write waits for memory: an utterance whose write waits does not count as silent.
 * In virtual
 * time, with a scripted service.
 */
import { describe, expect, it } from 'vitest';
import { audio, stage } from './scripted-stage.js';
import type { Stage } from './scripted-stage.js';

const SECOND = 32_000;

/** The cause that makes a write of this length wait, and the event that ends the wait. */
interface Blockade {
  readonly bytes: number;
  readonly begin: (on: Stage) => void;
  readonly end: (on: Stage, reqId: string) => Promise<void>;
}

const SOCKET: Blockade = {
  bytes: 640,
  begin: ({ transport }) => {
    transport.latest.bufferedBytes = 1_000_000;
  },
  end: async ({ transport, clock }) => {
    transport.latest.drain();
    await clock.settle();
  },
};
const MEMORY: Blockade = {
  bytes: 2 * SECOND,
  begin: () => undefined,
  end: ({ animate }, reqId) => animate({ reqId }, 50),
};

describe('an utterance whose write waits', () => {
  it.each([
    ['the socket', SOCKET],
    ['memory', MEMORY],
  ] as const)('for %s is not passed, however long that takes', async (_what, { bytes, begin, end }) => {
    const on = await stage({
      sourceTimeoutMs: 5_000,
      replay: { maxBytes: 3 * SECOND, leadInMs: 0 },
    });
    const { session, clock, animate, heard } = on;
    const first = session.speak();
    await Promise.all([first.write(audio(2 * SECOND)), clock.advance(100)]);
    await animate(first, 1);
    begin(on);
    const blocked = first.write(audio(bytes));
    const second = session.speak(audio());
    await animate(second, 1, true);
    await clock.advance(12_000);
    expect(heard).toEqual([`${first.reqId} 0`]);
    await end(on, first.reqId);
    await Promise.all([blocked, clock.advance(100)]);
    // The time without audio begins again.
    await clock.advance(4_800);
    void first.end();
    await animate(first, 1, true);
    await clock.settle();
    expect([...new Set(heard.map((line) => line.split(' ')[0]))]).toEqual([first.reqId, second.reqId]);
    expect(heard.at(-1)).toBe(`${second.reqId} 0`);
  });

  it('is overtaken when no audio comes after that', async () => {
    const on = await stage({ sourceTimeoutMs: 5_000 });
    const { session, clock, animate, heard } = on;
    const first = session.speak();
    SOCKET.begin(on);
    const blocked = first.write(audio());
    const second = session.speak(audio());
    await clock.advance(12_000);
    await SOCKET.end(on, first.reqId);
    await Promise.all([blocked, clock.advance(100)]);
    await animate(second, 1, true);
    expect(heard).toEqual([]);
    await clock.advance(10_100);
    expect(heard).toEqual([`${second.reqId} 0`]);
  });
});

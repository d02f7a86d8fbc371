/**
 * A client that plays one utterance after the other, and reports its position. In virtual time, with a scripted
 * service.
 */
import { describe, expect, it } from 'vitest';
import type { Utterance } from '../../../src/index.js';
import { audio, stage } from './scripted-stage.js';
import type { Stage } from './scripted-stage.js';

const SECOND = 32_000;

interface Spoken {
  readonly on: Stage;
  readonly first: Utterance;
  readonly second: Utterance;
}

/** Two utterances of five seconds with all their frames. Their client has begun to report the position of both. */
async function twoSpoken(): Promise<Spoken> {
  const on = await stage();
  const [first, second] = [on.session.speak(audio(5 * SECOND)), on.session.speak(audio(5 * SECOND))];
  await on.clock.advance(3_000);
  for (const one of [first, second]) {
    one.played(0);
    await on.animate(one, 125, true);
  }
  return { on, first, second };
}

async function play({ clock }: Stage, utterance: Utterance, toMs: number): Promise<void> {
  for (let ms = 500; ms <= toMs; ms += 500) {
    await clock.advance(500);
    utterance.played(ms);
  }
  await clock.settle();
}

describe('a client that reports what it plays of several utterances', () => {
  it('can report the next utterance late, because it first plays the one before', async () => {
    const { on, first, second } = await twoSpoken();
    await play(on, first, 5_000);
    await expect(first.finished).resolves.toMatchObject({ positionMs: 5_000 });
    await on.clock.advance(1_400);
    await play(on, second, 3_000);
    await expect(on.session.interruptAll()).resolves.toMatchObject([
      { reqId: second.reqId, positionMs: 3_000 },
    ]);
  });

  it('can report the next utterance late, also when the one before is interrupted', async () => {
    const { on, first, second } = await twoSpoken();
    await play(on, first, 1_500);
    await first.interrupt();
    await on.clock.advance(1_400);
    await play(on, second, 5_000);
    await expect(second.finished).resolves.toMatchObject({ outcome: 'delivered', positionMs: 5_000 });
  });

  it('that stops reporting delays the end of all unplayed utterances only once', async () => {
    const { on, first, second } = await twoSpoken();
    await play(on, first, 1_000);
    await on.clock.advance(4_100);
    await expect(first.finished).resolves.toMatchObject({ positionMs: 1_000 });
    await expect(second.finished).resolves.toMatchObject({ positionMs: 0 });
  });
});

/** A pipeline from a generator into an utterance. Other code cannot end a generator that waits. In virtual time. */
import { pipeline } from 'node:stream/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { AvatarEmulator, createVirtualClock } from '../../../src/emulator/index.js';
import type { VirtualClock } from '../../../src/emulator/index.js';
import { AvatarSession, newAvatarSession } from '../../../src/index.js';
import type { Utterance } from '../../../src/index.js';

afterEach(() => AvatarSession.closeAll());

const CHUNK = new Uint8Array(3_200);

interface Piped {
  readonly clock: VirtualClock;
  readonly emulator: AvatarEmulator;
  readonly utterance: Utterance;
  /** The error and the time of the end of the pipeline; undefined while it continues. */
  ended: { readonly error: unknown; readonly atMs: number } | undefined;
  leftAtMs: number | undefined;
}

/** Pipes a generator that yields `count` chunks, one every 100 ms, then waits for `hangsMs`, and ends. */
async function pipe(count: number, hangsMs = 0): Promise<Piped> {
  const clock = createVirtualClock();
  const emulator = await AvatarEmulator.start({ clock });
  const session = newAvatarSession(emulator.sessionOptions);
  await clock.run(session.start());
  const utterance = session.speak();
  const piped: Piped = { clock, emulator, utterance, ended: undefined, leftAtMs: undefined };
  async function* tts(): AsyncGenerator<Uint8Array> {
    try {
      for (let given = 0; given < count; given += 1) {
        await clock.sleep(100);
        yield CHUNK;
      }
      if (hangsMs > 0) await clock.sleep(hangsMs);
    } finally {
      piped.leftAtMs = clock.nowMs();
    }
  }
  const over = (error?: unknown): void => void (piped.ended = { error, atMs: clock.nowMs() });
  pipeline(tts, utterance.writable).then(() => over(), over);
  return piped;
}

describe('pipeline(generator, utterance.writable)', () => {
  it('sends what the generator yields, and ends with it', async () => {
    const { clock, emulator, utterance, ...piped } = await pipe(10);
    expect(await clock.run(utterance.finished)).toMatchObject({ outcome: 'delivered', keyframes: 25 });
    expect(emulator.heard).toMatchObject([{ durationMs: 1_000, ended: true }]);
    expect(piped.ended).toBeUndefined();
  });

  it('ends without an error at the next chunk after an interrupt, and the generator is cancelled', async () => {
    const piped = await pipe(1_000);
    await piped.clock.advance(1_000);
    await piped.utterance.interrupt();
    await piped.clock.advance(5_000);
    expect(piped.ended).toEqual({ error: undefined, atMs: 1_100 });
    expect(piped.leftAtMs).toBe(1_100);
    expect(piped.emulator.heard).toMatchObject([{ durationMs: 1_000, ended: false }]);
  });

  it('waits without an error for a generator that yields nothing more', async () => {
    const piped = await pipe(5, 60_000);
    await piped.clock.advance(1_000);
    await piped.utterance.interrupt();
    await piped.clock.advance(59_000);
    expect(piped.ended).toBeUndefined();
    await piped.clock.advance(1_000);
    expect(piped.ended).toEqual({ error: undefined, atMs: 60_500 });
    expect(await piped.utterance.finished).toMatchObject({ outcome: 'interrupted' });
  });

  it('rejects with the error of an utterance that fails, at the next chunk', async () => {
    const piped = await pipe(1_000);
    piped.emulator.inject({
      kind: 'serverError',
      phase: 'runtime',
      code: 3,
      message: 'voice not found',
      reqId: 'current',
      afterAudioBytes: 10_000,
    });
    await expect(piped.clock.run(piped.utterance.finished)).rejects.toMatchObject({ code: 'invalidRequest' });
    const failedAtMs = piped.clock.nowMs();
    await piped.clock.advance(1_000);
    expect(piped.ended).toMatchObject({ error: { code: 'invalidRequest' } });
    expect(piped.leftAtMs).toBeLessThanOrEqual(failedAtMs + 100);
  });

  it('a generator as a source is cancelled at once', async () => {
    const clock = createVirtualClock();
    const emulator = await AvatarEmulator.start({ clock });
    const session = newAvatarSession(emulator.sessionOptions);
    await clock.run(session.start());
    let leftAtMs: number | undefined;
    const utterance = session.speak(async function* tts(signal) {
      signal.addEventListener('abort', () => (leftAtMs = clock.nowMs()));
      for (;;) {
        await clock.sleep(100);
        yield CHUNK;
      }
    });
    await clock.advance(1_000);
    await utterance.interrupt();
    expect(leftAtMs).toBe(1_000);
  });
});

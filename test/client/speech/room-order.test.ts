/** Utterances in a room with `overlap: 'queue'`: the audio of one is sent when the one before is over. In virtual time. */
import { afterEach, describe, expect, it } from 'vitest';
import { AvatarEmulator, createVirtualClock } from '../../../src/emulator/index.js';
import type { EmulatorOptions, VirtualClock } from '../../../src/emulator/index.js';
import { AvatarSession, newAvatarSession } from '../../../src/index.js';
import type { AvatarSessionOptions } from '../../../src/index.js';

afterEach(() => AvatarSession.closeAll());

const ROOM = { url: 'wss://room.example', apiToken: 'token', roomName: 'lobby', publisherId: 'avatar' };
const audioOf = (ms: number): Uint8Array => new Uint8Array(ms * 32);

interface Room {
  readonly clock: VirtualClock;
  readonly emulator: AvatarEmulator;
  readonly session: AvatarSession;
  /** Every playback event as `label state at ms`. */
  readonly heard: string[];
}

async function room(
  options: Partial<AvatarSessionOptions> = {},
  emulated: EmulatorOptions = {},
): Promise<Room> {
  const clock = createVirtualClock();
  // A service that ends a request when the next one begins, so that the session must keep the order.
  const emulator = await AvatarEmulator.start({ clock, egressOverlap: 'preempt', ...emulated });
  const session = newAvatarSession({
    ...emulator.sessionOptions,
    livekitEgress: ROOM,
    overlap: 'queue',
    ...options,
  });
  const heard: string[] = [];
  session.on('playback', ({ label = '', state }) => heard.push(`${label} ${state} at ${clock.nowMs()}`));
  await clock.run(session.start());
  return { clock, emulator, session, heard };
}

describe('utterances in a room, in a queue', () => {
  it('are played completely, one after the other, at a service that ends a request when the next one begins', async () => {
    const { clock, emulator, session, heard } = await room();
    const said = [1_000, 500, 200].map((ms, at) => session.speak(audioOf(ms), { label: `${at}` }));
    const results = await clock.run(Promise.all(said.map(({ finished }) => finished)));
    expect(results.map(({ outcome, positionMs }) => [outcome, positionMs])).toEqual([
      ['delivered', 1_000],
      ['delivered', 500],
      ['delivered', 200],
    ]);
    expect(heard).toEqual([
      '0 started at 0',
      '0 ended at 1000',
      '1 started at 1000',
      '1 ended at 1500',
      '2 started at 1500',
      '2 ended at 1700',
    ]);
    expect(emulator.heard.map(({ atMs, playedMs }) => [atMs, playedMs])).toEqual([
      [0, 1_000],
      [1_000, 500],
      [1_500, 200],
    ]);
  });

  it('by default overlap as the service allows', async () => {
    const { clock, session } = await room({ overlap: undefined });
    const said = [session.speak(audioOf(1_000)), session.speak(audioOf(500))];
    const results = await clock.run(Promise.all(said.map(({ finished }) => finished)));
    expect(results.map(({ outcome }) => outcome)).toEqual(['interrupted', 'delivered']);
  });

  it('begin at once when the one before is interrupted', async () => {
    const { clock, session, heard } = await room();
    const first = session.speak(audioOf(5_000), { label: 'first' });
    const second = session.speak(audioOf(500), { label: 'second' });
    await clock.advance(700);
    await first.interrupt();
    await clock.run(second.finished);
    expect(heard).toEqual([
      'first started at 0',
      'first interrupted at 700',
      'second started at 700',
      'second ended at 1200',
    ]);
    expect(await first.finished).toMatchObject({ outcome: 'interrupted', positionMs: 700 });
  });

  it('begin when the one before fails', async () => {
    const { clock, emulator, session, heard } = await room({
      retry: { rules: { invalidRequest: 'surface' } },
    });
    emulator.sayNext({ faults: [{ kind: 'serverError', code: 3, message: 'no', reqId: 'current' }] });
    const first = session.speak(audioOf(1_000), { label: 'first' });
    const second = session.speak(audioOf(500), { label: 'second' });
    await expect(clock.run(first.finished)).rejects.toMatchObject({ code: 'invalidRequest' });
    expect(await clock.run(second.finished)).toMatchObject({ outcome: 'delivered', positionMs: 500 });
    expect(heard.at(-2)).toMatch(/^second started/);
  });

  it('keep their order after a lost connection, and each is played once', async () => {
    const { clock, emulator, session } = await room({ retry: 'test' });
    emulator.inject({ kind: 'reset', phase: 'runtime', afterMs: 600 });
    const said = [session.speak(audioOf(1_000)), session.speak(audioOf(500))];
    const results = await clock.run(Promise.all(said.map(({ finished }) => finished)));
    expect(results.map(({ outcome, positionMs }) => [outcome, positionMs])).toEqual([
      ['replayed', 1_000],
      ['delivered', 500],
    ]);
    const { heard } = emulator;
    expect(heard.map(({ connection }) => connection)).toEqual([1, 2, 2]);
    expect(heard.reduce((sum, { playedMs }) => sum + playedMs, 0)).toBeGreaterThanOrEqual(1_500);
    expect(heard.reduce((sum, { playedMs }) => sum + playedMs, 0)).toBeLessThanOrEqual(1_550);
  });

  it('that wait are not sent when the one before is not ended, until sourceTimeoutMs has passed', async () => {
    const { clock, emulator, session } = await room({ sourceTimeoutMs: 5_000 });
    const forgotten = session.speak();
    await clock.run(forgotten.write(audioOf(200)));
    const next = session.speak(audioOf(500));
    await clock.advance(4_000);
    expect(emulator.heard.length).toBe(1);
    await clock.advance(2_000);
    expect(await clock.run(next.finished)).toMatchObject({ outcome: 'delivered', positionMs: 500 });
  });

  it('are played directly after the one that `after` names', async () => {
    const { clock, session, heard } = await room();
    const first = session.speak(audioOf(400), { label: 'first' });
    const third = session.speak(audioOf(400), { label: 'third' });
    session.speak(audioOf(400), { label: 'second', after: first });
    await clock.run(third.finished);
    expect(heard.filter((line) => line.includes('started')).map((line) => line.split(' ')[0])).toEqual([
      'first',
      'second',
      'third',
    ]);
  });

  it('that wait are interrupted before any audio of them is sent', async () => {
    const { clock, emulator, session } = await room();
    session.speak(audioOf(1_000), { label: 'first' });
    const second = session.speak(audioOf(500), { label: 'second' });
    await clock.advance(500);
    const cut = await clock.run(session.interruptAll());
    expect(cut.map(({ label, positionMs }) => [label, positionMs])).toEqual([
      ['first', 500],
      ['second', 0],
    ]);
    await clock.advance(5_000);
    expect(await second.finished).toMatchObject({ outcome: 'interrupted', positionMs: 0 });
    expect(emulator.heard.length).toBe(1);
  });

  it('are all played before a close with drain', async () => {
    const { clock, session, emulator } = await room();
    const said = [session.speak(audioOf(1_000)), session.speak(audioOf(500))];
    await clock.run(session.close({ drain: true }));
    const results = await Promise.all(said.map(({ finished }) => finished));
    expect(results.map(({ outcome }) => outcome)).toEqual(['delivered', 'delivered']);
    expect(emulator.heard.map(({ playedMs }) => playedMs)).toEqual([1_000, 500]);
  });

  it('wait while the session is paused, and continue in their order', async () => {
    const { clock, session, heard } = await room();
    session.speak(audioOf(1_000), { label: 'first' });
    const second = session.speak(audioOf(500), { label: 'second' });
    await clock.advance(400);
    await clock.run(session.pause());
    await clock.advance(3_000);
    await clock.run(session.resume());
    await clock.run(second.finished);
    expect(heard).toEqual([
      'first started at 0',
      'first paused at 400',
      'first resumed at 3400',
      'first ended at 4000',
      'second started at 4000',
      'second ended at 4500',
    ]);
  });

  it('wait as long as the one before takes, longer than any limit of silence', async () => {
    const { clock, session } = await room({}, { idleTimeoutMs: Infinity });
    const first = session.speak(audioOf(120_000));
    const second = session.speak(audioOf(1_000));
    expect(await clock.run(second.finished)).toMatchObject({ outcome: 'delivered', positionMs: 1_000 });
    expect(await first.finished).toMatchObject({ outcome: 'delivered', positionMs: 120_000 });
  });

  it('that wait leave memory for the audio of the one before, for any amount of written audio', async () => {
    const { clock, session } = await room({ replay: { maxBytes: 200_000 } });
    const first = session.speak();
    await clock.run(first.write(audioOf(500)));
    const second = session.speak();
    const writing = (async () => {
      for (let written = 0; written < 20; written += 1) await second.write(audioOf(500));
      await second.end();
    })();
    for (let given = 0; given < 60; given += 1) {
      await clock.advance(500);
      await clock.run(first.write(audioOf(500)));
    }
    await clock.run(first.end());
    expect(await clock.run(first.finished)).toMatchObject({ outcome: 'delivered', positionMs: 30_500 });
    await clock.run(writing);
    expect(await clock.run(second.finished)).toMatchObject({ outcome: 'delivered', positionMs: 10_000 });
  });

  it('that wait accept audio up to the bound of kept audio, and the rest at their turn', async () => {
    const { clock, session } = await room({ replay: { maxBytes: 200_000 } });
    session.speak(audioOf(4_000), { label: 'first' });
    const second = session.speak();
    let written = 0;
    const writing = (async () => {
      for (; written < 20; written += 1) await second.write(audioOf(500));
      await second.end();
    })();
    await clock.advance(1_000);
    expect(written).toBeLessThan(20);
    await clock.run(writing);
    expect(await clock.run(second.finished)).toMatchObject({ outcome: 'delivered', positionMs: 10_000 });
  });
});

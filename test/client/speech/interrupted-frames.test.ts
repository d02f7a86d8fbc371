/**
 * After `interrupt()`, called at any moment, no sink gets a frame, and only the keyframes that a sink got are
 * counted.
 * Virtual time.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { AvatarSession } from '../../../src/index.js';
import type { AvatarSessionOptions, Frame, PlaybackEvent, Utterance } from '../../../src/index.js';
import { confirmedSession } from '../../support/confirmed-session.js';
import type { VirtualSession } from '../virtual-session.js';

afterEach(() => AvatarSession.closeAll());

interface Stage extends VirtualSession {
  /** The deliveries to the sinks, in order: `callback 0`, `listener 0`, `raw`. */
  readonly got: string[];
  readonly playback: PlaybackEvent[];
  /** Lets the service send `count` messages of one keyframe each. */
  readonly animate: (utterance: { readonly reqId: string }, count?: number, end?: boolean) => void;
  /** Called at each delivery, before it is recorded. */
  during: (sink: string) => void;
}

async function stage(options: Partial<AvatarSessionOptions> = {}, takesFrames = true): Promise<Stage> {
  const got: string[] = [];
  const note = (sink: string, text = sink): void => {
    got.push(text);
    made.during(sink);
  };
  const virtual = await confirmedSession(
    {
      ...(takesFrames && {
        onFrame: ({ index }) => note('callback', `callback ${index}`),
        transportFrames: () => note('raw'),
      }),
      ...options,
    },
    { takesFrames },
  );
  const playback: PlaybackEvent[] = [];
  const made: Stage = {
    ...virtual,
    got,
    playback,
    during: () => undefined,
    animate: ({ reqId }, count = 1, end = false) => {
      for (let nth = 1; nth <= count; nth += 1) {
        virtual.transport.latest.animate(reqId, 1, { end: end && nth === count });
      }
    },
  };
  const { session } = virtual;
  if (takesFrames) session.on('frame', ({ index }) => note('listener', `listener ${index}`));
  session.on('playback', (event) => playback.push(event));
  return made;
}

async function begin({ session, clock }: Stage): Promise<Utterance> {
  const utterance = session.speak();
  await utterance.write(new Uint8Array(64_000));
  await clock.settle();
  return utterance;
}

const interrupts: readonly (readonly [string, (session: AvatarSession, utterance: Utterance) => unknown])[] =
  [
    ['session.interrupt()', (session) => session.interrupt()],
    ['utterance.interrupt()', (_session, utterance) => utterance.interrupt()],
  ];

describe.each(interrupts)('%s while a frame is delivered to several sinks', (_how, interrupt) => {
  it.each<readonly [string, string[]]>([
    ['callback', ['callback 0']],
    ['listener', ['callback 0', 'listener 0']],
    ['raw', ['callback 0', 'listener 0', 'raw']],
  ])('from inside the %s: no later sink gets it', async (sink, expected) => {
    const world = await stage();
    const utterance = await begin(world);
    const looped: Frame[] = [];
    const loop = (async () => {
      for await (const frame of utterance) looped.push(frame);
    })();
    await world.clock.settle();
    world.during = (now) => {
      if (now === sink) void interrupt(world.session, utterance);
    };
    world.animate(utterance, 3);
    await loop;
    expect([world.got, looped]).toEqual([expected, []]);
    expect(await utterance.finished).toMatchObject({ outcome: 'interrupted', keyframes: 1 });
  });

  it('from inside the body of a loop: the loop gets no further frame', async () => {
    const world = await stage();
    const utterance = await begin(world);
    const frames = utterance[Symbol.asyncIterator]() as AsyncIterableIterator<Frame>;
    world.animate(utterance, 5);
    let taken = 0;
    for await (const frame of frames) {
      taken += frame.keyframes.length;
      if (taken === 2) void interrupt(world.session, utterance);
    }
    expect(taken).toBe(2);
  });

  it.each([0, 1, 2, 3, 4, 5])(
    '%i microtasks after the frame: a loop has already taken it, or never gets it',
    async (hops) => {
      const world = await stage();
      const utterance = await begin(world);
      let taken = 0;
      const loop = (async () => {
        for await (const { keyframes } of utterance) taken += keyframes.length;
      })();
      await world.clock.settle();
      world.animate(utterance);
      for (let hop = 0; hop < hops; hop += 1) await Promise.resolve();
      const before = taken;
      void interrupt(world.session, utterance);
      await loop;
      expect(taken).toBe(before);
    },
  );

  it('from inside a playback handler', async () => {
    const world = await stage();
    world.session.on('playback', ({ state }) => {
      if (state === 'started') void interrupt(world.session, utterance);
    });
    const utterance = await begin(world);
    world.animate(utterance, 3);
    await world.clock.settle();
    expect(world.got).toEqual([]);
    expect(await utterance.finished).toMatchObject({ outcome: 'interrupted' });
  });

  it('after the last frame came, and before a loop has taken all frames', async () => {
    const world = await stage();
    const utterance = world.session.speak(new Uint8Array(6_400));
    await world.clock.settle();
    const frames = utterance[Symbol.asyncIterator]();
    world.animate(utterance, 5, true);
    expect((await frames.next()).value?.index).toBe(0);
    await interrupt(world.session, utterance);
    expect((await frames.next()).done).toBe(true);
    expect(await utterance.finished).toMatchObject({ outcome: 'delivered', keyframes: 5 });
  });
});

describe('keyframes of an interrupted utterance are counted', () => {
  it.each([
    ['up to the last one that a loop has taken', false, 2],
    ['all, if handlers were called with them', true, 6],
  ])('%s', async (_what, takesFrames, counted) => {
    const world = await stage({}, takesFrames);
    const utterance = await begin(world);
    const frames = utterance[Symbol.asyncIterator]();
    world.animate(utterance, 6);
    for (let nth = 0; nth < 2; nth += 1) expect((await frames.next()).done).toBe(false);
    await utterance.interrupt();
    expect(await utterance.finished).toMatchObject({ outcome: 'interrupted', keyframes: counted });
    expect(world.playback.at(-1)).toMatchObject({ state: 'interrupted', positionMs: counted * 40 });
  });

  it.each(['speak', 'sendAudio'] as const)('none, without a consumer of frames: %s', async (how) => {
    const world = await stage({}, false);
    const reqId =
      how === 'speak' ? (await begin(world)).reqId : await world.session.sendAudio(new Uint8Array(64_000));
    world.animate({ reqId }, 6);
    await world.session.interrupt();
    expect(world.playback.at(-1)).toMatchObject({ reqId, state: 'interrupted', positionMs: 0 });
  });

  it('until the loop was left', async () => {
    const world = await stage({}, false);
    const utterance = await begin(world);
    world.animate(utterance, 3);
    for await (const { index } of utterance) if (index === 1) break;
    world.animate(utterance, 3);
    await utterance.interrupt();
    expect(await utterance.finished).toMatchObject({ keyframes: 2 });
  });
});

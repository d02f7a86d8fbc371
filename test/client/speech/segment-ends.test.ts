/**
 * An `end` of the service before the end of the request ends a segment: the utterance continues. In virtual
 * time.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { AvatarSession } from '../../../src/index.js';
import type { AvatarSessionOptions, Frame, Utterance } from '../../../src/index.js';
import { decodeServerMessage } from '../../../src/wire/decode.js';
import { MessageType } from '../../../src/ports/message.js';
import { confirmedSession, audioMessages, stateOf } from '../../support/confirmed-session.js';
import type { VirtualSession } from '../virtual-session.js';
import { livekitEgress } from './room.js';

afterEach(() => AvatarSession.closeAll());

const CHUNK = new Uint8Array(640);

interface Spoken extends VirtualSession {
  readonly frames: Frame[];
  /** The calls of `transportFrames`: the id and the end in the envelope, and the argument `isLast`. */
  readonly envelopes: { readonly reqId: string; readonly end: boolean; readonly isLast: boolean }[];
  readonly playback: string[];
}

async function started(options: Partial<AvatarSessionOptions> = {}): Promise<Spoken> {
  const frames: Frame[] = [];
  const envelopes: Spoken['envelopes'] = [];
  const playback: string[] = [];
  const virtual = await confirmedSession({
    onFrame: (frame) => frames.push(frame),
    onPlayback: ({ state }) => playback.push(state),
    transportFrames: (bytes, isLast) => {
      const message = decodeServerMessage(bytes);
      if (message.type !== MessageType.serverResponseAnimation)
        throw new Error('the message is not an animation');
      envelopes.push({ reqId: message.reqId, end: message.end, isLast });
    },
    ...options,
  });
  return { ...virtual, frames, envelopes, playback };
}

function animate({ transport }: VirtualSession, reqId: string, keyframes: number, end = false): void {
  transport.latest.animate(reqId, keyframes, { end });
}

/** The audio of the latest request on the latest socket. */
function heard(virtual: VirtualSession): { reqId: string; bytes: number; end: boolean } {
  const audio = audioMessages(virtual);
  const bytes = audio.reduce((sum, one) => sum + one.audio.length, 0);
  return { reqId: audio.at(-1)?.reqId ?? '', bytes, end: audio.at(-1)?.end ?? false };
}

function outcomeOf(virtual: VirtualSession, { finished }: Utterance): Promise<unknown> {
  return stateOf(virtual, finished, {
    value: ({ outcome, keyframes }) => `${outcome} ${keyframes}`,
    error: (error) => `rejected ${String((error as { outcome?: string }).outcome)}`,
  });
}

describe('an end of the service before the end of the request', () => {
  it('ends a segment: audio is accepted, frames continue with their numbers, and there is one end', async () => {
    const virtual = await started();
    const utterance = virtual.session.speak();
    await utterance.write(CHUNK);
    animate(virtual, utterance.reqId, 3, true);
    expect(await outcomeOf(virtual, utterance)).toBe('pending');
    await utterance.write(CHUNK);
    animate(virtual, utterance.reqId, 2, true);
    await utterance.end(CHUNK);
    expect(heard(virtual)).toEqual({ reqId: utterance.reqId, bytes: 3 * CHUNK.length, end: true });
    animate(virtual, utterance.reqId, 1);
    animate(virtual, utterance.reqId, 0, true);
    expect(await outcomeOf(virtual, utterance)).toBe('delivered 6');
    expect(virtual.frames.map(({ index, end }) => [index, end])).toEqual([
      [0, false],
      [3, false],
      [5, false],
      [6, true],
    ]);
    const { reqId } = utterance;
    expect(virtual.envelopes).toEqual([
      ...Array.from({ length: 3 }, () => ({ reqId, end: false, isLast: false })),
      { reqId, end: true, isLast: true },
    ]);
    expect(virtual.playback).toEqual(['started', 'ended']);
  });

  it('does not complete an ended utterance whose end still waits for the socket', async () => {
    const virtual = await started();
    const utterance = virtual.session.speak();
    void utterance.write(CHUNK);
    virtual.transport.latest.bufferedBytes = 10_000_000;
    void utterance.write(CHUNK);
    void utterance.end(CHUNK);
    await virtual.clock.settle();
    expect(heard(virtual).end).toBe(false);
    animate(virtual, utterance.reqId, 1, true);
    expect(await outcomeOf(virtual, utterance)).toBe('pending');
    virtual.transport.latest.drain();
    await virtual.clock.settle();
    expect(heard(virtual)).toMatchObject({ bytes: 3 * CHUNK.length, end: true });
    animate(virtual, utterance.reqId, 2, true);
    expect(await outcomeOf(virtual, utterance)).toBe('delivered 3');
  });

  it('followed by silence: the utterance expires silenceTimeoutMs after its own end', async () => {
    const virtual = await started({ silenceTimeoutMs: 5_000 });
    const utterance = virtual.session.speak();
    await utterance.write(CHUNK);
    animate(virtual, utterance.reqId, 1, true);
    await virtual.clock.advance(60_000);
    expect(await outcomeOf(virtual, utterance)).toBe('pending');
    await utterance.end();
    await virtual.clock.advance(4_999);
    expect(await outcomeOf(virtual, utterance)).toBe('pending');
    await virtual.clock.advance(1);
    expect(await outcomeOf(virtual, utterance)).toBe('rejected expired');
  });

  it.each([
    ['replay', 0, 3],
    ['tail', 0, 1],
    ['tail', 1_000, 3],
  ] as const)(
    'and a lost connection: %s with a lead-in of %i ms continues the frame numbers',
    async (recovery, leadInMs, resent) => {
      const virtual = await started({ recovery, replay: { leadInMs } });
      const utterance = virtual.session.speak();
      await utterance.write(new Uint8Array(3 * 1_280));
      animate(virtual, utterance.reqId, 2, true);
      virtual.transport.latest.drop();
      await virtual.clock.until(() => virtual.transport.dials.length === 2);
      await virtual.clock.settle();
      const { reqId } = heard(virtual);
      expect(heard(virtual).bytes).toBe(resent * 1_280);
      // If its audio is sent again, the first segment comes again.
      if (resent === 3) animate(virtual, reqId, 2, true);
      animate(virtual, reqId, 1, true);
      expect(await outcomeOf(virtual, utterance)).toBe('pending');
      await utterance.end();
      animate(virtual, reqId, 0, true);
      expect(await outcomeOf(virtual, utterance)).toBe('replayed 3');
      expect(virtual.frames.map(({ index, end }) => [index, end])).toEqual([
        [0, false],
        [2, false],
        [3, true],
      ]);
      expect(new Set(virtual.envelopes.map((one) => one.reqId))).toEqual(new Set([utterance.reqId]));
      expect(virtual.envelopes.map(({ end }) => end)).toEqual([false, false, true]);
    },
  );

  it('does not end an unfinished request of sendAudio', async () => {
    const virtual = await started();
    const reqId = await virtual.session.sendAudio(CHUNK);
    animate(virtual, reqId, 1, true);
    expect(await virtual.session.sendAudio(CHUNK)).toBe(reqId);
    expect(await virtual.session.sendAudio(CHUNK, true)).toBe(reqId);
    animate(virtual, reqId, 1, true);
    expect(virtual.frames.map(({ end }) => end)).toEqual([false, true]);
    expect(heard(virtual)).toEqual({ reqId, bytes: 3 * CHUNK.length, end: true });
  });

  it('does not end a loop over the frames', async () => {
    const virtual = await started();
    const utterance = virtual.session.speak();
    const indices: number[] = [];
    const reading = (async () => {
      for await (const { index } of utterance) indices.push(index);
    })();
    await utterance.write(CHUNK);
    animate(virtual, utterance.reqId, 2, true);
    await utterance.end(CHUNK);
    animate(virtual, utterance.reqId, 2, true);
    await reading;
    expect(indices).toEqual([0, 2]);
  });

  it('is the last event of an utterance that its handler interrupts', async () => {
    const virtual = await started();
    const utterance = virtual.session.speak();
    virtual.session.once('frame', () => void utterance.interrupt());
    await utterance.write(CHUNK);
    animate(virtual, utterance.reqId, 1, true);
    animate(virtual, utterance.reqId, 1, true);
    expect(await outcomeOf(virtual, utterance)).toBe('interrupted 1');
    expect(virtual.frames).toHaveLength(1);
  });

  it('in a room reports that the playout of a segment is drained: playback continues', async () => {
    const virtual = await started({ livekitEgress });
    const utterance = virtual.session.speak();
    await utterance.write(CHUNK);
    animate(virtual, utterance.reqId, 0);
    animate(virtual, utterance.reqId, 0, true);
    await utterance.end(CHUNK);
    expect(await outcomeOf(virtual, utterance)).toBe('pending');
    expect(virtual.playback).toEqual(['started']);
    animate(virtual, utterance.reqId, 0);
    animate(virtual, utterance.reqId, 0, true);
    expect(await outcomeOf(virtual, utterance)).toBe('delivered 0');
    expect(virtual.playback).toEqual(['started', 'ended']);
  });
});

describe('an end of the service after the end of the request', () => {
  it('completes the utterance, and a second one has no effect', async () => {
    const virtual = await started();
    const utterance = virtual.session.speak(CHUNK);
    await virtual.clock.settle();
    for (let nth = 0; nth < 2; nth += 1) animate(virtual, utterance.reqId, 1, true);
    expect(await outcomeOf(virtual, utterance)).toBe('delivered 1');
    expect(virtual.frames.map(({ end }) => end)).toEqual([true]);
  });
});

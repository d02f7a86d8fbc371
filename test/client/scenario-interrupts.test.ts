/**
 * After `interrupt()` no frame of the request is emitted, in any situation, and the next utterance begins without
 * audio of the old one.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../src/index.js';
import type { Frame, Utterance } from '../../src/index.js';
import type { Fault } from '../../src/emulator/index.js';
import { MessageType } from '../../src/ports/message.js';
import { pieces, tone } from '../emulator/pcm.js';
import { LooseEnds } from './scenario-support/loose-ends.js';
import { enters, next } from './scenario-support/record.js';
import { expectSpokenOnce } from './scenario-support/spoken.js';
import { openTrial } from './scenario-support/trial.js';
import { virtualSession } from './virtual-session.js';

const PCM = tone(600);
const LATE: Fault = {
  kind: 'framesAfterInterrupt',
  phase: 'runtime',
  times: 'always',
  keyframes: 10,
  overMs: 10,
};

describe('interrupt()', () => {
  it('stops frames for every way of delivery', async () => {
    const raw: Uint8Array[] = [];
    const transportFrames = (bytes: Uint8Array): void => void raw.push(bytes);
    await using trial = await openTrial({ faults: [LATE], pace: 4 }, { transportFrames });
    const { session, seen, service } = trial;
    await session.start();
    const utterance = session.speak(PCM);
    await next(session, 'frame');
    await utterance.interrupt();
    const [heard, rawHeard] = [seen.frames.length, raw.length];
    const looped: Frame[] = [];
    for await (const frame of utterance) looped.push(frame);
    let late = 0;
    await service.waitFor((e) => {
      if (e.event === 'animation') late += 1;
      return late >= heard + 10;
    });
    for (let turns = 0; turns < 5; turns += 1) await turn();
    expect([seen.frames.length, raw.length, looped.length]).toEqual([heard, rawHeard, 0]);
    expect(await utterance.finished).toMatchObject({ outcome: 'interrupted', keyframes: heard });
  });

  it('without a connection prevents a re-send of the request, and sends no interrupt on the new connection', async () => {
    const faults: Fault[] = [
      LATE,
      { kind: 'close', phase: 'runtime', nth: 1, afterKeyframes: 3, code: 4503 },
    ];
    await using trial = await openTrial({ faults, pace: 8 });
    const { session, seen, service } = trial;
    await session.start();
    const utterance = session.speak(PCM);
    await enters(session, 'session_token');
    await utterance.interrupt();
    const heard = seen.frames.length;
    await next(session, 'reconnect');
    const following = session.speak(tone(100, 2));
    await following.finished;
    expect(seen.framesOf(utterance.reqId)).toHaveLength(heard);
    expectSpokenOnce(seen.frames, following.reqId, tone(100, 2));
    const second = service.log.filter((e) => 'connection' in e && e.connection === 2);
    expect(second.some(({ event }) => event === 'interrupted')).toBe(false);
    expect(new Set(second.flatMap((e) => (e.event === 'audio' ? [e.reqId] : [])))).toEqual(
      new Set([following.reqId]),
    );
  });

  it('after a re-send interrupts the current id on the wire', async () => {
    const faults: Fault[] = [{ kind: 'close', phase: 'runtime', nth: 1, afterKeyframes: 3, code: 4503 }];
    await using trial = await openTrial({ faults, pace: 4 });
    const { session, seen, service } = trial;
    await session.start();
    const utterance = session.speak(PCM);
    await next(session, 'reconnect');
    const { reqId: wireReqId } = (await service.waitFor(
      (e) => e.event === 'audio' && e.connection === 2,
    )) as { reqId: string };
    await utterance.interrupt();
    const heard = seen.frames.length;
    const interrupted = await service.waitFor(({ event }) => event === 'interrupted');
    expect(interrupted).toMatchObject({ connection: 2, reqId: wireReqId, known: true });
    expect(wireReqId).not.toBe(utterance.reqId);
    await session.speak(tone(40)).finished;
    expect(seen.framesOf(utterance.reqId)).toHaveLength(heard);
  });

  it('refuses later audio, with the reason', async () => {
    await using trial = await openTrial();
    const { session, service } = trial;
    await session.start();
    const utterance = session.speak();
    await utterance.write(PCM);
    await utterance.interrupt();
    const refusal = {
      code: 'invalidRequest',
      outcome: 'interrupted',
      reqId: utterance.reqId,
      willRetry: true,
    };
    await expect(utterance.write(PCM)).rejects.toMatchObject(refusal);
    await expect(utterance.end()).rejects.toThrow('the utterance is over (interrupted): begin a new one');
    await utterance.interrupt();
    await session.speak(tone(40)).finished;
    expect(service.log.filter(({ event }) => event === 'interrupted')).toHaveLength(1);
  });

  it('begins a new request with the next sendAudio, without a byte of the old one', async () => {
    await using trial = await openTrial();
    const { session, seen } = trial;
    await session.start();
    // At the interrupt, an odd byte waits for the second byte of its sample.
    const cut = await session.sendAudio(PCM.subarray(0, 641));
    expect(await session.interrupt()).toBe(cut);
    const pcm = tone(200, 3);
    const reqId = await session.sendAudio(pcm, true);
    expect(reqId).not.toBe(cut);
    while (!seen.framesOf(reqId).some(({ end }) => end)) await next(session, 'frame');
    expectSpokenOnce(seen.frames, reqId, pcm);
    expect(await session.interrupt()).toBeUndefined();
  });

  it('in a frame handler makes that frame the last one', async () => {
    await using trial = await openTrial({ faults: [LATE] });
    const { session, seen } = trial;
    await session.start();
    session.once('frame', () => void session.interrupt());
    const utterance = session.speak(PCM);
    await utterance.finished;
    await session.speak(tone(40)).finished;
    expect(seen.framesOf(utterance.reqId)).toHaveLength(1);
  });

  it('settles a write that waits for the socket, at the latest when the socket ends', async () => {
    const { session, transport } = virtualSession({ service: (dial) => void dial.confirm() });
    await session.start();
    transport.latest.bufferedBytes = 1_000_000;
    const utterance = session.speak();
    const writing = utterance.write(PCM);
    await utterance.interrupt();
    transport.latest.drain();
    await writing;
    const types = transport.latest.received.map(({ type }) => type);
    expect(types.at(-1)).toBe(MessageType.clientInterrupt);
    await session.close();
  });
});

describe('a thousand interrupts, most of them near the loss of a connection', () => {
  const CUTS: readonly Fault[] = [
    LATE,
    { kind: 'reset', phase: 'runtime', times: 'always', probability: 0.5, afterKeyframes: [1, 60] },
    { kind: 'close', phase: 'runtime', times: 'always', afterAudioBytes: [0, 60_000], code: 4503 },
    { kind: 'delay', phase: 'handshake', times: 'always', probability: 0.3, delayMs: 3 },
  ];

  it.each([21, 22])('are followed by no frame of their requests (half %i)', async (seed) => {
    using loose = new LooseEnds();
    await using trial = await openTrial({ seed, faults: CUTS, keyframesPerMessage: [1, 3] });
    const { session, seen, service } = trial;
    const random = createSeededRandom(seed);
    const over = new Set<string>();
    const ended: Utterance[] = [];
    let late = 0;
    session.on('frame', ({ reqId }) => (late += over.has(reqId) ? 1 : 0));
    let reconnecting = 0;
    await session.start();
    for (let nth = 0; nth < 500; nth += 1) {
      const utterance = session.speak(pieces(PCM.subarray(0, 3_200 + 2 * nth), 1_601));
      for (let turns = Math.floor(random.next() * 8); turns > 0; turns -= 1) await turn();
      if (random.next() < 0.2) await utterance.finished.catch(() => undefined);
      if (session.state !== 'websocket_runtime') {
        reconnecting += 1;
        // Interrupts about half of the utterances only after the reconnect, during the re-send.
        if (random.next() < 0.5) await enters(session, 'websocket_runtime');
      }
      await (random.next() < 0.5 ? utterance.interrupt() : session.interrupt());
      over.add(utterance.reqId);
      ended.push(utterance);
    }
    await session.speak(PCM).finished;
    await loose.settle();
    expect(late).toBe(0);
    const outcomes = await Promise.all(ended.map(async ({ finished }) => (await finished).outcome));
    expect(outcomes.filter((outcome) => outcome === 'interrupted').length).toBeGreaterThan(100);
    expect(reconnecting).toBeGreaterThan(50);
    expect(seen.reconnects.length).toBeGreaterThan(50);
    expect(service.peakOpenSockets).toBe(1);
    expect(loose.found).toEqual([]);
  });
});

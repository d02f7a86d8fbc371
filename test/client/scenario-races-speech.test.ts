/**
 * Calls for speech at unusual times: before the start, during an outage, after the end, and during an interrupt.
 */
import { describe, expect, it } from 'vitest';
import { animate } from '../../src/emulator/index.js';
import type { Fault } from '../../src/emulator/index.js';
import { tone } from '../emulator/pcm.js';
import { LooseEnds } from './scenario-support/loose-ends.js';
import { enters, next } from './scenario-support/record.js';
import { expectSpokenOnce, heardOut } from './scenario-support/spoken.js';
import { openTrial } from './scenario-support/trial.js';

const DROPPED: readonly Fault[] = [
  { kind: 'close', phase: 'runtime', nth: 1, afterMs: 5, code: 4503, reason: 'deploy' },
  { kind: 'delay', phase: 'token', nth: 2, delayMs: 60 },
];

describe('start()', () => {
  it('twice returns the result of the first call: one dial, one connection id', async () => {
    await using trial = await openTrial();
    const { session } = trial;
    const [first, second] = await Promise.all([session.start(), session.start()]);
    expect(second).toBe(first);
    expect(await session.start()).toBe(first);
    expect(trial.dials).toBe(1);
    expect(session.connectionId).toBe(first);
  });

  it('after init() dials with the token that init() fetched', async () => {
    await using trial = await openTrial();
    await trial.session.init();
    await trial.session.start();
    expect(trial.dials).toBe(1);
  });
});

describe('speech at unusual times', () => {
  it('sendAudio before start() is refused, and its audio is not sent later', async () => {
    await using trial = await openTrial();
    const { session, service } = trial;
    await expect(session.sendAudio(tone(20))).rejects.toMatchObject({ code: 'invalidRequest' });
    await session.start();
    await session.speak(tone(40)).finished;
    expect(new Set(service.log.flatMap((e) => (e.event === 'audio' ? [e.reqId] : []))).size).toBe(1);
  });

  it('sendAudio during the first connect is accepted, and sent when there is a connection', async () => {
    await using trial = await openTrial({ faults: [{ kind: 'delay', phase: 'handshake', delayMs: 30 }] });
    const { session, seen } = trial;
    const started = session.start();
    await enters(session, 'websocket_connect');
    const pcm = tone(500);
    const reqId = await session.sendAudio(pcm, true);
    await started;
    await heardOut(session, reqId, seen.frames);
    expectSpokenOnce(seen.frames, reqId, pcm);
  });

  it('speech in the same turn as start() is accepted, and init() then has no effect', async () => {
    await using trial = await openTrial();
    const { session, seen } = trial;
    void session.start();
    void session.init();
    const pcm = tone(500);
    const utterance = session.speak(pcm);
    const reqId = await session.sendAudio(pcm, true);
    await heardOut(session, reqId, seen.frames);
    expectSpokenOnce(seen.frames, utterance.reqId, pcm);
    expectSpokenOnce(seen.frames, reqId, pcm);
    expect(trial.dials).toBe(1);
  });

  it('sendAudio during an outage is accepted, and sent on the next connection', async () => {
    await using trial = await openTrial({ faults: DROPPED });
    const { session, seen } = trial;
    await session.start();
    await enters(session, 'session_token');
    const pcm = tone(500);
    const reqId = await session.sendAudio(pcm, true);
    expect(session.state).toBe('session_token');
    await heardOut(session, reqId, seen.frames);
    expectSpokenOnce(seen.frames, reqId, pcm);
  });

  it('sendAudio does not keep the buffer of the caller, which can be reused at once, also during an outage', async () => {
    await using trial = await openTrial({ faults: DROPPED });
    const { session, seen } = trial;
    await session.start();
    await enters(session, 'session_token');
    const pcm = tone(400);
    const buffer = Buffer.from(pcm);
    const reqId = await session.sendAudio(buffer, true);
    buffer.fill(0);
    await heardOut(session, reqId, seen.frames);
    expectSpokenOnce(seen.frames, reqId, pcm);
  });

  it('sendAudio after close() rejects, and no rejection is unhandled', async () => {
    using loose = new LooseEnds();
    await using trial = await openTrial();
    const { session } = trial;
    await session.start();
    await session.close();
    void session.sendAudio(tone(20));
    await expect(session.sendAudio(tone(20))).rejects.toMatchObject({ reason: 'closed' });
    await loose.settle();
    expect(loose.found).toEqual([]);
  });

  it('an utterance that was interrupted during an outage is not sent again', async () => {
    await using trial = await openTrial({ faults: DROPPED });
    const { session, seen, service } = trial;
    await session.start();
    const reqId = await session.sendAudio(tone(200));
    await enters(session, 'session_token');
    const before = seen.framesOf(reqId).length;
    expect(await session.interrupt()).toBe(reqId);
    await next(session, 'reconnect');
    const pcm = tone(200, 2);
    const following = session.speak(pcm);
    await following.finished;
    expect(seen.framesOf(reqId)).toHaveLength(before);
    expectSpokenOnce(seen.frames, following.reqId, pcm);
    const saidLater = service.log.filter((e) => e.event === 'audio' && e.connection === 2);
    expect(new Set(saidLater.map((e) => (e.event === 'audio' ? e.reqId : '')))).toEqual(
      new Set([following.reqId]),
    );
  });

  it('late frames of an interrupted request are never delivered', async () => {
    const faults: Fault[] = [
      { kind: 'framesAfterInterrupt', phase: 'runtime', times: 'always', keyframes: 10, overMs: 20 },
    ];
    await using trial = await openTrial({ pace: 4, faults });
    const { session, seen, service } = trial;
    await session.start();
    const utterance = session.speak(tone(2_000));
    await next(session, 'frame');
    await utterance.interrupt();
    const delivered = seen.framesOf(utterance.reqId).length;
    expect(await utterance.finished).toMatchObject({ outcome: 'interrupted', keyframes: delivered });
    let late = 0;
    await service.waitFor((e) => e.event === 'interrupted');
    await service.waitFor(
      (e) => e.event === 'animation' && e.reqId === utterance.reqId && ++late >= delivered + 10,
    );
    // These frames are sent after the late frames, over the same socket, so the late ones have arrived.
    await session.speak(tone(40)).finished;
    expect(seen.framesOf(utterance.reqId)).toHaveLength(delivered);
  });

  it('an interrupt in the handler of a frame ends the request after this frame', async () => {
    await using trial = await openTrial({ keyframesPerMessage: 2 });
    const { session, seen } = trial;
    session.on('frame', () => void session.interrupt());
    await session.start();
    const utterance = session.speak(tone(1_000));
    expect(await utterance.finished).toMatchObject({ outcome: 'interrupted', keyframes: 2 });
    expect(seen.frames).toHaveLength(1);
  });

  it('a loop over an interrupted utterance ends without an error', async () => {
    await using trial = await openTrial({ pace: 4 });
    const { session } = trial;
    await session.start();
    const utterance = session.speak(tone(2_000));
    let keyframes = 0;
    for await (const frame of utterance) {
      keyframes += frame.keyframes.length;
      if (keyframes === 3) await session.interrupt();
    }
    expect(keyframes).toBe(3);
    expect(animate(tone(2_000), 16_000)).toHaveLength(50);
  });
});

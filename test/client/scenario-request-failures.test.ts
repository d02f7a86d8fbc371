/**
 * Failures that do not end the connection: of one request, of one frame, or without a request.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Fault } from '../../src/emulator/index.js';
import { pieces, tone } from '../emulator/pcm.js';
import { next } from './scenario-support/record.js';
import { CHUNK_BYTES, expectSpokenOnce } from './scenario-support/spoken.js';
import { openTrial } from './scenario-support/trial.js';

describe('an error of one request', () => {
  it('fails only that utterance', async () => {
    const fault: Fault = {
      kind: 'serverError',
      phase: 'runtime',
      nth: 1,
      afterAudioBytes: 640,
      code: 3,
      message: 'bad audio',
      reqId: 'current',
    };
    await using trial = await openTrial({ faults: [fault] });
    const { session, seen } = trial;
    const connectionId = await session.start();
    const failing = session.speak();
    await failing.write(tone(40));
    await expect(failing.finished).rejects.toMatchObject({
      code: 'invalidRequest',
      serverDetail: 'bad audio',
      reqId: failing.reqId,
      outcome: 'failed',
      willRetry: true,
    });
    await expect(failing.write(tone(40))).rejects.toMatchObject({ code: 'invalidRequest' });
    expect(seen.errors).toHaveLength(1);
    const pcm = tone(400, 2);
    const following = session.speak(pcm);
    await following.finished;
    expectSpokenOnce(seen.frames, following.reqId, pcm);
    expect(session.connectionId).toBe(connectionId);
    expect(trial.dials).toBe(1);
  });

  it('of sendAudio causes a refusal of the rest of that request, but not of the next one', async () => {
    const fault: Fault = {
      kind: 'serverError',
      phase: 'runtime',
      nth: 1,
      afterAudioBytes: 640,
      code: 3,
      message: 'bad',
      reqId: 'current',
    };
    await using trial = await openTrial({ faults: [fault] });
    const { session } = trial;
    await session.start();
    const failed = next(session, 'error');
    const reqId = await session.sendAudio(tone(40));
    expect(await failed).toMatchObject({ reqId });
    await expect(session.sendAudio(tone(40))).rejects.toMatchObject({ reqId, outcome: 'failed' });
    await expect(session.sendAudio(tone(40), true)).rejects.toMatchObject({ reqId });
    expect(await session.sendAudio(tone(40), true)).not.toBe(reqId);
  });

  it('that names an unknown request does not affect an utterance', async () => {
    const fault: Fault = {
      kind: 'serverError',
      phase: 'runtime',
      nth: 1,
      afterAudioBytes: 640,
      code: 14,
      message: 'x',
      reqId: 'foreign',
    };
    await using trial = await openTrial({ faults: [fault] });
    const { session, seen } = trial;
    await session.start();
    const reported = next(session, 'error');
    expect(await session.speak(tone(400)).finished).toMatchObject({ outcome: 'delivered' });
    await reported;
    expect(seen.errors).toMatchObject([{ code: 'upstreamError', willRetry: true }]);
    expect(trial.dials).toBe(1);
  });

  it('without a request, with an unknown code, is emitted when no close follows, and the connection stays open', async () => {
    const fault: Fault = {
      kind: 'serverError',
      phase: 'runtime',
      nth: 1,
      afterAudioBytes: 640,
      code: 99,
      message: 'odd',
    };
    await using trial = await openTrial({ faults: [fault] });
    const { session, seen } = trial;
    await session.start();
    const reported = next(session, 'error');
    expect(await session.speak(tone(400)).finished).toMatchObject({ outcome: 'delivered' });
    expect(await reported).toMatchObject({ code: 'serverError', serverCode: '99', willRetry: true });
    expect(seen.errors).toHaveLength(1);
    expect(trial.dials).toBe(1);
  });

  it('by a missing end fails the utterance after the time of silence, and the session continues', async () => {
    await using trial = await openTrial(
      { faults: [{ kind: 'dropEnd', phase: 'runtime', nth: 1 }] },
      { silenceTimeoutMs: 50 },
    );
    const { session, seen } = trial;
    await session.start();
    const first = session.speak(tone(400));
    await expect(first.finished).rejects.toMatchObject({
      code: 'upstreamError',
      outcome: 'expired',
      reqId: first.reqId,
    });
    expect(seen.errors).toHaveLength(1);
    expect(await session.speak(tone(400)).finished).toMatchObject({ outcome: 'delivered' });
    expect(trial.dials).toBe(1);
  });
});

describe('frames that are not messages', () => {
  it.each([
    ['garbage', { kind: 'garble', phase: 'runtime', nth: 1, afterAudioBytes: 640, count: 8 }],
    ['text', { kind: 'textFrame', phase: 'runtime', nth: 1, afterAudioBytes: 640, count: 8 }],
  ] as const)('eight of %s in a row are emitted, and the session goes on', async (_what, fault) => {
    await using trial = await openTrial({ faults: [fault] });
    const { session, seen } = trial;
    await session.start();
    expect(await session.speak(pieces(tone(400), CHUNK_BYTES)).finished).toMatchObject({
      outcome: 'delivered',
      keyframes: 10,
    });
    expect(seen.errors.map(({ code, willRetry }) => [code, willRetry])).toEqual(
      Array.from({ length: 8 }, () => ['protocolError', true]),
    );
    expect(trial.dials).toBe(1);
  });

  it('that are nine in a row close the connection', async () => {
    await using trial = await openTrial({ faults: [{ kind: 'garble', phase: 'runtime', nth: 1, count: 9 }] });
    const { session, seen, service } = trial;
    const closed = next(session, 'close');
    await session.start();
    expect(await closed).toMatchObject({
      reason: 'failed',
      error: { code: 'protocolError', reason: 'rule' },
    });
    expect(seen.errors).toHaveLength(9);
    expect(await service.waitFor((e) => e.event === 'closed')).toMatchObject({ by: 'client', code: 1002 });
  });

  it('that are larger than accepted close the connection with 1009', async () => {
    const fault: Fault = { kind: 'oversizedFrame', phase: 'runtime', nth: 1, bytes: 4_096 };
    await using trial = await openTrial({ faults: [fault] }, { maxMessageBytes: 2_048 });
    const { session, seen, service } = trial;
    const closed = next(session, 'close');
    await session.start();
    expect(await closed).toMatchObject({
      reason: 'failed',
      error: { code: 'protocolError', phase: 'websocket_runtime' },
    });
    expect(seen.errors).toHaveLength(1);
    expect(await service.waitFor((e) => e.event === 'closed')).toMatchObject({ code: 1009 });
  });

  it('before them, an end that comes twice is reported once', async () => {
    await using trial = await openTrial({
      faults: [{ kind: 'duplicateEnd', phase: 'runtime', times: 'always' }],
    });
    const { session, seen } = trial;
    await session.start();
    const { reqId } = await session.speak(tone(400)).finished;
    await session.speak(tone(40)).finished;
    await turn();
    expect(seen.framesOf(reqId).filter(({ end }) => end)).toHaveLength(1);
  });
});

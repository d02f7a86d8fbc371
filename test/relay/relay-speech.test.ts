/** Speech through a relay, and the messages that the page gets. Virtual time. */
import { describe, expect, it } from 'vitest';
import { closeRelay, confirms, receivedBy, relayStage, SECOND, seconds, sound } from './relay-stage.js';

describe('speech', () => {
  it('reaches the page as audio, frames and an end, with one request id', async () => {
    const stage = await relayStage();
    const { finished, reqId } = stage.relay.speak(sound(2));
    await stage.clock.settle();
    expect(await finished).toMatchObject({ outcome: 'delivered', keyframes: 50 });
    const heard = receivedBy(stage.browser);
    expect(heard.lines).toEqual([
      'ready',
      'audio 32768',
      'frame 0-25',
      'audio 31232',
      'frame 25-50',
      // The service sends the end as a separate message.
      'frame 50-50',
      'end',
    ]);
    expect(heard.reqIds).toEqual([reqId]);
    expect(Buffer.compare(heard.audio, sound(2))).toBe(0);
    await closeRelay(stage);
  });

  it('keeps its request id and arrives once when the service resets in mid-speech', async () => {
    const stage = await relayStage({}, { options: { recovery: 'tail' } });
    const given = { count: 0 };
    const { finished, reqId } = stage.relay.speak(seconds(8, given));
    while (given.count < 4) await Promise.resolve();
    stage.transport.latest.drop();
    await stage.clock.advance(60_000);
    expect(await finished).toMatchObject({ outcome: 'replayed', keyframes: 200 });
    const heard = receivedBy(stage.browser);
    expect(heard.keyframes).toBe(200);
    expect(heard.reqIds).toEqual([reqId]);
    expect(heard.audio.length).toBe(8 * SECOND);
    expect(heard.lines.at(-1)).toBe('end');
    expect(heard.lines.filter((line) => line === 'end')).toHaveLength(1);
    await closeRelay(stage);
  });

  it('arrives one utterance after the other, each with its end', async () => {
    const stage = await relayStage();
    const first = stage.relay.speak(seconds(3));
    const second = stage.relay.speak(seconds(2));
    const third = stage.relay.speak(sound(1));
    await stage.clock.settle();
    await Promise.all([first.finished, second.finished, third.finished]);
    const heard = receivedBy(stage.browser);
    expect(heard.reqIds).toEqual([first.reqId, second.reqId, third.reqId]);
    const { lines } = heard;
    expect(lines.filter((line) => line === 'end')).toHaveLength(3);
    expect(heard.keyframes).toBe(150);
    await closeRelay(stage);
  });

  it('sends nothing for speech without audio', async () => {
    const stage = await relayStage();
    const { finished } = stage.relay.speak([]);
    await stage.clock.advance(1_000);
    expect(await finished).toMatchObject({ outcome: 'delivered', keyframes: 0 });
    expect(receivedBy(stage.browser).lines).toEqual(['ready']);
    await closeRelay(stage);
  });

  it('is converted once, for the service and for the page', async () => {
    const stage = await relayStage();
    const floats = Float32Array.from({ length: 16_000 }, (_, at) => Math.sin(at / 20));
    const format = { encoding: 'pcm_f32le', sampleRateHz: 16_000 } as const;
    const { finished } = stage.relay.speak([floats], { format });
    // The conversion is loaded on first use.
    while (receivedBy(stage.browser).audio.length < SECOND) await new Promise(setImmediate);
    await stage.clock.settle();
    expect(await finished).toMatchObject({ keyframes: 25 });
    const { audio } = receivedBy(stage.browser);
    expect(new Int16Array(audio.slice().buffer)[100]).toBe(-31_422);
    await closeRelay(stage);
  });

  it('has whole samples for the page if the source splits them', async () => {
    const stage = await relayStage();
    const all = sound(1);
    const { finished } = stage.relay.speak([
      all.subarray(0, 1001),
      all.subarray(1001, 1002),
      all.subarray(1002),
    ]);
    await stage.clock.settle();
    await finished;
    const heard = receivedBy(stage.browser);
    expect(heard.lines.filter((line) => line.startsWith('audio'))).toEqual([
      'audio 1000',
      'audio 2',
      'audio 30998',
    ]);
    expect(Buffer.compare(heard.audio, all)).toBe(0);
    await closeRelay(stage);
  });

  it('fails with the code of the client, and has an end, when the service refuses it in the middle', async () => {
    const stage = await relayStage({}, { service: confirms });
    const { finished, reqId } = stage.relay.speak(sound(1));
    await stage.clock.settle();
    stage.transport.latest.animate(reqId, 10);
    stage.transport.latest.refuseRequest(reqId, 3, 'secret text of the service');
    await stage.clock.advance(60_000);
    await expect(finished).rejects.toMatchObject({ outcome: 'failed' });
    const { lines } = receivedBy(stage.browser);
    expect(lines).toEqual(['ready', 'audio 32000', 'frame 0-10', 'error serverError', 'end']);
    expect(stage.browser.got.filter((one) => String(one).includes('secret'))).toEqual([]);
    await closeRelay(stage);
  });

  it('fails when its source does, and the source gets the signal of an interrupt', async () => {
    const stage = await relayStage();
    const failing = stage.relay.speak(async function* () {
      yield sound(1);
      await Promise.resolve();
      throw new Error('the TTS is out of voices');
    });
    await stage.clock.settle();
    await expect(failing.finished).rejects.toMatchObject({ outcome: 'failed' });
    expect(receivedBy(stage.browser).lines.slice(-2)).toEqual(['error serverError', 'end']);
    let signal: AbortSignal | undefined;
    const cut = stage.relay.speak((given) => {
      signal = given;
      return new Promise<never>(() => undefined);
    });
    await stage.clock.settle();
    expect(signal?.aborted).toBe(false);
    await cut.interrupt();
    await stage.clock.settle();
    expect(signal?.aborted).toBe(true);
    await closeRelay(stage);
  });

  it('fails when its source gives no audio for too long, also while the page waits', async () => {
    const stage = await relayStage({ sourceTimeoutMs: 5_000 });
    const { finished } = stage.relay.speak(() => new Promise<never>(() => undefined));
    const failed = expect(finished).rejects.toMatchObject({ outcome: 'failed' });
    await stage.clock.advance(8_000);
    await failed;
    await closeRelay(stage);
  });
});

describe('an interrupt', () => {
  it('of the page clears both queues, and the page gets the end of the old speech', async () => {
    const stage = await relayStage({ windowBytes: 64 * 1024 });
    stage.browser.stopReading();
    const first = stage.relay.speak(seconds(100));
    const second = stage.relay.speak(seconds(100));
    await stage.clock.settle();
    stage.browser.say({ type: 'interrupt' });
    await stage.clock.settle();
    expect(await first.finished).toMatchObject({ outcome: 'interrupted' });
    expect(await second.finished).toMatchObject({ outcome: 'interrupted' });
    expect(stage.events.at(-1)).toEqual({ name: 'interrupt', payload: { reqId: second.reqId } });
    stage.browser.read();
    const third = stage.relay.speak(sound(1));
    await stage.clock.settle();
    await third.finished;
    const { lines, reqIds } = receivedBy(stage.browser);
    const after = lines.slice(lines.indexOf('interrupt'));
    expect(after.map((line) => line.split(' ')[0])).toEqual(['interrupt', 'audio', 'frame', 'frame', 'end']);
    expect(reqIds).toEqual([first.reqId, third.reqId]);
    await closeRelay(stage);
  });

  it('stops playback on the page after the service has finished the utterance', async () => {
    const stage = await relayStage();
    const { finished } = stage.relay.speak(sound(2));
    await stage.clock.settle();
    await finished;
    expect(await stage.relay.interrupt()).toBeUndefined();
    await stage.clock.settle();
    expect(receivedBy(stage.browser).lines.slice(-2)).toEqual(['end', 'interrupt']);
    await stage.relay.interrupt();
    await stage.clock.settle();
    expect(receivedBy(stage.browser).lines.slice(-2)).toEqual(['end', 'interrupt']);
    await closeRelay(stage);
  });

  it('of one utterance does not affect others', async () => {
    const stage = await relayStage({ windowBytes: 64 * 1024 });
    stage.browser.stopReading();
    const first = stage.relay.speak(seconds(10));
    const second = stage.relay.speak(seconds(2));
    await stage.clock.settle();
    await first.interrupt();
    stage.browser.read();
    await stage.clock.settle();
    expect(await second.finished).toMatchObject({ outcome: 'delivered', keyframes: 50 });
    const { lines, reqIds } = receivedBy(stage.browser);
    expect(lines.filter((line) => line === 'interrupt')).toHaveLength(1);
    expect(lines.at(-1)).toBe('end');
    expect(reqIds).toEqual([first.reqId, second.reqId]);
    await closeRelay(stage);
  });

  it('has the position that the page has played', async () => {
    const stage = await relayStage({}, { service: confirms });
    const { finished, reqId } = stage.relay.speak(sound(2));
    await stage.clock.settle();
    stage.transport.latest.animate(reqId, 50);
    stage.browser.say({ type: 'played', reqId, ms: 720 });
    stage.browser.say({ type: 'interrupt' });
    await stage.clock.settle();
    expect(await finished).toMatchObject({ outcome: 'interrupted', positionMs: 720 });
    await closeRelay(stage);
  });
});

/** A relay: what the page gets of what is said, what it may send, and how both sides end. Virtual time. */
import { describe, expect, it } from 'vitest';
import { UpgradeRefused } from '../../src/index.js';
import { FakeBrowser } from './fake-browser.js';
import { animates, closeRelay, confirms, heardBy, relayStage, SECOND, sound } from './relay-stage.js';

const seconds = async function* (count: number, given: { count: number } = { count: 0 }) {
  for (; given.count < count; given.count += 1) {
    yield sound(1, given.count);
    await Promise.resolve();
  }
};

describe('what is said', () => {
  it('reaches the page as audio, frames and an end, with one request id', async () => {
    const stage = await relayStage();
    const { finished, reqId } = stage.relay.speak(sound(2));
    await stage.clock.settle();
    expect(await finished).toMatchObject({ outcome: 'delivered', keyframes: 50 });
    const heard = heardBy(stage.browser);
    expect(heard.lines).toEqual([
      'ready',
      'audio 32768',
      'frame 0-25',
      'audio 31232',
      'frame 25-50',
      // The service says the end in a message of its own.
      'frame 50-50',
      'end',
    ]);
    expect(heard.reqIds).toEqual([reqId]);
    expect(Buffer.compare(heard.audio, sound(2))).toBe(0);
    await closeRelay(stage);
  });

  it('keeps its request id and comes once when the service resets in mid-speech', async () => {
    const stage = await relayStage({}, { options: { recovery: 'tail' } });
    const given = { count: 0 };
    const { finished, reqId } = stage.relay.speak(seconds(8, given));
    while (given.count < 4) await Promise.resolve();
    stage.transport.latest.drop();
    await stage.clock.advance(60_000);
    expect(await finished).toMatchObject({ outcome: 'replayed', keyframes: 200 });
    const heard = heardBy(stage.browser);
    expect(heard.keyframes).toBe(200);
    expect(heard.reqIds).toEqual([reqId]);
    expect(heard.audio.length).toBe(8 * SECOND);
    expect(heard.lines.at(-1)).toBe('end');
    expect(heard.lines.filter((line) => line === 'end')).toHaveLength(1);
    await closeRelay(stage);
  });

  it('comes one utterance after the other, each with its end', async () => {
    const stage = await relayStage();
    const first = stage.relay.speak(seconds(3));
    const second = stage.relay.speak(seconds(2));
    const third = stage.relay.speak(sound(1));
    await stage.clock.settle();
    await Promise.all([first.finished, second.finished, third.finished]);
    const heard = heardBy(stage.browser);
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
    expect(heardBy(stage.browser).lines).toEqual(['ready']);
    await closeRelay(stage);
  });

  it('is converted once, for the service and for the page', async () => {
    const stage = await relayStage();
    const floats = Float32Array.from({ length: 16_000 }, (_, at) => Math.sin(at / 20));
    const format = { encoding: 'pcm_f32le', sampleRateHz: 16_000 } as const;
    const { finished } = stage.relay.speak([floats], { format });
    // The conversion is loaded when it is first needed.
    while (heardBy(stage.browser).audio.length < SECOND) await new Promise(setImmediate);
    await stage.clock.settle();
    expect(await finished).toMatchObject({ keyframes: 25 });
    const { audio } = heardBy(stage.browser);
    expect(new Int16Array(audio.slice().buffer)[100]).toBe(-31_422);
    await closeRelay(stage);
  });

  it('has whole samples for the page where the source splits them', async () => {
    const stage = await relayStage();
    const all = sound(1);
    const { finished } = stage.relay.speak([
      all.subarray(0, 1001),
      all.subarray(1001, 1002),
      all.subarray(1002),
    ]);
    await stage.clock.settle();
    await finished;
    const heard = heardBy(stage.browser);
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
    const { lines } = heardBy(stage.browser);
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
    expect(heardBy(stage.browser).lines.slice(-2)).toEqual(['error serverError', 'end']);
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

  it('fails when its source gives nothing for too long, also while the page waits', async () => {
    const stage = await relayStage({ sourceTimeoutMs: 5_000 });
    const { finished } = stage.relay.speak(() => new Promise<never>(() => undefined));
    const failed = expect(finished).rejects.toMatchObject({ outcome: 'failed' });
    await stage.clock.advance(8_000);
    await failed;
    await closeRelay(stage);
  });
});

describe('a page that reads slowly', () => {
  it('stops the source at the window, and the service with it; then goes on', async () => {
    const stage = await relayStage({ windowBytes: 64 * 1024, lingerMs: 1_000 });
    stage.browser.stopReading();
    const given = { count: 0 };
    const { finished } = stage.relay.speak(seconds(100, given));
    await stage.clock.settle();
    expect(given.count).toBeLessThanOrEqual(4);
    expect(stage.relay.queuedBytes).toBeLessThan(64 * 1024 + 2 * SECOND);
    expect(stage.browser.bufferedAmount).toBeLessThan(64 * 1024 + SECOND);
    stage.browser.read();
    await stage.clock.settle();
    expect(await finished).toMatchObject({ outcome: 'delivered', keyframes: 2_500 });
    expect(heardBy(stage.browser).keyframes).toBe(2_500);
    expect(stage.relay.queuedBytes).toBeLessThan(64 * 1024);
    await closeRelay(stage);
  });

  it('is gone when it answers no ping for a period', async () => {
    const stage = await relayStage({ heartbeatMs: 10_000 });
    stage.browser.stopReading();
    const { finished } = stage.relay.speak(seconds(100));
    await stage.clock.advance(25_000);
    expect(stage.browser.terminated).toBe(true);
    expect(stage.events.map(({ name }) => name)).toEqual(['attached', 'detached', 'close']);
    expect(stage.session.state).toBe('closed');
    expect(stage.transport.openSockets).toBe(0);
    await finished.catch(() => undefined);
    expect(stage.clock.pendingTimers).toBe(0);
  });

  it('can not confirm what it has not read', async () => {
    const stage = await relayStage({ windowBytes: 64 * 1024 });
    stage.browser.stopReading();
    const given = { count: 0 };
    stage.relay.speak(seconds(100, given));
    await stage.clock.settle();
    for (let number = 0; number < 200; number += 1) stage.browser.pong(String(number));
    await stage.clock.settle();
    expect(given.count).toBeLessThanOrEqual(4);
    await closeRelay(stage);
  });

  it('stays while it is silent and answers pings', async () => {
    const stage = await relayStage({ heartbeatMs: 10_000 });
    await stage.clock.advance(600_000);
    expect(stage.relay.isAttached).toBe(true);
    await closeRelay(stage);
  });

  it('interrupts what is said when the frames are more than may be kept', async () => {
    const stage = await relayStage({ maxQueuedBytes: 1024 * 1024 }, { service: confirms });
    const { finished, reqId } = stage.relay.speak(sound(1));
    await stage.clock.settle();
    stage.browser.stopReading();
    for (let count = 0; count < 200; count += 1) stage.transport.latest.animate(reqId, 25, { floats: 120 });
    await stage.clock.settle();
    expect(await finished).toMatchObject({ outcome: 'interrupted' });
    expect(stage.relay.queuedBytes).toBe(0);
    stage.browser.read();
    await stage.clock.settle();
    expect(heardBy(stage.browser).lines.at(-1)).toBe('interrupt');
    await closeRelay(stage);
  });
});

describe('an interrupt', () => {
  it('of the page clears both queues, and the page hears where the old speech ends', async () => {
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
    const { lines, reqIds } = heardBy(stage.browser);
    const after = lines.slice(lines.indexOf('interrupt'));
    expect(after.map((line) => line.split(' ')[0])).toEqual(['interrupt', 'audio', 'frame', 'frame', 'end']);
    expect(reqIds).toEqual([first.reqId, third.reqId]);
    await closeRelay(stage);
  });

  it('reaches what the page still plays when the service is done with it', async () => {
    const stage = await relayStage();
    const { finished } = stage.relay.speak(sound(2));
    await stage.clock.settle();
    await finished;
    expect(await stage.relay.interrupt()).toBeUndefined();
    await stage.clock.settle();
    expect(heardBy(stage.browser).lines.slice(-2)).toEqual(['end', 'interrupt']);
    await stage.relay.interrupt();
    await stage.clock.settle();
    expect(heardBy(stage.browser).lines.slice(-2)).toEqual(['end', 'interrupt']);
    await closeRelay(stage);
  });

  it('of one utterance leaves the others', async () => {
    const stage = await relayStage({ windowBytes: 64 * 1024 });
    stage.browser.stopReading();
    const first = stage.relay.speak(seconds(10));
    const second = stage.relay.speak(seconds(2));
    await stage.clock.settle();
    await first.interrupt();
    stage.browser.read();
    await stage.clock.settle();
    expect(await second.finished).toMatchObject({ outcome: 'delivered', keyframes: 50 });
    const { lines, reqIds } = heardBy(stage.browser);
    expect(lines.filter((line) => line === 'interrupt')).toHaveLength(1);
    expect(lines.at(-1)).toBe('end');
    expect(reqIds).toEqual([first.reqId, second.reqId]);
    await closeRelay(stage);
  });

  it('says how far the page has played', async () => {
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

describe('what a page sends', () => {
  it('is an event, checked', async () => {
    const stage = await relayStage();
    stage.browser.say({ type: 'text', text: 'hello' });
    stage.browser.say({ type: 'set_avatar', avatarId: 'mia' });
    stage.browser.say({ type: 'mic_audio', audio: 'AAEC' });
    stage.browser.say(Uint8Array.of(1, 2, 3));
    stage.browser.say({ type: 'speak', voice: 'female' });
    stage.browser.say({ type: 'start_agent', language: 'de' });
    expect(stage.events.slice(1)).toEqual([
      { name: 'text', payload: { text: 'hello' } },
      { name: 'setAvatar', payload: { avatarId: 'mia' } },
      { name: 'micAudio', payload: { audio: Uint8Array.of(0, 1, 2) } },
      { name: 'micAudio', payload: { audio: Uint8Array.of(1, 2, 3) } },
      { name: 'speak', payload: { fields: { type: 'speak', voice: 'female' } } },
      { name: 'message', payload: { fields: { type: 'start_agent', language: 'de' } } },
    ]);
    await closeRelay(stage);
  });

  it.each([
    ['no JSON', '{'],
    ['no object', '[]'],
    ['null', 'null'],
    ['no type', '{}'],
    ['a type that is no text', '{"type":1}'],
    ['a long type', JSON.stringify({ type: 'x'.repeat(300) })],
    ['a text that is none', '{"type":"text","text":{}}'],
    ['an avatar with a long name', JSON.stringify({ type: 'set_avatar', avatarId: 'x'.repeat(257) })],
    ['audio that is no base64', '{"type":"mic_audio","audio":"%%"}'],
    ['a position before the begin', '{"type":"played","reqId":"a","ms":-1}'],
    ['a position that is no number', '{"type":"played","reqId":"a","ms":"1"}'],
    ['arrays in arrays', '['.repeat(100_000)],
  ])('closes it with 1008 when it is %s', async (_what, message) => {
    const stage = await relayStage();
    stage.browser.say(message);
    expect(stage.browser.closedWith).toBe(1008);
    await stage.clock.advance(3_000);
    expect(stage.events.at(-1)).toEqual({ name: 'close', payload: { reason: 'brokenRule' } });
    expect(stage.session.state).toBe('closed');
  });

  it('closes it with 1009 when it is too large, in one piece or several', async () => {
    const stage = await relayStage({ maxMessageBytes: 1024 });
    stage.browser.say(new Uint8Array(1024));
    expect(stage.browser.closedWith).toBeUndefined();
    stage.browser.say(new Uint8Array(1025));
    expect(stage.browser.closedWith).toBe(1009);
    await stage.clock.advance(3_000);
  });

  it('closes it with 1008 when it is a flood, and nothing of it is an event afterwards', async () => {
    const stage = await relayStage({ maxMessagesPerSecond: 50 });
    for (let count = 0; count < 1_000; count += 1) stage.browser.say({ type: 'text', text: 'x' });
    expect(stage.browser.closedWith).toBe(1008);
    expect(stage.events.filter(({ name }) => name === 'text')).toHaveLength(50);
    await stage.clock.advance(3_000);
  });

  it('may be so many messages a second for ever', async () => {
    const stage = await relayStage({ maxMessagesPerSecond: 50 });
    for (let count = 0; count < 1_000; count += 1) {
      stage.browser.say({ type: 'text', text: 'x' });
      await stage.clock.advance(20);
    }
    expect(stage.browser.closedWith).toBeUndefined();
    await closeRelay(stage);
  });
});

describe('the end', () => {
  it('of the page ends the session, also in mid-speech', async () => {
    const stage = await relayStage();
    const given = { count: 0 };
    const { finished } = stage.relay.speak(seconds(1_000, given));
    while (given.count < 3) await Promise.resolve();
    stage.browser.leave();
    await stage.clock.advance(3_000);
    expect(stage.session.state).toBe('closed');
    expect(stage.relay.isOver).toBe(true);
    expect(given.count).toBeLessThan(20);
    await finished.catch(() => undefined);
    expect(stage.transport.openSockets).toBe(0);
    expect(stage.clock.pendingTimers).toBe(0);
  });

  it('of the page leaves the session open where it is not for the relay to close, and interrupts it', async () => {
    const stage = await relayStage({ closeSession: false });
    const { finished } = stage.relay.speak(seconds(1_000));
    await Promise.resolve();
    stage.browser.leave();
    expect(await finished).toMatchObject({ outcome: 'interrupted' });
    expect(stage.session.state).toBe('websocket_runtime');
    expect(await stage.relay.speak(sound(1)).finished).toMatchObject({ outcome: 'interrupted' });
    const closed = stage.session.close();
    await stage.clock.advance(3_000);
    await closed;
  });

  it('of the session by a drain lets the page have everything first', async () => {
    const stage = await relayStage({ windowBytes: 64 * 1024 });
    stage.browser.stopReading();
    const { finished } = stage.relay.speak(seconds(3));
    await stage.clock.settle();
    void stage.session.close({ drain: true });
    await stage.clock.settle();
    expect(stage.browser.closedWith).toBeUndefined();
    stage.browser.read();
    await stage.clock.advance(3_000);
    expect(await finished).toMatchObject({ outcome: 'delivered' });
    expect(heardBy(stage.browser).lines.at(-1)).toBe('end');
    expect(stage.browser.closedWith).toBe(1000);
    expect(stage.events.at(-1)).toEqual({ name: 'close', payload: { reason: 'closed' } });
  });

  it('of the session by a failure is told by its code, and closes the page with 1011', async () => {
    const stage = await relayStage({}, { options: { retry: 'never' } });
    stage.transport.latest.drop(4001, 'insufficient balance, dear customer 4711');
    await stage.clock.advance(3_000);
    const { lines } = heardBy(stage.browser);
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(/^error \w+$/);
    expect(stage.browser.closedWith).toBe(1011);
    expect(stage.events.at(-1)).toEqual({ name: 'close', payload: { reason: 'failed' } });
  });

  it('of the start is told by its code instead of ready', async () => {
    const stage = await relayStage(
      {},
      { service: (dial) => dial.refuse(new UpgradeRefused(404, {}, '')), options: { retry: 'never' } },
    );
    await stage.clock.advance(3_000);
    expect(heardBy(stage.browser).lines).toEqual([expect.stringMatching(/^error \w+$/)]);
    expect(stage.browser.closedWith).toBe(1011);
  });

  it('of the relay tells the page to drop what is unfinished, and closes it with 1000', async () => {
    const stage = await relayStage();
    const { finished } = stage.relay.speak(seconds(1_000));
    for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
    const closed = stage.relay.close();
    await stage.clock.advance(3_000);
    await closed;
    await finished.catch(() => undefined);
    expect(heardBy(stage.browser).lines.at(-1)).toBe('interrupt');
    expect(stage.browser.closedWith).toBe(1000);
    expect(stage.session.state).toBe('closed');
    expect(stage.clock.pendingTimers).toBe(0);
    await stage.relay.close();
  });

  it('comes at once where the page was gone before', async () => {
    const gone = new FakeBrowser();
    gone.leave();
    const stage = await relayStage({}, { service: animates }, gone);
    await stage.clock.advance(3_000);
    expect(stage.session.state).toBe('closed');
    expect(stage.events.at(-1)).toEqual({ name: 'close', payload: { reason: 'left' } });
  });

  it('of a page that does not answer the close is an end of its line', async () => {
    const stage = await relayStage();
    stage.browser.stopReading();
    const closed = stage.relay.close();
    await stage.clock.advance(3_000);
    await closed;
    expect(stage.browser.terminated).toBe(true);
  });
});

/** A page that reads slowly, and the limits for messages of a page. Virtual time. */
import { describe, expect, it } from 'vitest';
import { closeRelay, confirms, receivedBy, relayStage, SECOND, seconds, sound } from './relay-stage.js';

describe('a page that reads slowly', () => {
  it('stops the source at the window, and the service with it; then continues', async () => {
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
    expect(receivedBy(stage.browser).keyframes).toBe(2_500);
    expect(stage.relay.queuedBytes).toBeLessThan(64 * 1024);
    await closeRelay(stage);
  });

  it('counts as disconnected when it answers no ping for a period', async () => {
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

  it('interrupts the utterance when there are more frames than may be kept', async () => {
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
    expect(receivedBy(stage.browser).lines.at(-1)).toBe('interrupt');
    await closeRelay(stage);
  });
});

describe('what a page sends', () => {
  it('is checked, and becomes an event', async () => {
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
    ['a type that is not a text', '{"type":1}'],
    ['a long type', JSON.stringify({ type: 'x'.repeat(300) })],
    ['a text that is not a string', '{"type":"text","text":{}}'],
    ['an avatar with a long name', JSON.stringify({ type: 'set_avatar', avatarId: 'x'.repeat(257) })],
    ['audio that is not base64', '{"type":"mic_audio","audio":"%%"}'],
    ['a negative position', '{"type":"played","reqId":"a","ms":-1}'],
    ['a position that is not a number', '{"type":"played","reqId":"a","ms":"1"}'],
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

  it('closes it with 1008 when it is a flood, and emits no event for it afterwards', async () => {
    const stage = await relayStage({ maxMessagesPerSecond: 50 });
    for (let count = 0; count < 1_000; count += 1) stage.browser.say({ type: 'text', text: 'x' });
    expect(stage.browser.closedWith).toBe(1008);
    expect(stage.events.filter(({ name }) => name === 'text')).toHaveLength(50);
    await stage.clock.advance(3_000);
  });

  it('can be sent at the limit for any time', async () => {
    const stage = await relayStage({ maxMessagesPerSecond: 50 });
    for (let count = 0; count < 1_000; count += 1) {
      stage.browser.say({ type: 'text', text: 'x' });
      await stage.clock.advance(20);
    }
    expect(stage.browser.closedWith).toBeUndefined();
    await closeRelay(stage);
  });
});

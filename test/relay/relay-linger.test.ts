/**
 * A relay that waits for its browser to reconnect (`relay.ts`, `lingerMs`), and the hub that finds it by its
 * id. Virtual time.
 */
import { describe, expect, it } from 'vitest';
import { createRelay, createRelayHub } from '../../src/relay/index.js';
import { newAvatarSession } from '../../src/index.js';
import { createSeededRandom } from '../../src/adapters/node/runtime-sources.js';
import { FakeTransport } from '../client/fake-transport.js';
import { VirtualClock } from '../virtual-clock.js';
import { FakeBrowser } from './fake-browser.js';
import { animates, closeRelay, receivedBy, relayStage, SECOND, seconds, sound } from './relay-stage.js';

const WINDOW = 64 * 1024;
const LINGERS = { lingerMs: 30_000, windowBytes: WINDOW };

describe('a browser that was cut off', () => {
  it.each([0, 1, 2, 3, 5, 8])(
    'reconnects with its id, and gets every message once after it had read %i of them',
    async (readBefore) => {
      const stage = await relayStage(LINGERS, {}, new FakeBrowser(false));
      const { finished, reqId } = stage.relay.speak(seconds(10));
      await stage.clock.settle();
      stage.browser.read(readBefore);
      await stage.clock.settle();
      const { received } = receivedBy(stage.browser);
      stage.browser.leave();
      await stage.clock.advance(20_000);
      const next = stage.attach(received);
      await stage.clock.settle();
      expect(await finished).toMatchObject({ outcome: 'delivered', keyframes: 250 });
      const heard = receivedBy(stage.browser, next);
      expect(heard.keyframes).toBe(250);
      expect(heard.audio.length).toBe(10 * SECOND);
      expect(heard.reqIds).toEqual([reqId]);
      expect(heard.lines.filter((line) => line === 'end')).toHaveLength(1);
      expect(next.texts[0]).toMatchObject({
        type: 'ready',
        id: stage.relay.id,
        resumed: true,
        next: received,
      });
      await closeRelay(stage);
    },
  );

  it('loses no message over many cuts at any position', async () => {
    const random = createSeededRandom(7);
    const stage = await relayStage(LINGERS, {}, new FakeBrowser(false));
    const { finished } = stage.relay.speak(seconds(20));
    let received = 0;
    let browser = stage.browser;
    const browsers = [browser];
    for (let cut = 0; cut < 30; cut += 1) {
      await stage.clock.settle();
      browser.read(Math.floor(random.next() * 6));
      await stage.clock.settle();
      received += receivedBy(browser).received;
      browser.leave();
      browser = stage.attach(received, false);
      browsers.push(browser);
    }
    browser.read();
    await stage.clock.settle();
    expect(await finished).toMatchObject({ keyframes: 500 });
    const heard = receivedBy(...browsers);
    expect(heard.keyframes).toBe(500);
    const whole = Array.from({ length: 20 }, (_, at) => sound(1, at));
    expect(Buffer.compare(heard.audio, Buffer.concat(whole))).toBe(0);
    await closeRelay(stage);
  });

  it('has limited time to reconnect, during which memory is bounded and no audio is read; then the session is closed', async () => {
    const stage = await relayStage({ ...LINGERS, lingerMs: 30_000 });
    const given = { count: 0 };
    const { finished } = stage.relay.speak(
      (async function* () {
        for (; ; given.count += 1) {
          yield sound(1);
          await Promise.resolve();
        }
      })(),
    );
    while (given.count < 5) await Promise.resolve();
    stage.browser.leave();
    await stage.clock.settle();
    const atLeave = given.count;
    await stage.clock.advance(29_000);
    expect(given.count).toBe(atLeave);
    expect(stage.relay.queuedBytes).toBeLessThan(3 * WINDOW);
    expect(stage.session.state).toBe('websocket_runtime');
    await stage.clock.advance(4_000);
    expect(stage.session.state).toBe('closed');
    expect(stage.events.at(-1)).toEqual({ name: 'close', payload: { reason: 'left' } });
    expect(stage.relay.queuedBytes).toBe(0);
    expect(stage.clock.pendingTimers).toBe(0);
    await finished.catch(() => undefined);
  });

  it('ends the session at once if it has closed with a final code', async () => {
    const stage = await relayStage(LINGERS);
    stage.browser.leave(1000);
    await stage.clock.advance(3_000);
    expect(stage.session.state).toBe('closed');
  });

  it('gets an interrupt of the meantime, and no old speech after it', async () => {
    const stage = await relayStage(LINGERS, {}, new FakeBrowser(false));
    stage.relay.speak(seconds(100));
    await stage.clock.settle();
    stage.browser.read(3);
    await stage.clock.settle();
    const { received } = receivedBy(stage.browser);
    stage.browser.leave();
    await stage.relay.interrupt();
    const { finished, reqId } = stage.relay.speak(sound(1));
    const next = stage.attach(received);
    await stage.clock.settle();
    await finished;
    const heard = receivedBy(next);
    const after = heard.lines.slice(heard.lines.indexOf('interrupt'));
    expect(after.map((line) => line.split(' ')[0])).toEqual(['interrupt', 'audio', 'frame', 'frame', 'end']);
    expect(heard.reqIds.at(-1)).toBe(reqId);
    await closeRelay(stage);
  });

  it('continues after a reset by the service meanwhile', async () => {
    const stage = await relayStage(LINGERS, { options: { recovery: 'tail' } });
    const { finished } = stage.relay.speak(seconds(20));
    for (let turn = 0; turn < 40; turn += 1) await Promise.resolve();
    stage.browser.leave();
    await stage.clock.settle();
    stage.transport.latest.drop();
    await stage.clock.advance(10_000);
    const next = stage.attach(receivedBy(stage.browser).received);
    await stage.clock.advance(10_000);
    expect(await finished).toMatchObject({ keyframes: 500 });
    expect(receivedBy(stage.browser, next).keyframes).toBe(500);
    await closeRelay(stage);
  });
});

describe('a page that starts from the beginning', () => {
  it.each([
    ['sends no count', undefined],
    ['claims more messages than were sent', 1_000_000],
  ])('%s: open utterances are interrupted, the session stays open', async (_what, received) => {
    const stage = await relayStage(LINGERS);
    const { finished } = stage.relay.speak(seconds(1_000));
    for (let turn = 0; turn < 40; turn += 1) await Promise.resolve();
    stage.browser.leave(1001);
    const next = stage.attach(received);
    await stage.clock.settle();
    expect(await finished).toMatchObject({ outcome: 'interrupted' });
    const second = stage.relay.speak(sound(1));
    await stage.clock.settle();
    await second.finished;
    expect(receivedBy(next).reqIds).toEqual([second.reqId]);
    expect(next.texts[0]).toMatchObject({ type: 'ready', resumed: false });
    expect(stage.events.filter(({ name }) => name === 'attached').at(-1)?.payload).toEqual({
      resumed: false,
    });
    expect(stage.transport.dials).toHaveLength(1);
    await closeRelay(stage);
  });

  it('claims less than it has confirmed: it gets no message twice', async () => {
    const stage = await relayStage(LINGERS);
    const { finished } = stage.relay.speak(seconds(20));
    await stage.clock.settle();
    await finished;
    stage.browser.leave();
    const next = stage.attach(0);
    await stage.clock.settle();
    expect(next.texts[0]).toMatchObject({ type: 'ready', resumed: false });
    expect(receivedBy(next).lines).toEqual(['ready']);
    await closeRelay(stage);
  });
});

describe('two browsers with one id', () => {
  it('the later one replaces the earlier, which is closed with 4001 and has no further effect', async () => {
    const stage = await relayStage(LINGERS);
    const { finished } = stage.relay.speak(seconds(10));
    for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
    const second = stage.attach(receivedBy(stage.browser).received);
    expect(stage.browser.closedWith).toBe(4001);
    stage.browser.say({ type: 'interrupt' });
    stage.browser.say('{');
    await stage.clock.settle();
    expect(await finished).toMatchObject({ outcome: 'delivered' });
    expect(stage.relay.isAttached).toBe(true);
    expect(second.closedWith).toBeUndefined();
    await closeRelay(stage);
  });

  it('reconnect at the same time: the last one gets the relay', async () => {
    const stage = await relayStage(LINGERS);
    const { finished } = stage.relay.speak(seconds(10));
    for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
    stage.browser.leave();
    const { received } = receivedBy(stage.browser);
    const first = stage.attach(received, false);
    const second = stage.attach(received);
    await stage.clock.settle();
    expect(await finished).toMatchObject({ keyframes: 250 });
    expect(first.closedWith).toBe(4001);
    expect(receivedBy(stage.browser, second).keyframes).toBe(250);
    await stage.clock.advance(3_000);
    expect(first.terminated).toBe(true);
    await closeRelay(stage);
  });

  it('closes one that connects after the end with 1000', async () => {
    const stage = await relayStage(LINGERS);
    await closeRelay(stage);
    expect(stage.attach(0).closedWith).toBe(1000);
  });
});

describe('a hub', () => {
  function stage(): {
    clock: VirtualClock;
    hub: ReturnType<typeof createRelayHub>;
    come: (url: string) => FakeBrowser;
  } {
    const clock = new VirtualClock();
    const transport = new FakeTransport(animates);
    const hub = createRelayHub((socket) => {
      const session = newAvatarSession({
        appId: 'app',
        avatarId: 'avatar',
        ingressEndpointUrl: 'wss://ingress.test/v2',
        tokenProvider: () => 'token',
        transport,
        clock,
        heartbeat: false,
      });
      return createRelay({ session, socket, dialect: 'binary', clock, lingerMs: 30_000 });
    });
    const come = (url: string): FakeBrowser => {
      const browser = new FakeBrowser();
      hub.accept(browser, { url });
      return browser;
    };
    return { clock, hub, come };
  }

  it('gives each browser a relay, and the same one after a reconnect', async () => {
    const { clock, hub, come } = stage();
    const [a, b] = [come('/avatar'), come('/avatar?relay=unknown&received=3')];
    await clock.settle();
    expect(hub.size).toBe(2);
    const [readyOfA] = a.texts;
    expect(b.texts[0]).toMatchObject({ resumed: false, next: 0 });
    a.leave();
    const again = come(`/avatar?lang=de&relay=${String(readyOfA?.['id'])}&received=0`);
    await clock.settle();
    expect(again.texts[0]).toMatchObject({ id: readyOfA?.['id'], resumed: true });
    expect(hub.size).toBe(2);
    b.leave();
    await clock.advance(40_000);
    expect(hub.size).toBe(1);
    const closed = hub.close();
    await clock.advance(3_000);
    await closed;
    expect(hub.size).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it.each(['/?received=-1', '/?received=1e9', '/?received=', '/?relay=%', '?', '', '/?relay=__proto__'])(
    'treats the address %s of a browser as a new one',
    async (url) => {
      const { clock, hub, come } = stage();
      const browser = come(url);
      await clock.settle();
      expect(browser.texts[0]).toMatchObject({ type: 'ready', resumed: false });
      const closed = hub.close();
      await clock.advance(3_000);
      await closed;
    },
  );

  it('closes a browser with 1011 when its relay can not be created', () => {
    const hub = createRelayHub(() => {
      throw new RangeError('no places');
    });
    const browser = new FakeBrowser();
    expect(() => hub.accept(browser, {})).toThrow('no places');
    expect(browser.closedWith).toBe(1011);
  });
});

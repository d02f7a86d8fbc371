/** How a relay, its session and its page end. Virtual time. */
import { describe, expect, it } from 'vitest';
import { UpgradeRefused } from '../../src/index.js';
import { FakeBrowser } from './fake-browser.js';
import { animates, receivedBy, relayStage, seconds, sound } from './relay-stage.js';

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

  it('of the page leaves the session open, and interrupts it, if the relay does not own the session', async () => {
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

  it('of the session by a drain comes after the page has got everything', async () => {
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
    expect(receivedBy(stage.browser).lines.at(-1)).toBe('end');
    expect(stage.browser.closedWith).toBe(1000);
    expect(stage.events.at(-1)).toEqual({ name: 'close', payload: { reason: 'closed' } });
  });

  it('of the session by a failure is sent with its code, and closes the page with 1011', async () => {
    const stage = await relayStage({}, { options: { retry: 'never' } });
    stage.transport.latest.drop(4001, 'insufficient balance, dear customer 4711');
    await stage.clock.advance(3_000);
    const { lines } = receivedBy(stage.browser);
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(/^error \w+$/);
    expect(stage.browser.closedWith).toBe(1011);
    expect(stage.events.at(-1)).toEqual({ name: 'close', payload: { reason: 'failed' } });
  });

  it('of the start is sent with its code instead of ready', async () => {
    const stage = await relayStage(
      {},
      { service: (dial) => dial.refuse(new UpgradeRefused(404, {}, '')), options: { retry: 'never' } },
    );
    await stage.clock.advance(3_000);
    expect(receivedBy(stage.browser).lines).toEqual([expect.stringMatching(/^error \w+$/)]);
    expect(stage.browser.closedWith).toBe(1011);
  });

  it('of the relay interrupts unfinished speech on the page, and closes it with 1000', async () => {
    const stage = await relayStage();
    const { finished } = stage.relay.speak(seconds(1_000));
    for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
    const closed = stage.relay.close();
    await stage.clock.advance(3_000);
    await closed;
    await finished.catch(() => undefined);
    expect(receivedBy(stage.browser).lines.at(-1)).toBe('interrupt');
    expect(stage.browser.closedWith).toBe(1000);
    expect(stage.session.state).toBe('closed');
    expect(stage.clock.pendingTimers).toBe(0);
    await stage.relay.close();
  });

  it('comes at once if the page was disconnected before', async () => {
    const gone = new FakeBrowser();
    gone.leave();
    const stage = await relayStage({}, { service: animates }, gone);
    await stage.clock.advance(3_000);
    expect(stage.session.state).toBe('closed');
    expect(stage.events.at(-1)).toEqual({ name: 'close', payload: { reason: 'left' } });
  });

  it('of a page that does not answer the close terminates its connection', async () => {
    const stage = await relayStage();
    stage.browser.stopReading();
    const closed = stage.relay.close();
    await stage.clock.advance(3_000);
    await closed;
    expect(stage.browser.terminated).toBe(true);
  });
});

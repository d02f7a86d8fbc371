/** The example `examples/relay` in a real Chromium: a face that speaks, through everything that is cut. Left out where there is none. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AvatarEmulator } from '../../../dist/emulator/index.js';
import { serve } from '../../../examples/relay/server.mjs';
import { CHROMIUM, launchChromium } from './chromium.mjs';

/** `examples/audio/speech.wav` has so many keyframes. */
const KEYFRAMES = 229;

describe.skipIf(CHROMIUM === undefined)('the page of the relay', { timeout: 120_000 }, () => {
  let browser: Browser;
  let service: AvatarEmulator;
  let server: Awaited<ReturnType<typeof serve>>;
  let page: Page;
  const wrong: string[] = [];

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    service = await AvatarEmulator.start({ seed: 1 });
    server = await serve(service.sessionOptions);
    page = await browser.newPage();
    page.on('pageerror', (error) => wrong.push(error.message));
    await page.goto(server.url);
    await status(/state open/);
  });
  afterEach(async () => {
    await page.close();
    await server.close();
    await service.stop();
    expect(wrong.splice(0)).toEqual([]);
  });

  async function status(expected: RegExp): Promise<string> {
    const read = (): Promise<string | null> => page.getByRole('status').textContent();
    await expect.poll(read, { timeout: 60_000, interval: 50 }).toMatch(expected);
    return (await read()) ?? '';
  }
  const speak = (): Promise<void> => page.getByRole('button', { name: 'Speak' }).click();
  /** The speech came whole, and was played and shown to its end. */
  const whole = new RegExp(
    `keyframes ${KEYFRAMES}, spoken 1, interrupted 0, shown ${KEYFRAMES - 1}, .*error $`,
  );

  it('plays the speech and shows every keyframe of it', async () => {
    const before = await page.locator('canvas').screenshot();
    await speak();
    await status(/shown [1-9]\d/);
    expect(Buffer.compare(await page.locator('canvas').screenshot(), before)).not.toBe(0);
    expect(await status(whole)).toContain('resumed 0');
  });

  it('stops at once at an interrupt, and speaks again', async () => {
    await speak();
    await status(/shown [1-9]\d/);
    await page.getByRole('button', { name: 'Interrupt' }).click();
    await status(/spoken 0, interrupted 1/);
    await speak();
    await status(/interrupted 1, shown [1-9]/);
  });

  it('goes on when the service resets in mid-speech', async () => {
    service.inject({ kind: 'reset', phase: 'runtime', afterKeyframes: 30 });
    await speak();
    await status(whole);
  });

  it('goes on when its own line is cut in mid-speech, again and again', async () => {
    await speak();
    for (const resumed of [1, 2, 3]) {
      await status(/keyframes [1-9]/);
      for (const socket of server.sockets.clients) socket.terminate();
      await status(new RegExp(`state open.*resumed ${resumed}`));
    }
    await status(whole);
    expect(server.hub.size).toBe(1);
  });

  it('has its session again after a reload, and begins anew', async () => {
    await speak();
    await status(/shown [1-9]/);
    await page.reload();
    await status(/state open, keyframes 0/);
    expect(server.hub.size).toBe(1);
    await speak();
    await status(whole);
    expect(service.peakOpenSockets).toBe(1);
  });
});

/**
 * The example `examples/relay` in a real Chromium: a face that speaks while connections are cut. Skipped
 * without a Chromium.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AvatarEmulator } from '../../../dist/emulator/index.js';
import { serve } from '../../../examples/relay/server.mjs';
import { findings } from './axe-findings.js';
import { CHROMIUM, launchChromium } from './chromium.mjs';

/** The number of keyframes of `examples/audio/speech.wav`. */
const KEYFRAMES = 229;
/**
 * The speech takes nine seconds. On a busy machine, a browser may need a minute to start, and a page some
 * seconds to draw.
 */
const TIMEOUT_MS = 120_000;
const STATUS_TIMEOUT_MS = 60_000;

describe.skipIf(CHROMIUM === undefined)('the page of the relay', { timeout: TIMEOUT_MS }, () => {
  let browser: Browser;
  let service: AvatarEmulator;
  let server: Awaited<ReturnType<typeof serve>>;
  let page: Page;
  const wrong: string[] = [];

  beforeAll(async () => {
    browser = await launchChromium();
  }, TIMEOUT_MS);
  afterAll(() => browser.close(), TIMEOUT_MS);
  beforeEach(async () => {
    service = await AvatarEmulator.start({ seed: 1 });
    server = await serve(service.sessionOptions);
    page = await browser.newPage();
    page.on('pageerror', (error) => wrong.push(error.message));
    await page.goto(server.url);
    await status(/state open/);
  }, TIMEOUT_MS);
  afterEach(async () => {
    await page.close();
    await server.close();
    await service.stop();
    expect(wrong.splice(0)).toEqual([]);
  }, TIMEOUT_MS);

  /** Returns the first status text that matches, because a later one may not match any more. */
  async function status(expected: RegExp): Promise<string> {
    let text = '';
    const read = async (): Promise<string> => (text = (await page.getByRole('status').textContent()) ?? '');
    await expect.poll(read, { timeout: STATUS_TIMEOUT_MS, interval: 50 }).toMatch(expected);
    return text;
  }
  const speak = (): Promise<void> => page.getByRole('button', { name: 'Speak' }).click();
  /** The speech has arrived completely, and was played and shown to its end. */
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

  it('has no finding of axe: light, dark and narrow, in silence and in speech', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await findings(page)).toEqual([]);
    }
    await page.setViewportSize({ width: 320, height: 640 });
    await speak();
    await status(/shown [1-9]/);
    expect(await findings(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  });

  it('stops at once at an interrupt, and speaks again', async () => {
    await speak();
    await status(/shown [1-9]\d/);
    await page.getByRole('button', { name: 'Interrupt' }).click();
    await status(/spoken 0, interrupted 1/);
    await speak();
    // All keyframes of the second speech, and those of the first one that arrived before the interrupt.
    await status(new RegExp(`spoken 1, interrupted 1, shown ${KEYFRAMES - 1}, .*error $`));
  });

  it('continues when the service resets in mid-speech', async () => {
    service.inject({ kind: 'reset', phase: 'runtime', afterKeyframes: 30 });
    await speak();
    await status(whole);
  });

  it('continues when its own connection is cut repeatedly in mid-speech', async () => {
    await speak();
    for (const resumed of [1, 2, 3]) {
      await status(/keyframes [1-9]/);
      for (const socket of server.sockets.clients) socket.terminate();
      await status(new RegExp(`state open.*resumed ${resumed}`));
    }
    await status(whole);
    expect(server.hub.size).toBe(1);
  });

  it('reconnects to its session after a reload, and starts from the beginning', async () => {
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

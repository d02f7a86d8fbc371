/**
 * The page of a flight record in a real Chromium, with the widths of a desktop and of a phone. Skipped
 * without a Chromium.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHROMIUM, launchChromium } from './chromium.mjs';

const ROOT = new URL('../../..', import.meta.url).pathname;
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

describe.skipIf(CHROMIUM === undefined)('the page of a flight record', { timeout: 120_000 }, () => {
  let browser: Browser;
  let folder: string;
  const file = (name: string): string => join(folder, name);
  const command = (...args: string[]): void =>
    void execFileSync(process.execPath, [join(ROOT, 'dist/cli/main.js'), ...args]);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'timeline-'));
    command('say', '--faults', 'demo', '--seed', '2', '--quiet', '--record', file('flight.jsonl'));
    command('timeline', file('flight.jsonl'), '--html', file('flight.html'), '--svg', file('flight.svg'));
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  it.each([
    ['flight.html', 1_200, 'light'],
    ['flight.html', 1_200, 'dark'],
    ['flight.html', 400, 'light'],
    ['flight.html', 400, 'dark'],
    ['flight.svg', 1_200, 'dark'],
  ] as const)(
    '%s at %i pixels, %s: complete, loads nothing, and no text overflows',
    async (name, width, scheme) => {
      const wrong: string[] = [];
      const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: scheme });
      page.on('console', (message) => wrong.push(message.text()));
      page.on('request', (request) => {
        if (request.url() !== pathToFileURL(file(name)).href) wrong.push(request.url());
      });
      await page.goto(pathToFileURL(file(name)).href);
      const seen = await page.evaluate(() => {
        const texts = Array.from(document.querySelectorAll('text')).filter(
          (one) => one.getClientRects().length > 0,
        );
        const { scrollWidth } = document.documentElement;
        const boxes = texts.map((one) => ({ text: one.textContent, box: one.getBoundingClientRect() }));
        const right = Math.max(innerWidth, 0);
        return {
          overflows: scrollWidth > innerWidth,
          outside: boxes.filter(({ box }) => box.left < 0 || box.right > right).map(({ text }) => text),
          smallest: Math.min(...boxes.map(({ box }) => box.height)),
          lanes: boxes.map(({ text }) => text.split(':')[0] ?? ''),
        };
      });
      expect(seen).toMatchObject({ overflows: false, outside: [] });
      expect(seen.smallest).toBeGreaterThan(9);
      expect(seen.lanes).toEqual(
        expect.arrayContaining([
          'phase',
          'dials',
          'outages',
          'utterances',
          'keyframes',
          'pings',
          'decisions',
        ]),
      );
      expect(wrong).toEqual([]);
      await page.close();
    },
  );

  it.each(['light', 'dark'] as const)('has no violation found by axe, %s', async (colorScheme) => {
    // The page itself runs no script, so axe needs to bypass its content security policy.
    const context = await browser.newContext({ colorScheme, bypassCSP: true });
    const page = await context.newPage();
    await page.goto(pathToFileURL(file('flight.html')).href);
    await page.addScriptTag({ path: AXE });
    const found = await page.evaluate(async () => {
      const { axe } = globalThis as unknown as {
        axe: { run: () => Promise<{ violations: { id: string; impact: string }[] }> };
      };
      return (await axe.run()).violations.map(({ id, impact }) => `${id} ${impact}`);
    });
    expect(found.filter((one) => /serious|critical/.test(one))).toEqual([]);
    await context.close();
  });
});

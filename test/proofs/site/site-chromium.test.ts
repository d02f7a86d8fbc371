/** The built site in a real Chromium: wide and narrow, light and dark. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { seriousFindings } from '../../inspector/browser/axe-findings.js';
import { CHROMIUM } from '../../inspector/browser/chromium.mjs';
import { PATIENCE, siteBrowser } from './site-browser.js';

/** One page of each kind, for axe. */
const EXAMINED = [
  'index.html',
  'overview.html',
  'api/session/classes/AvatarSession.html',
  'examples/voice-agent.html',
  'playground.html',
];
/** The same pages, and pages with wide tables or pictures. */
const NARROWED = [
  ...EXAMINED,
  'options.html',
  'performance.html',
  'architecture.html',
  'api/session/index.html',
  'decisions/001-outage-and-attempts.html',
];

describe.skipIf(CHROMIUM === undefined)('the site', { timeout: 180_000 }, () => {
  const site = siteBrowser();

  async function open(path: string, look?: Parameters<typeof site.open>[1]): Promise<Page> {
    const page = await site.open(path, look);
    await hydrated(page);
    return page;
  }

  /** A page handles keys and clicks when its script has run. The script also fills the list of versions. */
  async function hydrated(page: Page): Promise<void> {
    await page.locator('.version-switch option').nth(1).waitFor({ state: 'attached', timeout: 60_000 });
  }

  it.each(['light', 'dark'] as const)('has no serious finding of axe, %s', async (colorScheme) => {
    const page = await open('latest/index.html', { colorScheme });
    for (const kind of EXAMINED) {
      await page.goto(`${site.url}latest/${kind}`);
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      expect({ kind, found: await seriousFindings(page) }).toEqual({ kind, found: [] });
    }
  });

  it('needs no horizontal scrolling on a screen of 400 px', async () => {
    const page = await open('latest/index.html', { viewport: { width: 400, height: 800 } });
    for (const kind of NARROWED) {
      await page.goto(`${site.url}latest/${kind}`);
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      expect({ kind, width: await page.evaluate('document.documentElement.scrollWidth') }).toEqual({
        kind,
        width: 400,
      });
    }
  });

  it('finds a word with only the keyboard', async () => {
    const page = await open('latest/getting-started.html');
    await page.keyboard.press('Control+k');
    await page.getByRole('searchbox').fill('minIntervalMs');
    await page.locator('#localsearch-list li').first().waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => !url.pathname.endsWith('getting-started.html'));
    await expect.poll(() => page.locator('main').textContent(), PATIENCE).toContain('minIntervalMs');
  });

  it('shows pictures for the chosen theme, independent of the preference of the system', async () => {
    const page = await open('latest/reconnecting.html', {
      colorScheme: 'light',
      viewport: { width: 1_400, height: 900 },
    });
    const shown = (theme: string): Promise<boolean> =>
      page.locator(`.vp-doc img.only-${theme}`).first().isVisible();
    expect([await shown('light'), await shown('dark')]).toEqual([true, false]);
    await page.getByRole('switch').first().click();
    await expect.poll(() => shown('dark'), PATIENCE).toBe(true);
    expect(await shown('light')).toBe(false);
  });

  it('links from one version to the same page of another', async () => {
    const page = await open('latest/errors.html', { viewport: { width: 1_400, height: 900 } });
    const versions = page.getByRole('combobox', { name: 'Version' }).first();
    await expect
      .poll(() => versions.locator('option').allTextContents(), PATIENCE)
      .toEqual([`latest (${manifest.version})`, manifest.version]);
    await versions.selectOption({ label: manifest.version });
    await page.waitForURL(`${site.url}${manifest.version}/errors.html`);
    await page.getByRole('heading', { level: 1 }).waitFor();
  });

  it('redirects from an address without a version to the latest one, with its heading', async () => {
    const page = await open('concepts.html#states');
    await page.waitForURL(`${site.url}latest/concepts.html#states`);
    await page.getByRole('heading', { name: 'States' }).waitFor();
  });

  it('shows what to do if there is no page', async () => {
    const page = await open('latest/index.html');
    const answer = await page.goto(`${site.url}no-such-page.html`);
    expect(answer?.status()).toBe(404);
    await page.getByText('404').first().waitFor();
    await page.getByRole('link', { name: /home/i }).first().click();
    await page.waitForURL(`${site.url}latest/`);
    const { wrong } = site;
    wrong.splice(0, wrong.length, ...wrong.filter((text) => !text.includes('404')));
  });
});

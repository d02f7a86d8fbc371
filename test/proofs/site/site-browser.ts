/** A real Chromium beside the published site, for the tests of a file: each page is watched, and what is wrong with it fails its test. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { serveSite } from '../../../docs/site/build/serve-site.mjs';
import { launchChromium } from '../../inspector/browser/chromium.mjs';
import { BASE, PUBLISHED } from './published-pages.js';

export const PATIENCE = { timeout: 60_000, interval: 50 };

export interface SiteBrowser {
  /** Where the site is served. */
  readonly url: string;
  /** Errors and warnings of the console, and requests to elsewhere: none must be left at the end of a test. */
  readonly wrong: string[];
  /** Opens a page by its path in the site; it is closed at the end of the test. */
  open(path: string, look?: Parameters<Browser['newPage']>[0]): Promise<Page>;
}

/** To be called where tests are described: it opens and closes what they need. */
export function siteBrowser(): SiteBrowser {
  let browser: Browser;
  let server: Awaited<ReturnType<typeof serveSite>>;
  const pages: Page[] = [];
  const wrong: string[] = [];

  beforeAll(async () => {
    [browser, server] = await Promise.all([launchChromium(), serveSite(PUBLISHED, { base: BASE })]);
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    await server.close();
  });
  afterEach(async () => {
    await Promise.all(pages.splice(0).map((page) => page.close()));
    expect(wrong.splice(0)).toEqual([]);
  });

  return {
    get url() {
      return server.url;
    },
    wrong,
    async open(path, look = {}) {
      const page = await browser.newPage({ reducedMotion: 'reduce', ...look });
      // A busy machine draws a page in half a minute.
      page.setDefaultTimeout(120_000);
      pages.push(page);
      page.on('pageerror', (error) => wrong.push(`${path}: ${String(error)}`));
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) wrong.push(`${path}: ${message.text()}`);
      });
      page.on('request', (request) => {
        const url = request.url();
        if (!url.startsWith(server.url) && !url.startsWith('data:')) wrong.push(`${path} asks for ${url}`);
      });
      await page.goto(server.url + path);
      return page;
    },
  };
}

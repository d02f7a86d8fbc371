/**
 * A real Chromium with the published site, for the tests of a file. Each page is watched, and an error in it
 * fails the test.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { serveSite } from '../../../docs/site/build/serve-site.mjs';
import { launchChromium } from '../../inspector/browser/chromium.mjs';
import { BASE, PUBLISHED } from './published-pages.js';

export const PATIENCE = { timeout: 60_000, interval: 50 };

export interface SiteBrowser {
  /** The URL of the site. */
  readonly url: string;
  /**
   * Errors and warnings of the console, and requests to other sites. The list must be empty at the end of a
   * test.
   */
  readonly wrong: string[];
  /** Opens a page by its path in the site. It is closed at the end of the test. */
  open(path: string, look?: Parameters<Browser['newPage']>[0]): Promise<Page>;
}

/** Call it in a describe block. It registers hooks that open and close the browser and the server. */
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
      // A busy machine may need half a minute to draw a page.
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

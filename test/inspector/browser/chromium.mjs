// @ts-check
/**
 * A real Chromium, for the tests of the inspector's page and for its pictures. Undefined if there is none.
 */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';

/** @type {string | undefined} */
export const CHROMIUM = (process.env['PATH'] ?? '')
  .split(delimiter)
  .flatMap((folder) => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(folder, name)))
  .find((path) => existsSync(path));
if (CHROMIUM === undefined) {
  process.stdout.write('left out: the page of the inspector (no chromium on the PATH)\n');
}

/** @returns {Promise<import('playwright-core').Browser>} */
export function launchChromium() {
  if (CHROMIUM === undefined) throw new Error('there is no chromium on the PATH');
  // The sandbox of Chromium needs a separate user. The only loaded page is that of the inspector.
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
}

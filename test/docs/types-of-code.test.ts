/**
 * The `ts` blocks of README.md and docs/ compile against the types of the built package, with the strictest
 * options.
 */
import { afterAll, expect, it } from 'vitest';
import { readSource } from '../source-imports.js';
import { compileApplication, DOCUMENTED_OPTIONS, installAll } from '../types/installed-package.js';
import { codeBlocks } from './markdown.js';
import { PAGES } from './pages.js';

/** Each block as a module of an application. */
const blocks = PAGES.flatMap((page) =>
  codeBlocks(readSource(page)).flatMap(({ language, text, line }) =>
    language === 'ts' ? [[`${page.replaceAll('/', '-')}-${line}.mts`, `${text}\nexport {};\n`] as const] : [],
  ),
);

const application = installAll();
afterAll(() => application.remove());

it('exist, and none has an error', { timeout: 60_000 }, async () => {
  expect(blocks.length).toBeGreaterThan(1);
  expect(await compileApplication(application, Object.fromEntries(blocks), DOCUMENTED_OPTIONS)).toEqual([]);
});

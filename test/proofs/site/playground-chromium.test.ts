/**
 * The playground in a real Chromium: a session, its faults and its policy, and its use with the keyboard
 * only.
 */
import type { Locator, Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { seriousFindings } from '../../inspector/browser/axe-findings.js';
import { CHROMIUM } from '../../inspector/browser/chromium.mjs';
import { PATIENCE, siteBrowser } from './site-browser.js';

/** The number of keyframes of `examples/audio/speech.wav`. */
const KEYFRAMES = 229;

/** Records each text of the status, because a text may be shown for only a few milliseconds. */
const RECORD_TEXTS = `
  globalThis.texts = [];
  const playground = document.querySelector('.playground');
  const record = () => {
    const text = playground.querySelector('.told').textContent;
    if (texts.at(-1) !== text) texts.push(text);
  };
  record();
  new MutationObserver(record).observe(playground, { subtree: true, childList: true, characterData: true });
`;

describe.skipIf(CHROMIUM === undefined)('the playground', { timeout: 180_000 }, () => {
  const site = siteBrowser();
  let page: Page;
  /** The number of status texts that were awaited, or were before an awaited one. */
  let read = 0;

  beforeEach(async () => {
    page = await site.open('latest/playground.html', { viewport: { width: 1_400, height: 1_000 } });
    await button('Start').waitFor();
    await page.evaluate(RECORD_TEXTS);
    read = 0;
  }, 120_000);

  const button = (name: string): Locator => page.getByRole('button', { name, exact: true });
  /** Waits until the status has had a matching text, after the text that was awaited before. */
  const reported = async (expected: RegExp): Promise<void> => {
    const texts = async (): Promise<readonly string[]> => {
      const all: readonly string[] = await page.evaluate('texts');
      return all.slice(read);
    };
    await expect.poll(texts, PATIENCE).toContainEqual(expect.stringMatching(expected));
    read += (await texts()).findIndex((text) => expected.test(text)) + 1;
  };
  const delivered = async (): Promise<number> =>
    Number.parseInt((await page.locator('.playground .count').textContent()) ?? '', 10);
  const started = async (): Promise<void> => {
    await button('Start').click();
    await reported(/^Connected/);
  };

  it('sends speech over a connection that is cut: every keyframe arrives once, and the face and the timeline show it', async () => {
    await started();
    const still = await page.locator('canvas.face').screenshot();
    await button('Speak').click();
    await expect.poll(delivered, PATIENCE).toBeGreaterThan(20);
    await button('Cut the line (1006)').click();
    await reported(/^Reconnected after connectionClosed/);
    expect(Buffer.compare(await page.locator('canvas.face').screenshot(), still)).not.toBe(0);
    await reported(new RegExp(`^Said: ${KEYFRAMES} of ${KEYFRAMES} keyframes, replayed`));
    await expect
      .poll(() => page.locator('.playground .count').textContent(), PATIENCE)
      .toBe(`${KEYFRAMES} of ${KEYFRAMES} keyframes, 0 of them twice`);
    await page.getByRole('cell', { name: 'reconnected after connectionClosed' }).waitFor();
    await page.getByRole('img', { name: /: 1 outage, 1 failure\./ }).waitFor();
    await page.getByText('Check the network and the proxies').waitFor();
  });

  it('can be used with the keyboard: start, speak, interrupt, close', async () => {
    await button('Start').focus();
    await page.keyboard.press('Enter');
    await reported(/^Connected/);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await expect.poll(delivered, PATIENCE).toBeGreaterThan(10);
    await button('Interrupt').focus();
    await page.keyboard.press('Enter');
    await reported(/keyframes, interrupted/);
    await button('Close').focus();
    await page.keyboard.press('Enter');
    await reported(/^The session is closed/);
    await button('Start').waitFor();
  });

  it('reports an error in a policy with its place, starts no session with it, and accepts a valid one', async () => {
    const policy = page.getByLabel('JSON, as in a policy file');
    const problems = page.locator('#policy-problems');
    await policy.fill(
      '{ "maxAttempts": 2, "backoff": { "baseMs": -1 }, "rules": { "serverError": "again", "unheardOf": "retry" } }',
    );
    await problems.getByText('/backoff/baseMs must be >= 0').waitFor();
    await problems.getByText(/^\/rules\/serverError must be one of "retry"/).waitFor();
    await problems.getByText('/rules/unheardOf is not known here').waitFor();
    expect(await button('Start').isDisabled()).toBe(true);
    await policy.fill('{ "maxAttempts": ');
    await problems.getByText(/^not JSON: /).waitFor();
    await policy.fill('{ "maxAttempts": 1, "rules": { "connectionClosed": "surface" } }');
    await expect.poll(() => problems.textContent(), PATIENCE).toBe('');
    await started();
    await button('Speak').click();
    await expect.poll(delivered, PATIENCE).toBeGreaterThan(5);
    await button('Cut the line (1006)').click();
    await reported(/^Not said|is closed|connectionClosed/);
    await button('Start').waitFor();
  });

  it('reports a policy that is invalid although the schema accepts it', async () => {
    await page.getByLabel('JSON, as in a policy file').fill('{ "backoff": { "baseMs": 9000, "capMs": 10 } }');
    await button('Start').click();
    await page.locator('#policy-problems').getByText(/capMs/).waitFor();
    expect(await page.getByLabel('JSON, as in a policy file').getAttribute('aria-invalid')).toBe('true');
  });

  it('injects a typed fault, and reports an invalid one', async () => {
    await started();
    const fault = page.getByLabel('Another one, as JSON');
    await fault.fill('{ "kind": "earthquake", "phase": "runtime" }');
    await button('Inject').click();
    await page
      .locator('#fault-problem')
      .getByText(/earthquake|kind/)
      .waitFor();
    await fault.fill('{ "kind": "close", "phase": "runtime", "code": 1012, "afterKeyframes": 5 }');
    await button('Inject').click();
    await button('Speak').click();
    await reported(/^Reconnected/);
  });

  it('reconnects if upgrades are refused after the cut, and shows the number of attempts', async () => {
    await started();
    await button('Speak').click();
    await expect.poll(delivered, PATIENCE).toBeGreaterThan(5);
    await button('Cut, then refuse 3 upgrades').click();
    await reported(/Attempt 5/);
    await reported(/^Reconnected after \w+, at attempt 5\.$/);
    await reported(/^Said: 229 of 229/);
  });

  it('has no serious finding of axe with a session, light, dark and narrow', async () => {
    await started();
    await button('Speak').click();
    await expect.poll(delivered, PATIENCE).toBeGreaterThan(20);
    await button('Cut the line (1006)').click();
    await reported(/^Reconnected/);
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('switch').first().click();
    await expect.poll(() => page.evaluate('document.documentElement.className'), PATIENCE).toContain('dark');
    expect(await seriousFindings(page)).toEqual([]);
    await page.setViewportSize({ width: 400, height: 800 });
    expect(await seriousFindings(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(400);
  });
});

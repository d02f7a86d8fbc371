/** The inspector's page in a real Chromium, with real sessions. Skipped without a Chromium. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AvatarEmulator } from '../../../dist/emulator/index.js';
import { createMemoryCoordinator, newAvatarSession } from '../../../dist/index.js';
import type { AvatarSession, FleetCoordinator } from '../../../dist/index.js';
import { startInspector } from '../../../dist/inspector/index.js';
import type { Inspector, InspectorOptions } from '../../../dist/inspector/index.js';
import { seriousFindings } from './axe-findings.js';
import { CHROMIUM, launchChromium } from './chromium.mjs';

const CHUNK_BYTES = 1_280;
const MANY = 500;
const KEYS = 60;

describe.skipIf(CHROMIUM === undefined)('the page of the inspector', { timeout: 120_000 }, () => {
  let browser: Browser;
  let service: AvatarEmulator;
  const inspectors: Inspector[] = [];
  const sessions: AvatarSession[] = [];
  const pages: Page[] = [];
  /** Requests to another address than the inspector's, and errors of the page. */
  const wrong: string[] = [];

  beforeAll(async () => {
    browser = await launchChromium();
    service = await AvatarEmulator.start({ seed: 1, maxSessions: MANY + 10 });
  });
  afterAll(async () => {
    await browser.close();
    await service.stop();
  });
  afterEach(async () => {
    await Promise.all(pages.splice(0).map((page) => page.close()));
    await Promise.all(inspectors.splice(0).map((inspector) => inspector.close()));
    await Promise.all(sessions.splice(0).map((session) => session.close()));
    expect(wrong.splice(0)).toEqual([]);
  });

  async function inspector(options?: InspectorOptions): Promise<Inspector> {
    const started = await startInspector(options);
    inspectors.push(started);
    return started;
  }

  async function session(): Promise<AvatarSession> {
    const made = newAvatarSession({ ...service.sessionOptions, onFrame: () => undefined });
    sessions.push(made);
    await made.start();
    return made;
  }

  async function page(url: string, look: Parameters<Browser['newPage']>[0] = {}): Promise<Page> {
    const opened = await browser.newPage(look);
    pages.push(opened);
    opened.on('request', (request) => {
      const asked = request.url();
      if (!asked.startsWith(url) && !asked.startsWith('data:')) wrong.push(asked);
    });
    opened.on('pageerror', (error) => wrong.push(String(error)));
    await opened.goto(url);
    return opened;
  }

  it('shows a session that existed before, and its reset in mid-speech up to the recovery', async () => {
    const speaking = await session();
    const shown = await page((await inspector()).url);
    await shown.getByRole('heading', { name: speaking.id }).waitFor();
    await shown.getByText('connected', { exact: true }).first().waitFor();
    const utterance = speaking.speak();
    for (let at = 0; at < 50; at += 1) {
      await utterance.write(new Uint8Array(CHUNK_BYTES).fill(at));
      await sleep(10);
      if (at === 25) service.inject({ kind: 'reset', phase: 'runtime' });
    }
    await utterance.end();
    await utterance.finished;
    await shown.getByLabel(/recovery at/).waitFor();
    await shown.getByRole('img', { name: /: 1 outage, 1 failure\./ }).waitFor();
    await shown.getByRole('cell', { name: 'reconnected after connectionClosed' }).waitFor();
    await shown.getByRole('heading', { name: 'Failures, and what to do' }).waitFor();
    await shown.getByRole('cell', { name: 'replayed', exact: true }).waitFor();
  });

  it('shows what a session waits for, and the reason', async () => {
    const waiting = await session();
    const shown = await page((await inspector()).url);
    await shown.getByRole('heading', { name: waiting.id }).waitFor();
    const refusal = service.inject({ kind: 'refuse', phase: 'upgrade', status: 503, times: 20 });
    service.inject({ kind: 'reset', phase: 'runtime' });
    try {
      await shown.getByText(/^Attempt \d+/).waitFor();
      await shown
        .getByRole('cell', { name: /is retried: attempt \d/ })
        .first()
        .waitFor();
    } finally {
      refusal.remove();
    }
  });

  it('shows which session has which lease of a fleet, and which session waits for one, and why', async () => {
    const coordinator: FleetCoordinator = createMemoryCoordinator({ maxSessions: 2 });
    const { signal } = new AbortController();
    const endpoint = service.ingressEndpointUrl.replace(/\/+$/, '');
    const member = { endpoint, account: service.credentials.appId, sessionId: 'of-another-process', signal };
    await coordinator.acquire(member);
    const [holding, waiting] = [0, 1].map(() => {
      const made = newAvatarSession({ ...service.sessionOptions, coordinator });
      sessions.push(made);
      return made;
    }) as [AvatarSession, AvatarSession];
    await holding.start();
    const started = waiting.start();
    const shown = await page((await inspector()).url);
    const fleet = shown.getByRole('region', { name: 'Fleet', exact: true });
    await fleet.getByText(/^2 leases of 1 process · 1 wait/).waitFor();
    await fleet.getByRole('row', { name: `${holding.id.slice(0, 8)} this process` }).waitFor();
    await fleet.getByRole('row', { name: 'of-anoth' }).waitFor();
    const waits = fleet.getByRole('list', { name: 'Sessions of this process that wait' });
    await waits.getByText(/the fleet has its 2 sessions: one must end first/).waitFor();
    await waits.getByRole('button', { name: waiting.id.slice(0, 8) }).click();
    await shown.getByRole('heading', { name: waiting.id }).waitFor();
    await shown.getByText('no lease', { exact: false }).waitFor();
    expect(await seriousFindings(shown)).toEqual([]);
    await holding.close();
    await started;
    await fleet.getByRole('row', { name: `${waiting.id.slice(0, 8)} this process` }).waitFor();
    await waits.waitFor({ state: 'detached' });
    await shown.getByText('has a lease', { exact: false }).waitFor();
  });

  it('reconnects to the inspector when it is restarted, and shows that it is unavailable meanwhile', async () => {
    const shownSession = await session();
    const token = 'a-token-for-this-test';
    const first = await inspector({ token });
    const { port } = new URL(first.url);
    const shown = await page(first.url);
    await shown.getByText('live', { exact: true }).waitFor();
    await first.close();
    await shown.getByText(/the process does not answer/).waitFor();
    await inspector({ token, port: Number(port) });
    await shown.getByText('live', { exact: true }).waitFor();
    await shown.getByRole('heading', { name: shownSession.id }).waitFor();
  });

  it('stays responsive with 500 sessions: a key press and the changing list take less than one animation frame', async () => {
    await Promise.all(Array.from({ length: MANY }, session));
    const shown = await page((await inspector()).url, { viewport: { width: 1_200, height: 800 } });
    await shown.getByRole('button', { name: `all ${MANY}` }).waitFor();
    expect(await shown.getByRole('option').count()).toBeLessThan(40);
    // Measures processor time, not wall time, so that other work of the machine does not count.
    const client = await shown.context().newCDPSession(shown);
    await client.send('Performance.enable', { timeDomain: 'threadTicks' });
    const busyMs = async (): Promise<number> => {
      const { metrics } = await client.send('Performance.getMetrics');
      return 1_000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Infinity);
    };
    await shown.getByRole('listbox').focus();
    for (const one of sessions) void one.speak(new Uint8Array(CHUNK_BYTES)).finished.catch(() => undefined);
    const beforeMs = await busyMs();
    for (let at = 0; at < KEYS; at += 1) await shown.keyboard.press(at % 10 === 9 ? 'PageDown' : 'ArrowDown');
    const perKeyMs = ((await busyMs()) - beforeMs) / KEYS;
    expect(perKeyMs).toBeLessThan(40);
  });

  it('can be used with the keyboard', async () => {
    const [first, second] = [await session(), await session()];
    const shown = await page((await inspector()).url);
    await shown.getByRole('listbox').focus();
    await shown.keyboard.press('Home');
    await shown.getByRole('heading', { name: first.id }).waitFor();
    await shown.keyboard.press('ArrowDown');
    await shown.getByRole('heading', { name: second.id }).waitFor();
    await shown.keyboard.press('Enter');
    expect(await shown.evaluate('document.activeElement.id')).toBe('session');
    await shown.keyboard.press('/');
    await shown.keyboard.type(first.id.slice(0, 8));
    await expect.poll(() => shown.getByRole('option').count()).toBe(1);
  });

  it('has no serious finding of axe: light, dark and narrow', async () => {
    const spoken = await session();
    await spoken.speak(new Uint8Array(10 * CHUNK_BYTES)).finished;
    const { url } = await inspector();
    for (const look of [
      { colorScheme: 'light' as const },
      { colorScheme: 'dark' as const },
      { colorScheme: 'light' as const, viewport: { width: 400, height: 800 } },
    ]) {
      const shown = await page(url, look);
      await shown.getByRole('heading', { name: spoken.id }).waitFor();
      expect(await seriousFindings(shown)).toEqual([]);
      expect(await shown.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    }
  });
});

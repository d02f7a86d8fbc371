// @ts-check
/**
 * Makes the pictures of docs/inspector.md: the page in light, in dark and on a narrow screen, while one of
 * ten sessions speaks and its connection is reset in mid-sentence. Usage: `npm run prove --
 * inspector-pictures [FOLDER]`
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { newAvatarSession } from '../../../dist/index.js';
import { AvatarEmulator } from '../../../dist/emulator/index.js';
import { startInspector } from '../../../dist/inspector/index.js';
import { launchChromium } from './chromium.mjs';

const ROOT = new URL('../../..', import.meta.url).pathname;
const FOLDER = process.argv[2] ?? join(ROOT, 'docs/pictures');
const WAV_HEADER_BYTES = 44;
const CHUNK_BYTES = 1_280;
const OTHERS = 9;

const speech = readFileSync(join(ROOT, 'examples/audio/speech.wav')).subarray(WAV_HEADER_BYTES);
const service = await AvatarEmulator.start({ seed: 2, pace: 'realtime' });
const inspector = await startInspector();
const browser = await launchChromium();
const session = newAvatarSession({ ...service.sessionOptions, onFrame: () => undefined });
await session.start();
const others = Array.from({ length: OTHERS }, () => newAvatarSession(service.sessionOptions));
await Promise.all(others.map((other) => other.start()));
const refused = newAvatarSession({ ...service.sessionOptions, apiKey: 'mistyped', onError: () => undefined });
await refused.start().catch(() => undefined);

const looks = /** @type {const} */ ([
  ['inspector', 'light', 1_280, 1_040],
  ['inspector-dark', 'dark', 1_280, 1_040],
  ['inspector-narrow', 'light', 400, 1_040],
]);
const pages = await Promise.all(
  looks.map(async ([, colorScheme, width, height]) => {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme });
    await page.goto(inspector.url);
    await page.locator(`[id="row-${session.id}"]`).click();
    await page.locator('.facts').waitFor();
    return page;
  }),
);
const utterance = session.speak(undefined, { label: 'greeting' });
const spoken = (async () => {
  for (let at = 0; at < speech.length; at += CHUNK_BYTES) {
    await utterance.write(speech.subarray(at, at + CHUNK_BYTES));
    await sleep(40);
  }
  await utterance.end();
})();
await sleep(2_500);
service.inject({ kind: 'reset', phase: 'runtime' });
await sleep(3_500);
for (const [at, page] of pages.entries())
  await page.screenshot({ path: join(FOLDER, `${looks[at]?.[0] ?? ''}.png`) });
await spoken;
await utterance.finished;
await browser.close();
await Promise.all([session, ...others].map((one) => one.close()));
await inspector.close();
await service.stop();

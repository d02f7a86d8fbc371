/**
 * Runs in its own process. A service sends back a key in a close reason and at the end of a long refusal, and the
 * process keeps the sessions and all their errors. It gets the key as hexadecimal digits, and searches for it in a
 * snapshot of the heap. Run with --expose-gc.
 */
import { getHeapSnapshot } from 'node:v8';
import { newAvatarSession } from '../../../dist/index.js';

process.once('message', (/** @type {{ hex: string, refused: Endpoints, closed: Endpoints }} */ reported) => {
  void run(reported);
});

/** @typedef {{ consoleEndpointUrl: string, ingressEndpointUrl: string }} Endpoints */

/** @param {{ hex: string, refused: Endpoints, closed: Endpoints }} told */
async function run({ hex, refused, closed }) {
  const kept = [await openAndClose(hex, closed), await openAndClose(hex, refused)];
  for (let round = 0; round < 5; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    globalThis.gc?.();
  }
  const chunks = [];
  for await (const chunk of getHeapSnapshot()) chunks.push(Buffer.from(chunk));
  const found = Buffer.concat(chunks).includes(Buffer.from(hex, 'hex'));
  process.send?.({ found, states: kept.map(({ session }) => session.state), errors: kept.map(codes) });
  process.disconnect();
}

/** @param {{ errors: { code: string }[] }} kept */
function codes({ errors }) {
  return errors.map(({ code }) => code);
}

/**
 * @param {string} hex
 * @param {Endpoints} endpoints
 */
async function openAndClose(hex, endpoints) {
  const session = newAvatarSession({
    ...endpoints,
    apiKey: Buffer.from(hex, 'hex').toString(),
    appId: 'app',
    avatarId: 'avatar',
    retry: false,
  });
  /** @type {{ code: string }[]} */
  const errors = [];
  const failed = new Promise((resolve) => session.on('error', (error) => resolve(errors.push(error))));
  await session.start().catch(() => undefined);
  await failed;
  await session.close();
  return { session, errors };
}

/**
 * Runs in its own process. Opens sessions whose credentials it gets as hexadecimal digits, closes them, collects garbage,
 * and searches for the credentials in a snapshot of the heap. Only sessions have the secrets as text. Run with
 * --expose-gc.
 */
import { Agent } from 'node:http';
import { getHeapSnapshot } from 'node:v8';
import { newAvatarSession } from '../../../dist/index.js';

/** @type {(hex: string) => string} */
const text = (hex) => Buffer.from(hex, 'hex').toString();

process.once(
  'message',
  (/** @type {{ sessions: Record<string, string>[]; secrets: string[] }} */ reported) => {
    void run(reported.sessions, reported.secrets);
  },
);

/**
 * @param {Record<string, string>[]} sessions options, as hexadecimal digits
 * @param {string[]} secrets as hexadecimal digits
 */
async function run(sessions, secrets) {
  const kept = [];
  for (const given of sessions) kept.push(await openAndClose(given));
  for (let round = 0; round < 5; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    globalThis.gc?.();
  }
  const snapshot = await bytesOf(getHeapSnapshot());
  const found = secrets.filter((hex) => snapshot.includes(Buffer.from(hex, 'hex')));
  const states = kept.map(({ session }) => session.state);
  const errors = kept.reduce((sum, { errors }) => sum + errors.length, 0);
  process.send?.({ found, states, errors, bytes: snapshot.length });
  process.disconnect();
}

/** @type {Record<string, (hex: string) => object>} */
const SPECIAL = {
  extraToken: (hex) => ({ extraParams: { upstream: JSON.stringify({ auth: { token: text(hex) } }) } }),
  roomToken: (hex) => ({
    livekitEgress: {
      url: `wss://${text(hex)}:${text(hex)}@room.test`,
      apiToken: text(hex),
      extraAttributes: { key: text(hex) },
    },
  }),
  roomFunction: (hex) => ({ agoraEgress: () => ({ channelName: 'c', token: text(hex) }) }),
  providerToken: (hex) => ({ tokenProvider: () => text(hex) }),
  reusableToken: (hex) => ({ tokenProvider: () => ({ token: text(hex), reusable: true }) }),
  proxyPassword: (hex) => ({ agent: Object.assign(new Agent(), { proxyPassword: text(hex) }) }),
};

/** @param {Record<string, string>} given */
async function openAndClose({ useQueryAuth, ...given }) {
  /** @type {[string, unknown][]} */
  const pairs = Object.entries(given).flatMap(([name, hex]) =>
    Object.entries(SPECIAL[name]?.(hex) ?? { [name]: text(hex) }),
  );
  const options = /** @type {import('../../../dist/index.js').AvatarSessionOptions} */ (
    /** @type {unknown} */ (Object.fromEntries(pairs))
  );
  const session = newAvatarSession({ ...options, useQueryAuth: useQueryAuth === 'yes', retry: false });
  /** @type {unknown[]} */
  const errors = [];
  session.on('error', (error) => errors.push(error));
  await session.start().catch((/** @type {unknown} */ error) => errors.push(error));
  // A session that could not connect is restarted. It keeps its credentials until it is closed, and no object of
  // its first life keeps them.
  const utterance = session.speak();
  await session.restart().catch(() => undefined);
  await session.close();
  return { session, utterance, errors };
}

/** @param {AsyncIterable<Buffer | string>} stream */
async function bytesOf(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

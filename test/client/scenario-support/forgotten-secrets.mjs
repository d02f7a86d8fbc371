/**
 * A process of its own: opens sessions whose credentials arrive as hexadecimal digits, closes them, collects garbage, looks for
 * the credentials in a snapshot of its heap. The text of a secret exists only where a session has it. Run with --expose-gc.
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
 * @param {Record<string, string>[]} sessions options, as digits
 * @param {string[]} secrets as digits
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
  // One that could not connect is restarted: it keeps its credentials until it is closed, in no part of a life before.
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

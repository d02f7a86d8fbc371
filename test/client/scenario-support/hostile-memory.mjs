/**
 * Runs in its own process. A session gets hostile texts in every way from the service, and the application keeps every
 * error and every event. Prints for each text how many bytes were received, and how many more bytes are in use after full
 * collections. Run with --expose-gc.
 */
import { createConnectGate, newAvatarSession } from '../../../dist/index.js';
import { encodeServerMessage } from '../../../dist/wire/encode.js';

const SECRETS = [`${'k0'.repeat(500)}!`, 'st_0a1b2c3d4e5f6789'];
/** More than a megabyte for each text, so that the memory of the session itself does not matter. */
const ANSWERS = 16;
const ERRORS_PER_CONNECTION = 30;
const CONNECTIONS = 6;

process.once('message', (/** @type {string[]} */ texts) => void run(texts));

/** @param {string[]} texts */
async function run(texts) {
  // The first run fills caches and compiles code, so it is not measured.
  await heap(texts[0] ?? '');
  const results = [];
  for (const text of texts) {
    const before = await usedBytes();
    const { receivedBytes, kept } = await heap(text);
    const keptBytes = (await usedBytes()) - before;
    results.push({ receivedBytes, keptBytes, events: kept.length });
  }
  process.send?.(results);
  process.disconnect();
}

/** @param {string} text */
async function heap(text) {
  /** @type {unknown[]} */
  const kept = [];
  let receivedBytes = 0;
  const bytes = Buffer.byteLength(text);
  const shared = {
    appId: 'a',
    avatarId: 'b',
    apiKey: SECRETS[0],
    connectGate: createConnectGate(),
    retry: { backoff: { baseMs: 1, capMs: 1, minIntervalMs: 0 }, maxElapsedMs: 60_000 },
  };
  /** @param {import('../../../dist/index.js').AvatarSession} session */
  const keep = (session) => {
    kept.push(session);
    for (const name of /** @type {const} */ (['error', 'state', 'retry', 'reconnect', 'playback', 'close'])) {
      session.on(name, (payload) => void kept.push(payload));
    }
  };

  let answers = 0;
  const refused = newAvatarSession({
    ...shared,
    retry: { ...shared.retry, maxAttempts: ANSWERS },
    httpPost: () => {
      answers += 1;
      receivedBytes += bytes;
      return Promise.resolve({
        status: 503,
        headers: { 'x-request-id': text.slice(0, 512) },
        body: JSON.stringify({ message: text }),
      });
    },
  });
  keep(refused);
  await refused.start().catch((/** @type {unknown} */ error) => void kept.push(error));
  kept.push(refused.explain(), answers);

  let dials = 0;
  const spoken = newAvatarSession({
    ...shared,
    tokenProvider: () => String(SECRETS[1]),
    retry: { ...shared.retry, maxAttempts: CONNECTIONS },
    transport: {
      name: 'hostile',
      sendsHeaders: true,
      dial(_request, sink) {
        dials += 1;
        let open = true;
        const end = () => {
          if (open) sink.closed(1012, text.slice(0, 60));
          open = false;
        };
        const say = () => {
          /** @param {Uint8Array} message */
          const deliver = (message) => {
            receivedBytes += message.length;
            if (open) sink.message(message);
          };
          deliver(
            encodeServerMessage({
              type: 2,
              connectionId: text.slice(0, 512),
              capabilities: [text.slice(0, 30)],
            }),
          );
          for (let n = 0; n < ERRORS_PER_CONNECTION; n += 1) {
            deliver(
              encodeServerMessage({
                type: 4,
                connectionId: text.slice(0, 400),
                reqId: text.slice(0, 300),
                code: 0,
                message: text.slice(0, 8_000),
              }),
            );
          }
          setTimeout(end, 5);
        };
        let asked = false;
        return Promise.resolve({
          bufferedBytes: 0,
          receivedBytes: 0,
          send: () => {
            if (!asked) setTimeout(say, 1);
            asked = true;
          },
          notifyBelow: () => undefined,
          close: end,
          terminate: end,
        });
      },
    },
  });
  keep(spoken);
  await spoken.start().catch((/** @type {unknown} */ error) => void kept.push(error));
  while (spoken.state !== 'closed' && dials < CONNECTIONS)
    await new Promise((resolve) => setTimeout(resolve, 20));
  kept.push(spoken.explain());
  await spoken.close();
  return { receivedBytes, kept };
}

async function usedBytes() {
  for (let round = 0; round < 4; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    globalThis.gc?.();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

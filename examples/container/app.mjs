// @ts-check
// An HTTP service in a container: POST /speak has audio in the request and one line of JSON per keyframe in the answer.
// A second port is for the platform alone: GET /livez, GET /readyz and GET /drain.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { AvatarSDKError } from 'avatarkit-session';
import { createSessionPool } from 'avatarkit-session/pool';

const env = process.env;
const REQUIRED = ['AVATARKIT_APP_ID', 'AVATARKIT_API_KEY', 'AVATARKIT_AVATAR_ID'];
const missing = REQUIRED.filter((name) => (env[name] ?? '') === '');
if (missing.length > 0) {
  console.error(`app: set ${missing.join(', ')} in the environment`);
  process.exit(1);
}

/** How long unfinished utterances may continue after SIGTERM or `/drain`; the platform has to wait longer before it kills. */
const DRAIN_MS = Number(env['DRAIN_MS'] ?? 40_000);
/** How long the last answers may take after that. */
const LAST_ANSWERS_MS = 1_000;
/** A process that has got no connection for longer is not ready: its clients do better elsewhere. */
const MAX_OUTAGE_MS = 30_000;

/** @type {WeakSet<object>} */
const logged = new WeakSet();
/** One line of JSON for a failure, which `avatarkit-session explain -` reads. A session reports most of them before its caller gets them. */
function log(/** @type {unknown} */ error) {
  if (error instanceof Error && logged.has(error)) return;
  if (error instanceof Error) logged.add(error);
  const err = error instanceof Error && !AvatarSDKError.is(error) ? { message: error.stack } : error;
  console.error(JSON.stringify({ level: 'error', err }));
}

/** @type {{ sinceMs: number, latestMs: number } | undefined} attempts to connect that have failed since the last success */
let failures;
function failed(/** @type {AvatarSDKError} */ error) {
  log(error);
  if (error.phase === 'websocket_runtime') return;
  const latestMs = performance.now();
  // A failure that waiting can't remedy counts at once: a refused key, an account without credit.
  failures = { sinceMs: error.willRetry ? (failures?.sinceMs ?? latestMs) : -Infinity, latestMs };
}

/** With Redis, the limit of the plan counts for all replicas together. */
async function joinFleet(/** @type {string | undefined} */ url) {
  if (url === undefined) return undefined;
  const [{ createClient }, { createRedisCoordinator }] = await Promise.all([
    import('redis'),
    import('avatarkit-session/redis'),
  ]);
  const client = createClient({
    url,
    disableOfflineQueue: true,
    pingInterval: 2_000,
    socket: { socketTimeout: 5_000 },
  });
  client.on('error', ({ message }) => console.error(`redis: ${message}`));
  client.connect().catch(() => undefined);
  const coordinator = createRedisCoordinator({ client, maxSessions: Number(env['MAX_SESSIONS'] ?? 10) });
  const leave = async () => {
    await coordinator.close();
    client.destroy();
  };
  return { coordinator, leave };
}

const fleet = await joinFleet(env['REDIS_URL']);
const pool = createSessionPool({
  size: Number(env['POOL_SIZE'] ?? 2),
  coordinator: fleet?.coordinator,
  session: () => ({
    appId: env['AVATARKIT_APP_ID'] ?? '',
    apiKey: env['AVATARKIT_API_KEY'] ?? '',
    avatarId: env['AVATARKIT_AVATAR_ID'] ?? '',
    consoleEndpointUrl: env['AVATARKIT_CONSOLE_URL'],
    ingressEndpointUrl: env['AVATARKIT_INGRESS_URL'],
    idle: 'reconnectOnDemand',
    onError: failed,
    onStateChange: ({ to }) => {
      if (to === 'websocket_runtime') failures = undefined;
    },
  }),
});

/** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
async function speak(request, response) {
  const client = new AbortController();
  response.once('close', () => client.abort()); // it has hung up, perhaps before there is a session
  const { signal } = client;
  try {
    await pool.use(
      async (session) => {
        for await (const { keyframes } of session.speak(request, { signal }))
          for (const { jawPose } of keyframes) response.write(`${JSON.stringify({ jaw: jawPose[0] })}\n`);
      },
      { signal },
    );
  } catch (error) {
    if (signal.aborted) return;
    log(error);
    if (!response.headersSent) response.writeHead(503);
    response.write(JSON.stringify({ error: AvatarSDKError.is(error) ? error.code : 'internal' }));
  }
  response.end();
}

const service = createServer((request, response) => {
  if (request.method === 'POST' && request.url === '/speak') void speak(request, response);
  else response.writeHead(404).end();
});

/** @type {Promise<void> | undefined} */
let drained;
/**
 * Nothing new comes in, unfinished utterances are finished within DRAIN_MS, and no billed session is left. Then those who still wait, for a
 * session too, get the error `connectionClosed`. Each call waits for the same.
 */
function drain() {
  drained ??= (async () => {
    const answered = new Promise((resolve) => service.close(resolve));
    await Promise.race([answered, sleep(DRAIN_MS, undefined, { ref: false })]);
    await pool.close();
    await Promise.race([answered, sleep(LAST_ANSWERS_MS, undefined, { ref: false })]);
    service.closeAllConnections();
    await fleet?.leave();
  })();
  return drained;
}

function isReady() {
  if (drained !== undefined) return false;
  if (failures === undefined) return true;
  const nowMs = performance.now();
  // Without a recent attempt nothing is known: the next client makes one.
  return nowMs - failures.sinceMs < MAX_OUTAGE_MS || nowMs - failures.latestMs > MAX_OUTAGE_MS;
}

const platform = createServer(({ url }, response) => {
  if (url === '/livez') response.writeHead(200).end();
  else if (url === '/readyz') response.writeHead(isReady() ? 200 : 503).end();
  else if (url === '/drain') void drain().then(() => response.writeHead(200).end());
  else response.writeHead(404).end();
});

service.listen(Number(env['PORT'] ?? 8080));
platform.listen(Number(env['PLATFORM_PORT'] ?? 8081));
await Promise.all([once(service, 'listening'), once(platform, 'listening')]);
console.log(JSON.stringify({ service: service.address(), platform: platform.address() }));

process.once('SIGTERM', () => void drain().then(() => platform.close()));

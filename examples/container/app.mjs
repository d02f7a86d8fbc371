// @ts-check
// An HTTP service in a container: POST /speak has audio in the request and one line of JSON per keyframe in the answer.
// A second port is for the platform alone: GET /livez, GET /readyz and GET /drain.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { AvatarSDKError } from 'avatarkit-session';
import { createSessionPool } from 'avatarkit-session/pool';

const env = process.env;
/** A session that has been without a connection for longer makes the process not ready: its clients do better elsewhere. */
const MAX_OUTAGE_MS = 30_000;

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
/** @type {Set<import('avatarkit-session').AvatarSession>} those that are used now */
const used = new Set();
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
  }),
});

/** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
async function speak(request, response) {
  try {
    await pool.use(async (session) => {
      used.add(session);
      const utterance = session.speak(request);
      response.once('close', () => void utterance.interrupt()); // the client has hung up
      try {
        for await (const { keyframes } of utterance)
          for (const { jawPose } of keyframes) response.write(`${JSON.stringify({ jaw: jawPose[0] })}\n`);
      } finally {
        used.delete(session);
      }
    });
  } catch (error) {
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
/** Nothing new comes in, what is being said is finished, and no billed session is left. Each call waits for the same. */
function drain() {
  drained ??= (async () => {
    await new Promise((resolve) => service.close(resolve));
    await pool.close();
    await fleet?.leave();
  })();
  return drained;
}

const isReady = () =>
  drained === undefined &&
  [...used].every((session) => (session.health().outage?.forMs ?? 0) < MAX_OUTAGE_MS);

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

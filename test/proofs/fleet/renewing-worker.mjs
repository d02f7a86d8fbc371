// @ts-check
/**
 * A process with the number of coordinators that its parent sets, each with leases. Reports the duration of
 * their commands, and how many leases are lost.
 */
import { once } from 'node:events';
import { createClient } from 'redis';
import { createRedisCoordinator } from 'avatarkit-session/redis';

process.once('disconnect', () => process.exit(0));
const message = /** @type {unknown[]} */ (await once(process, 'message'));
const { port, workers, sessions, leaseTtlMs } =
  /** @type {{ port: number, workers: number, sessions: number, leaseTtlMs: number }} */ (message[0]);
/** @type {number[]} */
let tookMs = [];
let lost = 0;
for (let at = 0; at < workers; at += 1) {
  const client = createClient({ socket: { host: '127.0.0.1', port }, disableOfflineQueue: true });
  client.on('error', () => undefined);
  await client.connect();
  const timed = {
    /** @param {string} sha @param {{ keys: string[], arguments: string[] }} options */
    evalSha: (sha, options) => measured(() => client.evalSha(sha, options)),
    /** @param {string} script @param {{ keys: string[], arguments: string[] }} options */
    eval: (script, options) => measured(() => client.eval(script, options)),
  };
  const coordinator = createRedisCoordinator({ client: timed, leaseTtlMs });
  for (let nth = 0; nth < sessions; nth += 1) {
    const { signal } = new AbortController();
    const request = {
      endpoint: 'wss://ingress.test/v2',
      account: 'app',
      sessionId: crypto.randomUUID(),
      signal,
    };
    const answer = await coordinator.acquire(request);
    if ('lost' in answer) answer.lost.addEventListener('abort', () => (lost += 1));
    else lost += 1;
  }
}
tookMs = [];
process.on('message', () => process.send?.({ tookMs, lost }));
process.send?.('ready');

/** @param {() => Promise<unknown>} run */
async function measured(run) {
  const beganAtMs = performance.now();
  const answer = await run();
  tookMs.push(performance.now() - beganAtMs);
  return answer;
}

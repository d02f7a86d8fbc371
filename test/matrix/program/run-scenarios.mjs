// @ts-check
/** Runs several scenarios at the same time, and reports each result as soon as it is known. */
import { createWebSocketTransport, newAvatarSession } from 'avatarkit-session';

const WITHIN_MS = 30_000;
/** More scenarios would slow each other down, which would affect their time limits. */
const AT_ONCE = 8;

/**
 * @typedef {{ readonly name: string, readonly ok: boolean, readonly ms: number, readonly error?: string }} Result
 *
 * @param {readonly import('./client-scenarios.mjs').Scenario[]} scenarios
 * @param {import('./client-scenarios.mjs').Context} context
 * @param {(result: Result) => void} report
 */
export async function runScenarios(scenarios, context, report) {
  const queue = scenarios.values();
  const runNext = async () => {
    for (const scenario of queue) report(await runScenario(scenario, context));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, runNext));
}

/**
 * @param {import('./client-scenarios.mjs').Scenario} scenario
 * @param {import('./client-scenarios.mjs').Context} context
 * @returns {Promise<Result>}
 */
async function runScenario({ name, withinMs = WITHIN_MS, run }, context) {
  const sinceMs = Date.now();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${withinMs} ms`)), withinMs);
  });
  try {
    await Promise.race([run(context), late]);
    return { name, ok: true, ms: Date.now() - sinceMs };
  } catch (error) {
    return { name, ok: false, ms: Date.now() - sinceMs, error: String(error) };
  } finally {
    clearTimeout(timer);
  }
}

/**
 * @param {object} options
 * @param {string} options.controlUrl of the process with the services
 * @param {Readonly<Record<string, string>>} options.env
 * @param {readonly string[]} options.program
 * @param {import('avatarkit-session').WebSocketConstructor} options.WebSocket
 * @param {boolean} [options.hasWsPackage] default true
 * @returns {import('./client-scenarios.mjs').Context}
 */
export function makeContext({ controlUrl, env, program, WebSocket, hasWsPackage = true }) {
  /** @type {(path: string, init: RequestInit) => Promise<any>} */
  const ask = async (path, init) => {
    const answer = await fetch(`${controlUrl}/${path}`, init);
    if (!answer.ok) throw new Error(`the process with the services: ${await answer.text()}`);
    return answer.json();
  };
  const webSocketTransport = () => createWebSocketTransport({ WebSocket });
  return {
    env,
    program,
    webSocketTransport,
    service: async (options = {}, { tls = false } = {}) => {
      const { id, sessionOptions } = await ask('', {
        method: 'POST',
        body: JSON.stringify({ tls, options }),
      });
      return {
        sessionOptions,
        look: () => ask(id, { method: 'GET' }),
        stop: () => ask(id, { method: 'DELETE' }),
      };
    },
    session: ({ sessionOptions }, options) =>
      newAvatarSession({
        retry: 'test',
        ...sessionOptions,
        ...(hasWsPackage
          ? {}
          : { transport: webSocketTransport(), useQueryAuth: true, httpPost: postByFetch }),
        ...options,
      }),
  };
}

/** @type {import('avatarkit-session').ApplicationHttpPost} */
const postByFetch = ({ url, headers, body, signal }) => fetch(url, { method: 'POST', headers, body, signal });

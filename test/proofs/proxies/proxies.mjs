// @ts-check
/**
 * Sessions speak through nginx and haproxy, on real sockets of 127.0.0.1, while the proxies are reloaded,
 * restarted and so on. A situation passes if no session lost or repeated a keyframe, or failed. Usage: npm
 * run prove -- proxies [words]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { AvatarEmulator } from 'avatarkit-session/emulator';
import { serviceNode } from './backends.mjs';
import { HAPROXY } from './haproxy.mjs';
import { NGINX } from './nginx.mjs';
import { ProxyProcess, findProgram } from './proxy-process.mjs';
import { SITUATIONS } from './situations.mjs';
import { Voice } from './voice.mjs';

/** The number of situations that run at the same time. They mostly wait. */
const SIDE_BY_SIDE = 10;
/**
 * The time for the last utterance after the proxy works again: a session may be in the middle of a long
 * delay.
 */
const FINISH_WITHIN_MS = 45_000;

const words = process.argv.slice(2);
const cases = SITUATIONS.flatMap((situation) =>
  [NGINX, HAPROXY].map((kind) => ({ situation, kind, name: `${kind.program}: ${situation.name}` })),
).filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));

const missing = [NGINX, HAPROXY].filter(({ program }) => findProgram(program) === undefined);
if (missing.length > 0) {
  const names = missing.map(({ program }) => program).join(' ');
  process.stdout.write(
    `not installed: ${names} (Debian: apt-get install ${names})\n0 right, ${cases.length} wrong\n`,
  );
  process.exit(1);
}

let right = 0;
let wrong = 0;
const waiting = [...cases];
const startedAtMs = performance.now();
await Promise.all(Array.from({ length: SIDE_BY_SIDE }, runNext));
process.stdout.write(
  `${((performance.now() - startedAtMs) / 1_000).toFixed(0)} s\n${right} right, ${wrong} wrong\n`,
);
if (wrong > 0 || right === 0) process.exit(1);

async function runNext() {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const voices = /** @type {Voice[]} */ ([]);
    const complaints = await run(next, voices).catch((/** @type {unknown} */ error) => [
      `the proof itself failed: ${String(error)}`,
    ]);
    if (complaints.length === 0) right += 1;
    else wrong += 1;
    const sum = (/** @type {(voice: Voice) => number} */ of) =>
      voices.reduce((total, voice) => total + of(voice), 0);
    const longestS = Math.max(0, ...voices.map(({ longestOutageMs }) => longestOutageMs)) / 1_000;
    process.stdout.write(
      `${complaints.length === 0 ? 'right' : 'WRONG'}  ${next.name.padEnd(54)} ${sum(({ keyframes }) => keyframes)} keyframes, ` +
        `${sum(({ reconnects }) => reconnects)} reconnects, longest outage ${longestS.toFixed(1)} s\n`,
    );
    for (const complaint of new Set(complaints)) process.stdout.write(`         ${complaint}\n`);
    if (complaints.length === 0) continue;
    for (const line of voices.find((voice) => voice.complaints.length > 0)?.story.slice(-12) ?? [])
      process.stdout.write(`           told: ${line}\n`);
  }
}

/**
 * The failures; empty if there were none.
 * @param {{ situation: import('./situations.mjs').Situation, kind: import('./proxy-process.mjs').ProxyKind }}
 *   given
 * @param {Voice[]} voices the function adds the voices to it
 * @returns {Promise<string[]>}
 */
async function run({ situation, kind }, voices) {
  const { behaviour, manner = { chunks: 75 }, trouble } = situation;
  const { leastReconnects = 1, mostReconnects = Infinity } = situation;
  const service = await AvatarEmulator.start();
  const servicePort = Number(new URL(service.consoleEndpointUrl).port);
  const nodes = await Promise.all(
    Array.from({ length: situation.nodes ?? 1 }, () => serviceNode(servicePort)),
  );
  const proxy = await ProxyProcess.start(kind, { upstreams: nodes.map(({ port }) => port), ...behaviour });
  try {
    const [http, ws] = behaviour?.certificate === undefined ? ['http', 'ws'] : ['https', 'wss'];
    const target = {
      ...service.credentials,
      consoleEndpointUrl: `${http}://127.0.0.1:${proxy.port}/v1/console`,
      ingressEndpointUrl: `${ws}://127.0.0.1:${proxy.port}/v2/driveningress`,
    };
    for (let count = 0; count < (situation.voices ?? 1); count++) voices.push(new Voice(target, manner));
    for (const voice of voices) await voice.start();
    await sleep(500);
    await trouble({ proxy, nodes });
    await Promise.all(voices.map((voice) => voice.stop(FINISH_WITHIN_MS)));
    const reconnected = voices.reduce((sum, { reconnects }) => sum + reconnects, 0);
    const unreached =
      reconnected < leastReconnects
        ? [`the trouble did not reach the sessions: ${reconnected} reconnects`]
        : [];
    return voices.flatMap(({ complaints, reconnects, utterances }) => [
      ...complaints,
      ...unreached,
      ...(utterances === 0 ? ['no utterance was finished'] : []),
      ...(reconnects > mostReconnects
        ? [`${reconnects} reconnects, where ${mostReconnects} are enough`]
        : []),
    ]);
  } finally {
    await Promise.all(voices.map((voice) => voice.stop(0)));
    await proxy.dispose();
    for (const node of nodes) await node.stop();
    await service.stop();
  }
}

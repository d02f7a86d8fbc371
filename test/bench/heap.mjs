// @ts-check
/**
 * Heap per idle session with its heartbeat on, beside a bare `ws` client socket: five hundred of each in turn, in one process, each
 * measured after a full collection. Usage: npm run --silent build && node --expose-gc test/bench/heap.mjs
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import { newAvatarSession } from 'avatarkit-session';

const COUNT = 500;
const ROUNDS = 5;
/** Long enough that every socket has had its upgrade's garbage collected, and every session a heartbeat. */
const SETTLE_MS = 700;
const HEARTBEAT = { intervalMs: 200, timeoutMs: 5_000 };

const { gc } = globalThis;
if (gc === undefined) throw new Error('run it with node --expose-gc');

const peer = fork(new URL('peer.mjs', import.meta.url));
/** @type {number} */
const port = await new Promise((resolve) => peer.once('message', resolve));
const base = `127.0.0.1:${port}`;

async function openRaw() {
  const socket = new WebSocket(`ws://${base}/raw`, {
    perMessageDeflate: false,
    maxPayload: 16 * 1024 * 1024,
  });
  socket.on('message', () => undefined);
  socket.on('error', () => undefined);
  await once(socket, 'open');
  return async () => {
    const closed = once(socket, 'close');
    socket.terminate();
    await closed;
  };
}

async function openSession() {
  const session = newAvatarSession({
    apiKey: 'bench',
    appId: 'bench',
    avatarId: 'bench',
    consoleEndpointUrl: `http://${base}`,
    ingressEndpointUrl: `ws://${base}`,
    heartbeat: HEARTBEAT,
    onFrame: () => undefined,
  });
  await session.start();
  return () => session.close();
}

async function usedBytes() {
  await sleep(SETTLE_MS);
  for (let i = 0; i < 4; i += 1) {
    gc?.();
    await sleep(5);
  }
  const { heapUsed, external } = process.memoryUsage();
  return { heapUsed, external };
}

/** @param {() => Promise<() => Promise<unknown>>} open @param {number} count */
async function kibEach(open, count) {
  const before = await usedBytes();
  /** @type {(() => Promise<unknown>)[]} */
  const closes = [];
  for (let i = 0; i < count; i += 20) {
    closes.push(...(await Promise.all(Array.from({ length: Math.min(20, count - i) }, open))));
  }
  const after = await usedBytes();
  await Promise.all(closes.map((close) => close()));
  return {
    heap: (after.heapUsed - before.heapUsed) / count / 1024,
    external: (after.external - before.external) / count / 1024,
  };
}

/** @param {number[]} values */
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1] ?? NaN;

await kibEach(openRaw, COUNT);
await kibEach(openSession, COUNT);
/** @type {{ raw: number, ours: number, rawExternal: number, oursExternal: number }[]} */
const rounds = [];
for (let i = 0; i < ROUNDS; i += 1) {
  const raw = await kibEach(openRaw, COUNT);
  const ours = await kibEach(openSession, COUNT);
  rounds.push({ raw: raw.heap, ours: ours.heap, rawExternal: raw.external, oursExternal: ours.external });
}
const raw = median(rounds.map((round) => round.raw));
const ours = median(rounds.map((round) => round.ours));
const kib = (/** @type {number} */ value) => `${value.toFixed(2)} KiB`;
console.log(
  `heap per idle connection      raw ws ${kib(raw)}  ours ${kib(ours)}  over raw ws ${kib(median(rounds.map((r) => r.ours - r.raw)))}`,
);
console.log(
  `external per idle connection  raw ws ${kib(median(rounds.map((r) => r.rawExternal)))}  ours ${kib(median(rounds.map((r) => r.oursExternal)))}`,
);
peer.disconnect();

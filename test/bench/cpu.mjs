// @ts-check
/**
 * CPU per 640-byte audio send and per received animation message, beside a bare `ws` socket with bufferutil, in one run:
 * the two alternate, and the median of the ratios is what counts. Usage: npm run bench
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import WebSocket from 'ws';
import { newAvatarSession } from 'avatarkit-session';

const ROUNDS = 9;
const SENDS = 20_000;
const MESSAGES = 20_000;
const CHUNK = new Uint8Array(640).fill(7);

const peer = fork(new URL('peer.mjs', import.meta.url));
/** @type {number} */
const port = await new Promise((resolve) => peer.once('message', resolve));
const base = `127.0.0.1:${port}`;

const socket = new WebSocket(`ws://${base}/raw`, { perMessageDeflate: false });
await once(socket, 'open');
let frames = 0;
const session = newAvatarSession({
  apiKey: 'bench',
  appId: 'bench',
  avatarId: 'bench',
  consoleEndpointUrl: `http://${base}`,
  ingressEndpointUrl: `ws://${base}`,
  onFrame: () => void (frames += 1),
});
await session.start();

/** @param {() => Promise<unknown>} work @param {number} times */
async function cpuMicroseconds(work, times) {
  globalThis.gc?.();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / times;
}

const PACE = 50;
const pause = () => new Promise((resolve) => setImmediate(resolve));

async function rawSends() {
  for (let i = 0; i < SENDS; i += 1) {
    socket.send(CHUNK);
    if (i % PACE === 0) await pause();
  }
}

async function sessionSends() {
  for (let i = 0; i < SENDS; i += 1) {
    void session.sendAudio(CHUNK);
    if (i % PACE === 0) await pause();
  }
  const utterance = session.interrupt();
  await utterance;
}

/** @param {number} floats */
async function rawReceives(floats) {
  let left = MESSAGES + 1;
  await new Promise((resolve) => {
    const onMessage = () => {
      left -= 1;
      if (left > 0) return;
      socket.off('message', onMessage);
      resolve(undefined);
    };
    socket.on('message', onMessage);
    socket.send(`${MESSAGES} ${floats}`);
  });
}

/** @param {number} floats */
async function sessionReceives(floats) {
  const order = new DataView(new ArrayBuffer(8));
  order.setUint32(0, MESSAGES);
  order.setUint32(4, floats);
  await new Promise((resolve) => {
    session.once('frame', function first() {
      session.on('frame', function last(/** @type {import('avatarkit-session').Frame} */ frame) {
        if (!frame.end) return;
        session.off('frame', last);
        resolve(undefined);
      });
    });
    void session.sendAudio(new Uint8Array(order.buffer), true);
  });
}

/** @param {string} name @param {() => Promise<unknown>} ours @param {() => Promise<unknown>} theirs @param {number} times */
async function compare(name, ours, theirs, times) {
  await theirs();
  await ours();
  /** @type {{ ours: number, raw: number }[]} */
  const rounds = [];
  for (let i = 0; i < ROUNDS; i += 1) {
    const raw = await cpuMicroseconds(theirs, times);
    rounds.push({ raw, ours: await cpuMicroseconds(ours, times) });
  }
  const median = (/** @type {number[]} */ values) => values.sort((a, b) => a - b)[ROUNDS >> 1] ?? NaN;
  const ratio = median(rounds.map((round) => round.ours / round.raw));
  const micros = (/** @type {number} */ value) => `${value.toFixed(2)} µs`;
  console.log(
    `${name.padEnd(28)} raw ws ${micros(median(rounds.map((r) => r.raw)))}  ours ${micros(median(rounds.map((r) => r.ours)))}  ratio ${ratio.toFixed(3)}`,
  );
}

await compare('send 640 bytes of audio', sessionSends, rawSends, SENDS);
await compare(
  'receive 564 bytes',
  () => sessionReceives(110),
  () => rawReceives(110),
  MESSAGES,
);
await compare(
  'receive 5 KB',
  () => sessionReceives(1_220),
  () => rawReceives(1_220),
  MESSAGES,
);

await session.close();
socket.terminate();
peer.disconnect();

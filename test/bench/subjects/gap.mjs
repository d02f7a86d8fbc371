// @ts-check
/**
 * Measures the gap in playback after a cut in mid-sentence: from the cut to the next new keyframe, by the
 * duration of the speech before it. The service animates at five times real time, with one keyframe per
 * message. The connection has a round-trip time of 40 ms. The result is the median of sessions that are each
 * alone at their endpoint.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createConnectGate, newAvatarSession } from 'avatarkit-session';
import { WebSocketServer } from 'ws';
import { decodeClientMessage } from '../../../dist/wire/decode.js';
import { encodeServerMessage } from '../../../dist/wire/encode.js';
import { MessageType } from '../../../dist/ports/message.js';
import { KEYFRAME } from '../keyframe.mjs';
import { alone, median } from '../measure.mjs';

const POSITIONS_S = [2, 60, 600];
const ONE_WAY_MS = 20;
/** The time of two round trips for the connection and the request over it. */
const REQUEST_MS = 2 * 2 * ONE_WAY_MS;
const KEYFRAMES_PER_SECOND = 25;
const KEYFRAME_MS = 1_000 / KEYFRAMES_PER_SECOND / 5;
const SECOND = new Uint8Array(32_000);
const KEYFRAME_BYTES = SECOND.length / KEYFRAMES_PER_SECOND;
const SIDE_BY_SIDE = 5;

/** @param {boolean} quick */
export async function measure(quick) {
  const rows = [];
  for (const seconds of quick ? POSITIONS_S.slice(0, 1) : POSITIONS_S) {
    /** @type {number[]} */
    const gaps = [];
    for (let batch = 0; batch < (quick ? 1 : 6); batch += 1) {
      gaps.push(...(await Promise.all(Array.from({ length: SIDE_BY_SIDE }, () => gapAfter(seconds)))));
    }
    rows.push(alone(`gap after a cut at ${seconds} s`, 'ours', 'ms', median(gaps)));
  }
  return rows;
}

/** @param {number} seconds */
async function gapAfter(seconds) {
  const cutAt = seconds * KEYFRAMES_PER_SECOND;
  const service = await startService(cutAt);
  const session = newAvatarSession({ ...service.options, connectGate: createConnectGate() });
  let cutAtMs = Infinity;
  const speech = { goesOn: true };
  const heard = new Promise((resolve) => {
    session.on('frame', ({ index, keyframes }) => {
      const next = index + keyframes.length;
      if (next === cutAt) {
        cutAtMs = performance.now();
        service.cut();
      } else if (next > cutAt) resolve(performance.now());
    });
  });
  await session.start();
  const utterance = session.speak();
  utterance.finished.catch(() => undefined);
  const speaking = (async () => {
    // Writes ahead of the animation, as a synthesizer does.
    for (let second = 0; speech.goesOn && second < seconds + 5; second += 1) await utterance.write(SECOND);
  })().catch(() => undefined);
  const gap = Number(await heard) - cutAtMs;
  speech.goesOn = false;
  await session.close();
  await speaking;
  service.stop();
  return gap;
}

/**
 * The speech up to the last second of the first connection is animated at once, all other speech at its pace.
 * @param {number} cutAt
 */
async function startService(cutAt) {
  /** @type {import('ws').WebSocket[]} */
  const sockets = [];
  const http = createServer((request, response) => {
    request.resume();
    setTimeout(() => response.end(JSON.stringify({ sessionToken: 'token-of-the-bench' })), REQUEST_MS);
  });
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  http.on('upgrade', (request, socket, head) => {
    setTimeout(() => server.handleUpgrade(request, socket, head, serve), REQUEST_MS);
  });
  /** @param {import('ws').WebSocket} socket */
  function serve(socket) {
    sockets.push(socket);
    socket.on('error', () => undefined);
    const roughlyUntil = sockets.length === 1 ? cutAt - KEYFRAMES_PER_SECOND : 0;
    /** @type {{ reqId: string, audioBytes: number, keyframes: number } | undefined} */
    let run;
    const say = (/** @type {Parameters<typeof encodeServerMessage>[0]} */ content) =>
      setTimeout(() => socket.send(encodeServerMessage(content), () => undefined), ONE_WAY_MS);
    const animate = async (/** @type {NonNullable<typeof run>} */ current) => {
      const startedAtMs = performance.now();
      let paced = 0;
      while (socket.readyState === socket.OPEN) {
        const ready = Math.floor(current.audioBytes / KEYFRAME_BYTES) - current.keyframes;
        const count =
          current.keyframes < roughlyUntil ? Math.min(KEYFRAMES_PER_SECOND, ready) : Math.min(1, ready);
        if (count > 0) {
          current.keyframes += count;
          const keyframes = Array.from({ length: count }, () => KEYFRAME);
          const type = MessageType.serverResponseAnimation;
          say({ type, connectionId: 'c', reqId: current.reqId, end: false, avatarId: 'a', keyframes });
        }
        if (count > 1) await sleep(0);
        else await sleep(Math.max(0, startedAtMs + (paced += 1) * KEYFRAME_MS - performance.now()));
      }
    };
    socket.on('message', (/** @type {Buffer} */ data) => {
      const message = decodeClientMessage(data);
      setTimeout(() => {
        if (message.type === MessageType.clientConfigureSession) {
          say({ type: MessageType.serverConfirmSession, connectionId: 'c', capabilities: [] });
        } else if (message.type === MessageType.clientAudioInput) {
          const begins = run === undefined;
          run ??= { reqId: message.reqId, audioBytes: 0, keyframes: 0 };
          run.audioBytes += message.audio.length;
          if (begins) void animate(run);
        }
      }, ONE_WAY_MS);
    });
  }
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (http.address());
  return {
    options: {
      apiKey: 'key-of-the-bench',
      appId: 'bench',
      avatarId: 'bench',
      consoleEndpointUrl: `http://127.0.0.1:${port}`,
      ingressEndpointUrl: `ws://127.0.0.1:${port}`,
    },
    cut: () => sockets.at(-1)?.terminate(),
    stop: () => {
      http.close();
      http.closeAllConnections();
    },
  };
}

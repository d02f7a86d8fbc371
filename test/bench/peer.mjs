// @ts-check
/**
 * The peer of the benchmarks, in its own process: it issues tokens, confirms sessions, drops audio, and sends
 * the requested number of animation messages. A bare socket (`/raw`) makes the request as text, a session
 * with eight bytes of audio. With `answer`, it sends a keyframe for every second piece of audio. It uses
 * plain `ws` and no code of this package's emulator.
 */
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { decodeClientMessage } from '../../dist/wire/decode.js';
import { encodeServerMessage } from '../../dist/wire/encode.js';
import { MessageType } from '../../dist/ports/message.js';
import { KEYFRAME } from './keyframe.mjs';

/**
 * As long as the ids of the service. Neither is a part of the other, because an id that contains a part of a
 * secret takes longer to process.
 */
const CONNECTION_ID = '6f1c9a52-0d3e-4b87-9c41-7be2f05a8d13';
const SESSION_TOKEN = 'st_Qm7vX2kLw9Rz4TnYbH8cJd6PfGs3VaUe';
/**
 * Larger than a request, and smaller than the audio that is dropped without decoding. So both contenders cost
 * this process the same.
 */
const SMALL_BYTES = 600;
const BURST = 20;
/** A piece has 20 ms of audio, and a second of audio has 25 keyframes. */
const PIECES_PER_KEYFRAME = 2;
let answersSpeech = false;
const MOST_BUFFERED_BYTES = 64 * 1024;
/** Answers to an upgrade, selected by the beginning of its path. */
const REFUSALS = [
  { path: '/refused', head: 'HTTP/1.1 401 Unauthorized' },
  { path: '/away', head: 'HTTP/1.1 503 Service Unavailable' },
];

const http = createServer((request, response) => {
  request.resume();
  response.end(JSON.stringify({ sessionToken: SESSION_TOKEN }));
});
const server = new WebSocketServer({ noServer: true, perMessageDeflate: false });
http.on('upgrade', (request, socket, head) => {
  const refusal = REFUSALS.find(({ path }) => request.url?.startsWith(path) === true);
  if (refusal !== undefined) socket.end(`${refusal.head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
  else server.handleUpgrade(request, socket, head, (client) => serve(client, request.url ?? ''));
});

/** @param {import('ws').WebSocket} socket @param {string} url */
function serve(socket, url) {
  socket.on('error', () => undefined);
  const raw = url.startsWith('/raw');
  let reqId = 'raw';
  /** The number of received pieces of audio, and the message that answers them. */
  let pieces = 0;
  /** @type {Uint8Array | undefined} */
  let keyframe;
  /** @param {Buffer} data */
  const speech = (data) => {
    const message = decodeClientMessage(data);
    if (message.type !== MessageType.clientAudioInput) return;
    if (reqId !== message.reqId) keyframe = undefined;
    reqId = message.reqId;
    pieces += 1;
    if (pieces % PIECES_PER_KEYFRAME === 0) socket.send((keyframe ??= animation(reqId, false, 1)));
  };
  socket.on('message', (/** @type {Buffer} */ data, isBinary) => {
    if (!isBinary) {
      const [messages = 0, keyframes = 0] = data.toString().split(' ').map(Number);
      void answer(socket, messages, keyframes, reqId);
      return;
    }
    if (answersSpeech && data.length > SMALL_BYTES) speech(data);
    if (data.length > SMALL_BYTES || (raw && data[0] !== 0x08)) return;
    const message = decodeClientMessage(data);
    if (message.type === MessageType.clientConfigureSession) {
      const type = MessageType.serverConfirmSession;
      socket.send(encodeServerMessage({ type, connectionId: CONNECTION_ID, capabilities: [] }));
    } else if (message.type === MessageType.clientAudioInput) {
      if (reqId !== message.reqId) reqId = message.reqId;
      asked(socket, message, reqId);
    }
  });
}

/** @param {import('ws').WebSocket} socket @param {{ audio: Uint8Array, end: boolean }} message @param {string} reqId */
function asked(socket, { audio, end }, reqId) {
  if (audio.length === 4) socket.terminate();
  else if (audio.length === 8) {
    const order = new DataView(audio.buffer, audio.byteOffset, 8);
    void answer(socket, order.getUint32(0), order.getUint32(4), reqId);
  } else if (end) socket.send(animation(reqId, true, 1));
}

/**
 * Sends in bursts, and waits until the client has read them. Larger backlogs would be read in pieces of a
 * different size each time.
 * @param {import('ws').WebSocket} socket
 * @param {number} messages
 * @param {number} keyframes
 * @param {string} reqId
 */
async function answer(socket, messages, keyframes, reqId) {
  const bytes = animation(reqId, false, keyframes);
  for (let i = 1; i <= messages; i += 1) {
    socket.send(bytes);
    if (i % BURST === 0) await taken(socket);
  }
  socket.send(animation(reqId, true, 0));
}

/** @param {import('ws').WebSocket} socket */
async function taken(socket) {
  do await new Promise((resolve) => setImmediate(resolve));
  while (socket.bufferedAmount > MOST_BUFFERED_BYTES);
}

/** @param {string} reqId @param {boolean} end @param {number} keyframes */
function animation(reqId, end, keyframes) {
  const type = MessageType.serverResponseAnimation;
  const content = { type, connectionId: CONNECTION_ID, reqId, end, avatarId: 'bench-avatar' };
  return encodeServerMessage({ ...content, keyframes: Array.from({ length: keyframes }, () => KEYFRAME) });
}

http.listen(0, '127.0.0.1', 4_096, () =>
  process.send?.(/** @type {import('node:net').AddressInfo} */ (http.address()).port),
);
process.on('disconnect', () => process.exit(0));
process.on('message', (order) => {
  if (order === 'drop') {
    for (const client of server.clients) client.terminate();
    return;
  }
  const { awake, answers } = /** @type {{ awake: boolean, answers: boolean }} */ (order);
  answersSpeech = answers;
  if (awake) stayAwake();
});

/**
 * Keeps the event loop running without a wait. If the loop waited in the system, a sender would have to wake
 * this process, which costs the sender up to 3 µs: a contender that is slower by 1 µs has to wake it more
 * often, and would be measured as slower by 4 µs. A peer on another machine has neither cost.
 */
function stayAwake() {
  setImmediate(stayAwake);
}

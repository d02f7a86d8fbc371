// @ts-check
/**
 * The other end for the benchmarks, in a process of its own: mints tokens, confirms sessions, swallows audio, and sends as
 * many animation messages as it is asked for (extra parameter `messages`, `keyframeFloats`). Plain `ws`, none of this package's shell.
 */
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { decodeClientMessage } from '../../dist/wire/decode.js';
import { encodeServerMessage } from '../../dist/wire/encode.js';
import { MessageType } from '../../dist/wire/message.js';

const http = createServer((request, response) => {
  request.resume();
  response.end('{"sessionToken":"bench"}');
});
const server = new WebSocketServer({ server: http, perMessageDeflate: false });

server.on('connection', (socket, request) => {
  socket.on('error', () => undefined);
  const raw = request.url?.startsWith('/raw') === true;
  let reqId = 'raw';
  socket.on('message', (/** @type {Buffer} */ data, isBinary) => {
    if (!isBinary) {
      const [messages = 0, floats = 0] = data.toString().split(' ').map(Number);
      answer(socket, { messages, floats }, reqId);
      return;
    }
    // Audio is swallowed unread, so that both ways cost this process the same.
    if (raw || data.length > 600) return;
    const message = decodeClientMessage(data);
    if (message.type === MessageType.clientConfigureSession) {
      const connectionId = 'bench-connection';
      socket.send(
        encodeServerMessage({ type: MessageType.serverConfirmSession, connectionId, capabilities: [] }),
      );
    } else if (message.type === MessageType.clientAudioInput) {
      if (reqId !== message.reqId) reqId = message.reqId;
      const asked =
        message.audio.length === 8
          ? new DataView(message.audio.buffer, message.audio.byteOffset, 8)
          : undefined;
      if (asked !== undefined)
        answer(socket, { messages: asked.getUint32(0), floats: asked.getUint32(4) }, reqId);
      else if (message.end) end(socket, reqId);
    }
  });
});

/** @param {import('ws').WebSocket} socket @param {{ messages: number, floats: number }} order @param {string} reqId */
function answer(socket, order, reqId) {
  const expression = Array.from({ length: order.floats }, (_, i) => i / 7);
  const keyframe = {
    translation: [],
    rotation: [],
    neckPose: [],
    jawPose: [],
    eyePose: [],
    eyeLid: [],
    expression,
  };
  const bytes = encodeServerMessage({
    type: MessageType.serverResponseAnimation,
    connectionId: 'bench-connection',
    reqId,
    end: false,
    avatarId: 'bench-avatar',
    keyframes: [keyframe],
  });
  for (let i = 0; i < order.messages; i += 1) socket.send(bytes);
  end(socket, reqId);
}

/** @param {import('ws').WebSocket} socket @param {string} reqId */
function end(socket, reqId) {
  const type = MessageType.serverResponseAnimation;
  socket.send(
    encodeServerMessage({
      type,
      connectionId: 'bench-connection',
      reqId,
      end: true,
      avatarId: '',
      keyframes: [],
    }),
  );
}

http.listen(0, '127.0.0.1', () =>
  process.send?.(/** @type {import('node:net').AddressInfo} */ (http.address()).port),
);
process.on('disconnect', () => process.exit(0));

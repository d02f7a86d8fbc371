// @ts-check
// A relay to browsers: a session for each of them. A browser that is disconnected reconnects and loses
// nothing. Needs `npm install ws`.
import { once } from 'node:events';
import { WebSocket, WebSocketServer } from 'ws';
import { newAvatarSession } from 'avatarkit-session';
import { AvatarEmulator } from 'avatarkit-session/emulator';
import { createRelay, createRelayHub } from 'avatarkit-session/relay';
import { connectRelay, readKeyframes } from 'avatarkit-session/relay/browser';

const service = await AvatarEmulator.start({
  faults: [{ kind: 'reset', phase: 'runtime', afterKeyframes: 10 }],
});
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', maxPayload: 256 * 1024 });
const hub = createRelayHub((socket) => {
  const session = newAvatarSession(service.sessionOptions);
  const relay = createRelay({ session, socket, dialect: 'binary', lingerMs: 30_000 });
  // Speech from your TTS; here a second of silence for each letter.
  relay.on('text', ({ text }) => relay.speak(Array.from(text, () => new Uint8Array(32_000))));
  return relay;
});
server.on('connection', (socket, request) => hub.accept(socket, request));
await once(server, 'listening');

// What a page does: it asks, plays and draws. Its line is cut once.
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
const heard = { seconds: 0, keyframes: 0, connections: 0 };
/** @type {import('avatarkit-session/relay/browser').RelayClient} */
const page = await new Promise((resolve) => {
  const client = connectRelay({
    url: `ws://127.0.0.1:${port}`,
    WebSocket,
    onReady: ({ resumed }) => {
      heard.connections += 1;
      if (!resumed) client.send({ type: 'text', text: 'abc' });
    },
    onAudio: ({ audio }) => (heard.seconds += audio.length / 32_000),
    onFrame: ({ raw }) => {
      heard.keyframes += readKeyframes(raw).length;
      if (heard.connections === 1) for (const line of server.clients) line.terminate();
    },
    onEnd: () => resolve(client),
  });
});
console.log(
  `${heard.seconds} s of audio, ${heard.keyframes} keyframes, ${heard.connections} connections of the page`,
);

page.close();
await hub.close();
server.close();
await service.stop();
